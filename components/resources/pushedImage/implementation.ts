import { isDeepStrictEqual } from "node:util";
import { Problem } from "../../problem.ts";
import { usualDockerfile } from "../../render/foundation.ts";
import { removeCopies } from "../publishedImage/implementation.ts";
import { digestsFor, prove } from "../publishedImage/proof.ts";
import type { Context, CustomResource } from "../resource.ts";
import type { Inputs } from "./pushedImage.ts";

interface State extends Inputs {
    readonly digest: string;
}

/** What is left of docker-build's Image, which this resource has taken the place of, in the state of version 0.1. */
interface OldState {
    readonly context: { readonly location: string };
    readonly digest: string;
}

/** Whoever builds and pushes, with what, and by whichever door: the image is the same. */
const means = [
    ...["builder", "shared", "lock", "cache", "source", "section", "secretValues"],
    ...["pushServer", "pushUsername", "pushPassword", "username", "password"],
];

/** Where an image goes to. */
const place = ["server", "repository", "tag", "channel", "instance"];

/**
 * An image that is built, pushed and proven. What is emitted comes after it, so that nobody is ever pointed at an
 * image that can't be pulled.
 */
export const pushedImage: CustomResource<Inputs, State> = {
    withheld: ["secretValues"],

    // Before anything is built, and in a preview as well; and not where nothing is to be built.
    check: async (olds, news, { root }) => {
        const inputs = news as Inputs;
        if (isDeepStrictEqual(without(means, olds), without(means, inputs))) return [];
        const { missingSecrets } = await import("./secrets.ts");
        const missing = missingSecrets(inputs, root);
        const { source = usualDockerfile } = inputs;
        return [...missing.map((what) => `${source}: ${what}`), ...(await unable(inputs))];
    },

    diff: (state, news) =>
        Promise.resolve({
            changes:
                !isDeepStrictEqual(without([...means, "digest"], state), without(means, news)) ||
                (news.lock !== undefined && news.lock !== state.lock),
        }),

    create: async (inputs, context) => ({
        id: `${inputs.server}/${inputs.repository}`,
        state: await publish(inputs, context),
    }),

    update: async (state: State | OldState, inputs, context) => {
        if (!isSameImage(state, inputs) || !(await isThere(state.digest, inputs, context))) {
            return publish(inputs, context, state);
        }
        if (isLocked(inputs)) await lockPublished(inputs, context);
        return { ...inputs, digest: state.digest };
    },

    delete: (_state, context) => removeCopies(context),
};

/** What the engine's own builder can't make, as far as it is asked for. A builder of another name isn't started for that. */
async function unable({ builder, platforms, attest }: Inputs): Promise<readonly string[]> {
    if (builder !== undefined || (platforms.length <= 1 && attest.length === 0)) return [];
    const [{ askEngine }, { imageStore }, { builderProblem }] = await Promise.all([
        import("../../docker/engine.ts"),
        import("../../docker/images.ts"),
        import("./faults.ts"),
    ]);
    // An engine that can't be asked is told of when it is to build.
    const store = await askEngine(imageStore).catch(() => undefined);
    if (store !== "classic") return [];
    const { wrong, remedy } = builderProblem(platforms.length > 1 ? "platforms" : "attest");
    return [`${wrong}; ${remedy}`];
}

async function publish(inputs: Inputs, context: Context, last?: State | OldState): Promise<State> {
    const existing = inputs.shared === true ? await takeExisting(inputs, context, last) : undefined;
    const push = async (): Promise<State> => {
        const digest =
            existing ??
            (last === undefined ? undefined : await copyFrom(last, inputs, context)) ??
            (await (await import("./build.ts")).buildAndPush(inputs, context));
        const state = { ...inputs, digest };
        await prove(state, context);
        return state;
    };
    if (!isLocked(inputs)) return push();
    const { setLock } = await import("./lock.ts");
    // A push says by itself what is in its way.
    await setLock(inputs, false, context);
    const state = await push().catch(async (error: unknown) => {
        // What was published before may still be in use, also where the user has interrupted the push.
        await setLock(inputs, true, { ...context, signal: new AbortController().signal });
        throw error;
    });
    await lockPublished(inputs, context);
    return state;
}

function isLocked({ lock = false }: Inputs): boolean {
    return lock !== false;
}

/** @throws Problem where nothing may stay without a lock. */
async function lockPublished(inputs: Inputs, context: Context): Promise<void> {
    const reason = await (await import("./lock.ts")).setLock(inputs, true, context);
    if (reason === undefined) return;
    const { repository, tag, lock } = inputs;
    const right = "give the deploying identity the right to lock tags, as Contributor has it (docs/azure.md)";
    if (lock === "required") {
        throw new Problem({
            wrong: `${repository}:${tag} can't be locked (${reason}), and what isn't locked is removed after purgeAfterDays, so it isn't given to anybody`,
            remedy: `${right}, or \`pulumi config rm purgeAfterDays\`; then \`pulumi up\``,
        });
    }
    await context.info(
        `${repository}:${tag} is published but not locked, so others who may push can move it (${reason}); ` +
            `${right}, or \`pulumi config set lockTags false\``,
    );
}

/** What is under the tag already and may stay, in a registry that others push to as well. */
async function takeExisting(
    inputs: Inputs,
    context: Context,
    last: State | OldState | undefined,
): Promise<string | undefined> {
    const known = last !== undefined && isInPlace(last, inputs) ? last.digest : undefined;
    const changed = last !== undefined && !isSameImage(last, inputs);
    return (await import("./taken.ts")).takeExisting(inputs, known, changed, context);
}

/** The same image, from where it was published before; undefined where it has to be built. */
async function copyFrom(
    last: State | OldState,
    inputs: Inputs,
    context: Context,
): Promise<string | undefined> {
    if (!("server" in last) || !isSameImage(last, inputs)) return undefined;
    const { copyImage } = await import("./copy.ts");
    return (await copyImage(last, inputs, context)) ? last.digest : undefined;
}

/** Whether the state speaks of this tag, in this registry. */
function isInPlace(state: State | OldState, inputs: Inputs): boolean {
    return (["server", "repository", "tag"] as const).every(
        (key) => key in state && (state as State)[key] === inputs[key],
    );
}

/** Whether a build would make what the state knows already. */
function isSameImage(state: State | OldState, inputs: Inputs): boolean {
    // The folder's name is a hash of all that the old one was built from.
    if (typeof state.context === "object") return state.context.location === inputs.context;
    const recipe = ({ parents = [], ...of }: Inputs) => [
        without([...means, ...place, "digest"], of),
        // In another registry it may have another name there.
        parents.map((parent) => without(["repository"], parent)),
    ];
    return isDeepStrictEqual(recipe(state as State), recipe(inputs));
}

/** Whether developers find the image under both tags, so that there is nothing to push. */
async function isThere(digest: string, inputs: Inputs, { signal }: Context): Promise<boolean> {
    const found = await digestsFor(inputs, [inputs.tag, inputs.channel], signal);
    return found.every((other) => other === digest);
}

function without(names: readonly string[], properties: object): object {
    return Object.fromEntries(
        Object.entries(properties).filter(([name, value]) => !names.includes(name) && value !== undefined),
    );
}
