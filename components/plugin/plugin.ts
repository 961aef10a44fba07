import { flushCompileCache } from "node:module";
import { info } from "@pulumi/pulumi/log/index.js";
import type { Provider } from "@pulumi/pulumi/provider/provider.js";
import { DependencyResource } from "@pulumi/pulumi/resource.js";
import { Problem } from "../problem.ts";
import type { Context, CustomResource } from "../resources/resource.ts";
import { VERSION } from "../versions.js";
import { shown } from "./fault.ts";
import { plain, secretProperties, secretTexts, withSecrets } from "./wire.ts";

/**
 * Of what the resources keep in a stack's state. It goes up with a version whose states the ones before would
 * misunderstand; a state without it is of the first.
 */
const FORMAT = 1;

/** How to load each resource, by the last part of its type. */
export type Loaders = Readonly<Record<string, () => Promise<CustomResource<object, object>>>>;

/** The resources as the engine's protocol wants them; `root` is the project's folder. */
export function providerOf(loaders: Loaders, root: string): Provider {
    const interrupted = new AbortController();
    /** Inputs that are withheld from the engine, as the last check had them, by URN. */
    const withheld = new Map<string, Readonly<Record<string, unknown>>>();
    /**
     * Inputs as the last deployment had them, by URN. The state of a resource that had no reason to change has older ones,
     * such as a password that has been followed by another since.
     */
    const last = new Map<string, object>();

    /** Runs one method of the resource, on plain values; an error comes out as the user will see it. */
    async function run<T>(
        urn: string,
        properties: readonly object[],
        work: (resource: CustomResource<object, object>, context: Context) => Promise<T>,
    ): Promise<T> {
        try {
            const name = /([^:]*)::[^:]*$/.exec(urn)?.[1] ?? "";
            const load = loaders[name];
            if (load === undefined) throw new Error(`the foundation provider has no resource ${name}`);
            return await work(await load(), contextOf(urn));
        } catch (error) {
            throw shown(error, properties.flatMap(secretTexts));
        }
    }

    function contextOf(urn: string): Context {
        const resource = new DependencyResource(urn);
        return {
            root,
            stack: /^urn:pulumi:(.*?)::/.exec(urn)?.[1] ?? "",
            signal: interrupted.signal,
            info: (message) => info(message, resource),
            progress: (message) => {
                // The next line takes its place, so nobody has to wait for it.
                void info(message, resource, undefined, true);
            },
        };
    }

    return {
        version: VERSION,

        check: (urn, olds: object, news: object) =>
            run(urn, [olds, news], async (resource, context) => {
                const inputs = { ...news, ...resource.defaults?.(plainly(olds)) };
                const reasons = (await resource.check?.(plainly(olds), plainly(inputs), context)) ?? [];
                withheld.set(urn, picked(inputs, resource.withheld ?? []));
                last.set(urn, olds);
                return {
                    inputs: without(inputs, resource.withheld ?? []),
                    // Without a property: the engine would print its raw value beside the reason.
                    failures: reasons.map((reason) => ({ property: "", reason })),
                };
            }),

        diff: (_id, urn, state: object, news: object) =>
            run(urn, [state, news], async (resource, context) => {
                const { changes, replaces = [] } = await resource.diff(kept(state), plainly(news), context);
                return { changes, replaces: [...replaces], deleteBeforeReplace: true };
            }),

        create: (urn, inputs: object) =>
            run(urn, [inputs, withheld.get(urn) ?? {}], async (resource, context) => {
                const whole = plainly({ ...inputs, ...withheld.get(urn) });
                const { id, state } = await resource.create(whole, context);
                return { id, outs: secretly(resource, inputs, state) };
            }),

        read: (id, urn, state: object = {}) =>
            run(urn, [state], async (resource, context) => {
                const known = kept(state);
                if (resource.read === undefined) return { id, props: state };
                const found = await resource.read(known, context);
                return found === undefined
                    ? { id: "", props: {} }
                    : { id, props: secretly(resource, state, found) };
            }),

        update: (_id, urn, state: object, news: object) =>
            run(
                urn,
                [state, last.get(urn) ?? {}, news, withheld.get(urn) ?? {}],
                async (resource, context) => {
                    const known = { ...kept(state), ...plainly(last.get(urn) ?? {}) };
                    const whole = plainly({ ...news, ...withheld.get(urn) });
                    const updated = (await resource.update?.(known, whole, context)) ?? news;
                    return { outs: secretly(resource, news, updated) };
                },
            ),

        delete: (_id, urn, state: object) =>
            run(urn, [state], async (resource, context) => {
                const known = kept(state);
                await resource.delete?.(known, context);
            }),

        // Comes on Ctrl-C, and at the end of each deployment.
        cancel: () => {
            interrupted.abort();
            flushCompileCache();
            return Promise.resolve();
        },
    };
}

// What comes from the engine are objects, and stay objects.
function plainly(properties: object): object {
    return plain(properties) as object;
}

/** @throws Problem for a state that a later version has written. */
function kept(state: object): object {
    const { format = FORMAT, ...rest } = plainly(state) as { readonly format?: number };
    if (format > FORMAT) {
        throw new Problem({
            wrong: "a newer version of foundation-image has deployed this stack, and this one doesn't know what it keeps in the state",
            found: `format ${format}`,
            remedy: "use that version, or one after it",
        });
    }
    return rest;
}

function secretly(resource: CustomResource<object, object>, source: object, state: object): object {
    return withSecrets(
        { ...without(state, resource.withheld ?? []), format: FORMAT },
        new Set([...secretProperties(source), ...(resource.secrets ?? [])]),
    );
}

function picked(properties: object, names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

function without(properties: object, names: readonly string[]): object {
    return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}
