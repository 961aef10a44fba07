import path from "node:path";
import { main } from "@pulumi/pulumi/provider/server.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { providerOf } from "./plugin.ts";

// Loaded when the engine asks for one: a deployment without changes shall not wait for what it does not use.
const resources = {
    CheckedBuild: async () => (await import("./checkedBuild.ts")).checkedBuild,
    ComposeProject: async () => (await import("./composeProject.ts")).composeProject,
    EmittedFiles: async () => (await import("./emittedFiles.ts")).emittedFiles,
    HtpasswdUser: async () => (await import("./htpasswdUser.ts")).htpasswdUser,
    PublishedImage: async () => (await import("./publishedImage.ts")).publishedImage,
};

const args = process.argv.slice(2);
// Where messages go to; the other settings belong to programs.
resetOptions("", "", 1, args.at(-1) ?? "", "", false, "");
// The plugin is a part of the project, so the project is where the plugin is.
await main(providerOf(resources, path.dirname(import.meta.dirname)), args);
