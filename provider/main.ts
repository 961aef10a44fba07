import path from "node:path";
import { main } from "@pulumi/pulumi/provider/server.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { useProxy } from "../proxy.ts";
import { providerOf } from "./plugin.ts";

// Loaded when the engine asks for one: a deployment without changes shall not wait for what it does not use.
const resources = {
    CheckedBuild: async () => (await import("./checkedBuild.ts")).checkedBuild,
    ComposeProject: async () => (await import("./composeProject.ts")).composeProject,
    EmittedFiles: async () => (await import("./emittedFiles.ts")).emittedFiles,
    HtpasswdUser: async () => (await import("./htpasswdUser.ts")).htpasswdUser,
    PublishedImage: async () => (await import("./publishedImage.ts")).publishedImage,
    PushCredential: async () => (await import("./pushCredential.ts")).pushCredential,
    TokenPassword: async () => (await import("./tokenPassword.ts")).tokenPassword,
};

const engine = process.ppid;
const args = process.argv.slice(2);
// Where messages go to; the other settings belong to programs.
resetOptions("", "", 1, args.at(-1) ?? "", "", false, "");
// The plugin is a part of the project, so the project is where the plugin is.
const provider = providerOf(resources, path.dirname(import.meta.dirname));
await useProxy();
await main(provider, args);

// Nobody ends the plugin of an engine that was killed, and what it were still doing would meet the next deployment.
setInterval(() => {
    if (process.ppid === engine) return;
    void provider.cancel?.();
    process.exit(1);
}, 500).unref();
