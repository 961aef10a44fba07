import { randomBytes } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import { Problem, type ProblemParts } from "../../problem.ts";
import { containersOf, objectsOf, removeObjects, volumesOf, type ComposeObject } from "./objects.ts";
import { compose, docker } from "../../docker/docker.ts";
import { untilReady } from "./readiness.ts";
import { removeLocalTags } from "../../docker/localTags.ts";
import type { Context, CustomResource } from "../resource.ts";
import type { Inputs } from "./composeProject.ts";

interface OwnInputs extends Inputs {
    /** Made with the volumes, so it tells an empty store from one with images. */
    readonly instance: string;
}

interface State extends OwnInputs {
    readonly services: readonly string[];
    readonly volumes: readonly string[];
    /** What a refresh found: service or volume to what is wrong with it. */
    readonly drift: Readonly<Record<string, string>>;
}

/** A Compose project on the Docker engine of this machine, kept running. */
export const composeProject: CustomResource<OwnInputs, State> = {
    defaults: ({ instance }) => ({ instance: instance ?? randomBytes(8).toString("hex") }),

    check: async (olds, news, { signal }) => {
        if (olds.project !== undefined) return [];
        const inputs = news as Inputs;
        // In a preview as well, before anything of a new stack is made. An engine that can't be asked is told of later.
        refuseStrangers(await objectsOf(inputs.project, signal).catch(() => []), inputs);
        return [];
    },

    diff: async (state, inputs, { signal }) => {
        const renamed = (["project", "owner"] as const).filter((name) => state[name] !== inputs[name]);
        if (renamed.length > 0) return { changes: true, replaces: renamed };
        const found = await missing(state, signal);
        // The images went with the volume: whoever pushed them has to know.
        if (found.volumes.length > 0) return { changes: true, replaces: ["instance"] };
        const same = (["definition", "readiness", "imageServer"] as const).every(
            (name) => JSON.stringify(state[name]) === JSON.stringify(inputs[name]),
        );
        return { changes: !same || found.services.length > 0 };
    },

    create: async (inputs, context) => {
        const before = await ownObjects(inputs, context.signal);
        try {
            return { id: inputs.project, state: { ...inputs, ...(await start(inputs, context)) } };
        } catch (error) {
            // What is left then, the next deployment takes over: the fault is why it doesn't start.
            await removeNew(inputs, before).catch(() => undefined);
            throw error;
        }
    },

    // Kept when nothing is left of it: made anew instead of replaced, it would tell nobody that the images are gone.
    read: async (state, { signal }) => {
        const { services, volumes } = await missing(state, signal);
        const drift = Object.fromEntries([
            ...services.map((name): [string, string] => [name, "not running"]),
            ...volumes.map((name): [string, string] => [name, "missing"]),
        ]);
        return { ...state, drift };
    },

    update: async (state, inputs, context) => {
        await ownObjects(inputs, context.signal);
        try {
            return { ...inputs, ...(await start(inputs, context)) };
        } catch (error) {
            // What worked goes on, as the state has it. Without the signal, as an interruption may leave half of it.
            if (state.definition !== inputs.definition) await up(state).catch(() => undefined);
            throw error;
        }
    },

    delete: async (state, { signal, info }) => {
        const objects = await objectsOf(state.project, signal);
        await removeObjects(objects.filter(isMine(state)));
        if (state.imageServer !== undefined) await removeLocalTags(`${state.imageServer}/`, info);
    },
};

/** Takes away what was begun, but for the volumes that were there. */
async function removeNew(inputs: Inputs, before: readonly ComposeObject[]): Promise<void> {
    // Without the signal, as it has to go after an interruption as well.
    const made = (await objectsOf(inputs.project)).filter(isMine(inputs));
    const volumes = new Set(before.filter(isVolume).map((volume) => volume.name));
    await removeObjects(made.filter((object) => !volumes.has(object.name)));
}

/** Brings the project up as it is defined; returns when it answers. */
async function start(
    inputs: Inputs,
    { signal }: Context,
): Promise<Pick<State, "services" | "volumes" | "drift">> {
    const { project, readiness } = inputs;
    try {
        await up(inputs, { signal });
        await untilReady(readiness, signal);
    } catch (error) {
        if (signal.aborted || !(error instanceof Problem)) throw error;
        const port = await portProblem(error.message);
        const wrong = `the Compose project ${project} does not start`;
        if (port !== undefined) throw new Problem({ ...port, wrong: `${wrong}: ${port.wrong}` });
        throw Problem.of(`${wrong}: ${error.message}`, await lastLogs(inputs));
    }
    const own = (await objectsOf(project, signal)).filter(isMine(inputs));
    const containers = own.filter((object) => object.kind === "container");
    return {
        services: containers.map((container) => container.service).sort(),
        volumes: own
            .filter(isVolume)
            .map((volume) => volume.name)
            .sort(),
        drift: {},
    };
}

async function up(
    { project, definition }: Inputs,
    options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
    const args = ["up", "--detach", "--wait", "--wait-timeout", "60", "--remove-orphans", "--quiet-pull"];
    // Ten minutes, for an image may have to be pulled first.
    await compose(project, definition, args, { ...options, seconds: 600 });
}

/** What of the project is there already; a `Problem` when it is somebody else's. */
async function ownObjects(inputs: Inputs, signal: AbortSignal): Promise<ComposeObject[]> {
    const objects = await objectsOf(inputs.project, signal);
    refuseStrangers(objects, inputs);
    return objects;
}

/** @throws Problem when some of them are somebody else's. */
function refuseStrangers(objects: readonly ComposeObject[], inputs: Inputs): void {
    const strangers = objects.filter((object) => !isMine(inputs)(object));
    if (strangers.length === 0) return;
    const names = strangers.map((object) => `${object.kind} ${object.name}`).join(", ");
    throw new Problem({
        wrong: `the Compose project ${inputs.project} is there already and is not this stack's (${names})`,
        remedy: [
            "if another clone of this project has made it, run `pulumi destroy` there",
            `if nobody needs it any more, run \`docker compose -p ${inputs.project} down --volumes\``,
            "to have both, as for another repository, deploy a stack of another name here: `pulumi stack init <name>`, and there `pulumi config set pullPort <port>` and `pulumi config set pushPort <port>`",
        ].join("; "),
    });
}

/** Services of the state that don't run, and volumes of it that are gone. */
async function missing(
    state: State,
    signal: AbortSignal,
): Promise<{ services: readonly string[]; volumes: readonly string[] }> {
    const containers = (await containersOf(state.project, signal)).filter(isMine(state));
    const running = new Set(containers.filter((one) => one.state === "running").map((one) => one.service));
    const services = state.services.filter((service) => !running.has(service));
    // Docker keeps a volume as long as a container has it, so mostly one question is enough.
    if (services.length === 0) return { services, volumes: [] };
    const own = (await volumesOf(state.project, signal)).filter(isMine(state)).map((volume) => volume.name);
    return { services, volumes: state.volumes.filter((volume) => !own.includes(volume)) };
}

/** If this is about a port in use: whose it is and what to do. */
async function portProblem(message: string): Promise<ProblemParts | undefined> {
    const port = /:(\d+)\b[^\n]*(?:already allocated|already in use)/.exec(message)?.[1];
    if (port === undefined) return undefined;
    const names = await docker(["ps", "--filter", `publish=${port}`, "--format", "{{.Names}}"]);
    const holder =
        names.trim() === "" ? "another program" : `the container ${names.trim().replaceAll("\n", ", ")}`;
    return {
        wrong: `port ${port} is in use by ${holder}`,
        remedy: `stop that, or choose another port with \`pulumi config set pullPort <port>\`, or pushPort where that is ${port}`,
    };
}

async function lastLogs({ project, definition }: Inputs): Promise<string[]> {
    const logs = await compose(project, definition, ["logs", "--no-color", "--tail", "10"]).catch(() => "");
    return stripVTControlCharacters(logs)
        .split("\n")
        .filter((line) => !/(^|\|)\s*$/.test(line));
}

function isMine({ owner }: Inputs): (object: ComposeObject) => boolean {
    return (object) => object.owner === owner;
}

function isVolume(object: ComposeObject): boolean {
    return object.kind === "volume";
}
