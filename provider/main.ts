import { flushCompileCache } from "node:module";
import path from "node:path";
import { info } from "@pulumi/pulumi/log/index.js";
import type { Provider } from "@pulumi/pulumi/provider/provider.js";
import { main } from "@pulumi/pulumi/provider/server.js";
import { DependencyResource } from "@pulumi/pulumi/resource.js";
import { resetOptions } from "@pulumi/pulumi/runtime/settings.js";
import { shown } from "./fault.ts";
import type { Context, CustomResource } from "./resource.ts";
import { plain, secretProperties, secretTexts, withSecrets } from "./wire.ts";

// Loaded when the engine asks for one: a deployment without changes shall not wait for what it does not use.
const resources: Record<string, () => Promise<CustomResource<object, object>>> = {
    ComposeProject: async () => (await import("./composeProject.ts")).composeProject,
    EmittedFiles: async () => (await import("./emittedFiles.ts")).emittedFiles,
    HtpasswdUser: async () => (await import("./htpasswdUser.ts")).htpasswdUser,
};

const root = path.dirname(import.meta.dirname);
const interrupted = new AbortController();

const provider: Provider = {
    version: "0.1.0",

    check: (urn, olds: object, news: object) =>
        guarded([olds, news], async () => {
            const resource = await resourceOf(urn);
            const reasons = await resource.check?.(plainly(olds), plainly(news), contextOf(urn));
            const inputs = { ...news, ...resource.defaults?.(plainly(olds)) };
            return { inputs, failures: (reasons ?? []).map((reason) => ({ property: "", reason })) };
        }),

    diff: (_id, urn, state: object, news: object) =>
        guarded([state, news], async () => {
            const resource = await resourceOf(urn);
            const diff = await resource.diff(plainly(state), plainly(news), contextOf(urn));
            return { changes: diff.changes, replaces: [...(diff.replaces ?? [])], deleteBeforeReplace: true };
        }),

    create: (urn, inputs: object) =>
        guarded([inputs], async () => {
            const resource = await resourceOf(urn);
            const { id, state } = await resource.create(plainly(inputs), contextOf(urn));
            return { id, outs: secretly(resource, inputs, state) };
        }),

    read: (id, urn, state: object = {}) =>
        guarded([state], async () => {
            const resource = await resourceOf(urn);
            if (resource.read === undefined) return { id, props: state };
            const found = await resource.read(plainly(state), contextOf(urn));
            return found === undefined
                ? { id: "", props: {} }
                : { id, props: secretly(resource, state, found) };
        }),

    update: (_id, urn, state: object, news: object) =>
        guarded([state, news], async () => {
            const resource = await resourceOf(urn);
            const updated = await resource.update?.(plainly(state), plainly(news), contextOf(urn));
            return { outs: secretly(resource, news, updated ?? news) };
        }),

    delete: (_id, urn, state: object) =>
        guarded([state], async () => {
            const resource = await resourceOf(urn);
            await resource.delete?.(plainly(state), contextOf(urn));
        }),

    // Comes on Ctrl-C, and at the end of each deployment.
    cancel: () => {
        interrupted.abort();
        flushCompileCache();
        return Promise.resolve();
    },
};

async function resourceOf(urn: string): Promise<CustomResource<object, object>> {
    const name = /([^:]*)::[^:]*$/.exec(urn)?.[1] ?? "";
    const load = resources[name];
    if (load === undefined) throw new Error(`the foundation provider has no resource ${name}`);
    return load();
}

function contextOf(urn: string): Context {
    const resource = new DependencyResource(urn);
    return {
        root,
        signal: interrupted.signal,
        info: (message) => info(message, resource),
    };
}

// The engine keeps to the types of the program, and the state was made here.
function plainly(properties: object): object {
    return plain(properties) as object;
}

function secretly(resource: CustomResource<object, object>, source: object, state: object): object {
    return withSecrets(state, new Set([...secretProperties(source), ...(resource.secrets ?? [])]));
}

async function guarded<T>(properties: readonly object[], work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        throw shown(error, properties.flatMap(secretTexts));
    }
}

const engine = process.argv.at(-1) ?? "";
// For messages alone; the other settings belong to programs.
resetOptions("", "", 1, engine, "", false, "");
await main(provider, process.argv.slice(2));
