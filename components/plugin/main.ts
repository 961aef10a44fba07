import { main } from "@pulumi/pulumi/provider/server.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { useProxy } from "../oci/proxy.ts";
import { providerOf } from "./plugin.ts";

// Loaded when the engine asks for one: a deployment without changes shall not wait for what it does not use.
const resources = {
    CheckedBuild: async () => (await import("../resources/checkedBuild/implementation.ts")).checkedBuild,
    ComposeProject: async () =>
        (await import("../resources/composeProject/implementation.ts")).composeProject,
    EmittedFiles: async () => (await import("../resources/emittedFiles/implementation.ts")).emittedFiles,
    HtpasswdUser: async () => (await import("../resources/htpasswdUser/implementation.ts")).htpasswdUser,
    PublishedImage: async () =>
        (await import("../resources/publishedImage/implementation.ts")).publishedImage,
    PushCredential: async () =>
        (await import("../resources/pushCredential/implementation.ts")).pushCredential,
    TokenPassword: async () => (await import("../resources/tokenPassword/implementation.ts")).tokenPassword,
};

const engine = process.ppid;
const args = process.argv.slice(2);
// Where messages go to; the other settings belong to programs.
resetOptions("", "", 1, args.at(-1) ?? "", "", false, "");
// The engine starts the plugin in the project's folder.
const provider = providerOf(resources, process.cwd());
await useProxy();
await main(provider, args);

// Nobody ends the plugin of an engine that was killed, and what it were still doing would meet the next deployment.
setInterval(() => {
    if (process.ppid === engine) return;
    void provider.cancel?.();
    process.exit(1);
}, 500).unref();
