import { main } from "@pulumi/pulumi/provider/server.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { endLanguageHost, whenEngineEnds } from "../engine.ts";
import { useProxy } from "../oci/proxy.ts";
import type { CustomResource } from "../resources/resource.ts";
import { providerOf } from "./plugin.ts";

/** A resource of earlier versions. States have it still, and it goes from them without a trace. */
const retired = (): Promise<CustomResource<object, object>> =>
    Promise.resolve({
        diff: () => Promise.resolve({ changes: false }),
        create: () => Promise.reject(new Error("this resource is of an earlier version")),
    });

// Loaded when the engine asks for one: a deployment without changes should not wait for what it does not use.
const resources = {
    CheckedBuild: retired,
    ComposeProject: async () =>
        (await import("../resources/composeProject/implementation.ts")).composeProject,
    EmittedFiles: async () => (await import("../resources/emittedFiles/implementation.ts")).emittedFiles,
    HtpasswdUser: async () => (await import("../resources/htpasswdUser/implementation.ts")).htpasswdUser,
    PublishedImage: async () =>
        (await import("../resources/publishedImage/implementation.ts")).publishedImage,
    PushedImage: async () => (await import("../resources/pushedImage/implementation.ts")).pushedImage,
    PushCredential: async () =>
        (await import("../resources/pushCredential/implementation.ts")).pushCredential,
    TokenPassword: async () => (await import("../resources/tokenPassword/implementation.ts")).tokenPassword,
};

const args = process.argv.slice(2);
const engine = args.at(-1) ?? "";
// Where messages go to; the other settings belong to programs.
resetOptions("", "", 1, engine, "", false, "");
// The engine starts the plugin in the project's folder.
const provider = providerOf(resources, process.cwd());
// Nobody ends the plugin of an engine that was killed, and what it were still doing would meet the next deployment.
// Without an engine's address it was started by hand, for a debugger.
if (engine !== "") {
    whenEngineEnds(engine, () => {
        void provider.cancel?.();
        // A program that has done its part can't end it any more.
        endLanguageHost(engine);
        process.exit(1);
    });
}
await useProxy();
await main(provider, args);
