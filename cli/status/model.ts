import { splitReference } from "../../components/render/imageReference.ts";
import { localTag } from "../../components/render/composeFile.ts";
import { MINIMUM_COMPOSE_WITH_SERVICES } from "../../components/versions.js";
import { withTag, type LocalImage } from "../../components/docker/images.ts";
import type { AppFacts, Container, Facts, RegistryAnswer } from "./facts.ts";
import { platformProblem } from "./platform.ts";
import type { Builder } from "../../components/docker/builder.ts";
import type { Changes } from "../../components/workspace/changes.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";

/**
 * What an image of the foundation is: `official` is the published one, `override` was built on this machine, `older`
 * was published before; `moved` came under the official name, and isn't what was published under it.
 */
export type BaseState = "official" | "override" | "older" | "moved" | "unknown";

/** What a build starts from; `missing`: it can't, for the registry has lost the image. */
export type NextState = BaseState | "missing";

/** The foundation that something was built on. */
export interface Base {
    readonly state: BaseState;
    /** How it was told: by layers, or by the label that it passes on; nothing when it is unknown. */
    readonly evidence: "layers" | "label" | null;
    /** The tag it has, or was built with. */
    readonly tag: string | null;
    /** When that foundation was built, where it is on this machine. */
    readonly createdAt: string | null;
    /** The id of its image, where that is on this machine: what BuildKit had in its cache is as old as that. */
    readonly id: string | null;
}

/** The foundation on this machine under the official name; `superseded` is an override of an older official one. */
export interface LocalFoundation {
    readonly state: "official" | "override" | "older" | "moved" | "superseded" | "absent";
    readonly tag: string | null;
    readonly createdAt: string | null;
    readonly id: string | null;
}

export interface ContainerStatus {
    readonly name: string;
    /** Its Compose project: the app's, or one that was named by hand. */
    readonly project: string;
    /** The app's own, or one that stands on a foundation beside it. */
    readonly service: string;
    readonly running: boolean;
    /** Whether it runs the newest build of its service. */
    readonly current: boolean;
    readonly base: Base;
}

export interface AppStatus {
    readonly folder: string;
    /** Its Compose project. */
    readonly project: string;
    readonly image: string;
    readonly built: { readonly createdAt: string; readonly base: Base } | null;
    /** What the next `docker compose up --build` starts from. */
    readonly next: NextState;
    readonly upToDate: boolean;
    /** The one command that brings the app up to date; nothing when it is, or when none can. */
    readonly command: string | null;
    readonly containers: readonly ContainerStatus[];
    readonly problem: string | null;
}

/** What the registry has. `moved`: the tag in use there now names another image. */
export interface RegistryStatus {
    readonly state: "current" | "newer" | "moved" | "missing" | "no-login" | "silent";
    readonly detail: string | null;
}

export interface Status {
    readonly foundation: Emitted & {
        readonly local: LocalFoundation;
        readonly changes: Changes;
        readonly registry: RegistryStatus;
    };
    readonly builder: Builder & { readonly seesLocalImages: boolean };
    readonly apps: readonly AppStatus[];
    readonly warnings: readonly string[];
    /**
     * Whether every app that is built, and every container that runs, is on the official foundation. One with a problem
     * is not known to be.
     */
    readonly official: boolean;
}

/** Tells, from what was found, on which foundation everything is. */
export function statusOf(facts: Facts): Status {
    const here = {
        facts,
        known: knownBases(facts),
        seesLocalImages: facts.builder.driver === "docker",
        images: new Map(facts.images.flatMap((image) => image.tags.map((tag) => [tag, image] as const))),
        byId: new Map(facts.images.map((image) => [image.id, image])),
    };
    const { seesLocalImages } = here;
    const apps = facts.apps.map((app) => statusOfApp(app, here));

    return {
        foundation: {
            ...facts.emitted,
            local: localFoundation(facts),
            changes: facts.changes,
            registry: registryStatus(facts.registry, facts.emitted),
        },
        builder: { ...facts.builder, seesLocalImages },
        apps,
        warnings: [
            ...facts.warnings,
            ...platformWarnings(facts),
            ...overrideWarnings(facts, seesLocalImages),
            ...facts.apps.flatMap((app) => formerWarnings(app, here)),
        ],
        official: apps.every(
            (app) =>
                app.problem === null &&
                (app.built === null || app.built.base.state === "official") &&
                app.containers.every(
                    (container) => !container.running || container.base.state === "official",
                ),
        ),
    };
}

/** The facts, and what follows from them for every app. */
interface Here {
    readonly facts: Facts;
    readonly known: readonly KnownBase[];
    readonly seesLocalImages: boolean;
    /** By each of its tags. */
    readonly images: ReadonlyMap<string, LocalImage>;
    readonly byId: ReadonlyMap<string, LocalImage>;
}

function statusOfApp(app: AppFacts, { facts, known, seesLocalImages, images, byId }: Here): AppStatus {
    const baseOfImage = (image: Made): Base => baseOf(image, app, known, facts);
    const image = images.get(withTag(app.image));
    // Of an image that is gone, a container still has the label.
    const madeOf = ({ imageId, tag }: Container): Made =>
        byId.get(imageId) ?? { layers: [], history: [], tag, platform: facts.platform };
    const onFoundation = app.containers.filter(
        (container) => container.image === app.image || isOnFoundation(madeOf(container), known),
    );
    const containers = onFoundation.map((container) => ({
        name: container.name,
        project: container.project,
        service: container.service,
        running: container.running,
        current: container.imageId === images.get(withTag(container.image))?.id,
        base: baseOfImage(madeOf(container)),
    }));
    const takesLocal = seesLocalImages && !app.diverted && !ignoresLocal(app, facts);
    const start = takesLocal ? images.get(app.reference) : undefined;
    const next = app.problem === undefined ? nextBase(app, start, facts) : "unknown";
    const sound = next !== "moved" && next !== "missing";
    const isOnNext = (build: LocalImage): boolean =>
        start !== undefined && sound
            ? standsOn(build, start)
            : baseOfImage(build).state === "official" && (next === "official" || !sound);
    const beside = onFoundation
        .filter(({ running, project }) => running && project === app.project)
        .flatMap((container) => images.get(withTag(container.image)) ?? []);
    const onNext = image !== undefined && [image, ...beside].every(isOnNext);
    // One that was started with `--project-name` is for its user to restart.
    const stale = containers.some(
        ({ running, current, project }) => running && !current && project === app.project,
    );
    return {
        folder: app.folder,
        project: app.project,
        image: app.image,
        built: image === undefined ? null : { createdAt: image.createdAt, base: baseOfImage(image) },
        next,
        upToDate: onNext && !stale && app.problem === undefined,
        command:
            app.problem === undefined && !(app.diverted && image !== undefined) && (sound || onNext)
                ? commandFor(app, image !== undefined, onNext, stale)
                : null,
        containers,
        problem: app.problem ?? null,
    };
}

/** What an image of the foundation is, by its digests; undefined when it is another image. */
export function foundationState(
    image: LocalImage,
    { emitted, registry, store }: Pick<Facts, "emitted" | "registry" | "store">,
): Exclude<BaseState, "unknown"> | undefined {
    const { name } = splitReference(emitted.image);
    const tagged = image.tags.some((tag) => splitReference(tag).name === name);
    const pulled = image.digests.some((digest) => splitReference(digest).name === name);
    if (image.digests.includes(`${name}@${emitted.digest}`)) return "official";
    if (pulled && image.tags.includes(emitted.image)) {
        const found = registry.state === "answered" ? registry.imageDigest : undefined;
        // With containerd a build has a digest, too. An override that somebody else has pushed looks built here.
        const own = image.builtHere && store === "containerd" && !image.digests.includes(`${name}@${found}`);
        return own ? "override" : "moved";
    }
    if (image.builtHere) return "override";
    if (pulled) return "older";
    return tagged ? "override" : undefined;
}

/** What tells on which foundation an image stands. */
type Made = Pick<LocalImage, "layers" | "history" | "tag" | "platform">;

interface KnownBase extends Made {
    readonly state: Exclude<BaseState, "unknown">;
    /** The tag that its name has. */
    readonly named: string | undefined;
    readonly createdAt: string | undefined;
    readonly id: string | undefined;
}

const unknownBase: Base = { state: "unknown", evidence: null, tag: null, createdAt: null, id: null };

// Two bases that are made the same are the same for an app; it then has the better name.
const preference: readonly BaseState[] = ["official", "override", "older", "moved"];

function knownBases(facts: Facts): readonly KnownBase[] {
    const { name, tag } = splitReference(facts.emitted.image);
    const local = facts.images.flatMap((image): KnownBase[] => {
        const state = foundationState(image, facts);
        if (state === undefined) return [];
        const own = image.tags.map(splitReference).filter((reference) => reference.name === name);
        const tags = own.flatMap((reference) => reference.tag ?? []);
        return [
            {
                ...image,
                state,
                named: state === "official" ? tag : tags[0],
            },
        ];
    });
    const { layers = [], history = [] } = facts.registry.state === "answered" ? facts.registry : {};
    const published = { state: "official" as const, named: tag, layers, platform: facts.platform };
    const registry = [
        { ...published, history: [], tag },
        // One from before there was a label.
        { ...published, history, tag: undefined },
    ].map((base) => ({ ...base, createdAt: undefined, id: undefined }));
    return [...local, ...registry]
        .filter((base) => base.layers.length > 0)
        .sort(
            (one, other) =>
                other.layers.length - one.layers.length ||
                other.history.length - one.history.length ||
                preference.indexOf(one.state) - preference.indexOf(other.state),
        );
}

/**
 * Layers and history say what an image is, the label what it was told. So the label counts where the base isn't here
 * to compare with.
 */
function baseOf(image: Made, app: AppFacts, known: readonly KnownBase[], facts: Facts): Base {
    const base = known.find((candidate) => standsOn(image, candidate));
    if (base !== undefined) {
        return {
            state: base.state,
            evidence: "layers",
            tag: base.named ?? null,
            createdAt: base.createdAt ?? null,
            id: base.id ?? null,
        };
    }
    const { tag } = image;
    const state = stateByTag(image, app, known, facts);
    if (tag === undefined || state === "unknown") return unknownBase;
    return { state, evidence: "label", tag, createdAt: null, id: null };
}

/** Whether another service's image is built on some foundation at all; that of a database is not. */
function isOnFoundation(image: Made, known: readonly KnownBase[]): boolean {
    return image.tag !== undefined || known.some(({ layers }) => startsWith(image.layers, layers));
}

/** What a base was that is not here, by the tag it was built with. */
function stateByTag(image: Made, app: AppFacts, known: readonly KnownBase[], facts: Facts): BaseState {
    const { tag, layers, platform } = image;
    if (tag === undefined) return "unknown";
    // Where only the label and the settings may be of an override and the layers the registry's, it is neither.
    if (tag === localTag) return ignoresLocal(app, facts) ? "unknown" : "override";
    if (tag !== splitReference(facts.emitted.image).tag) return "older";
    // It would have been found if it were the official one that is known; and a tag fixed by hand has had many.
    const contradicted =
        layers.length > 0 && known.some((base) => base.state === "official" && base.platform === platform);
    return tag.startsWith("content-") && !contradicted ? "official" : "unknown";
}

function nextBase(app: AppFacts, start: LocalImage | undefined, facts: Facts): NextState {
    if (start !== undefined) return foundationState(start, facts) ?? "unknown";
    const { emitted, registry, images } = facts;
    if (app.diverted) return "unknown";
    if (app.reference === emitted.image) {
        const { state } = registryStatus(registry, emitted);
        return state === "moved" || state === "missing" ? state : "official";
    }
    // The user has named another one, which is known where the registry has told, or it was pulled before.
    const { name } = splitReference(emitted.image);
    const channel = registry.state === "answered" && app.reference === `${name}:${registry.channel}`;
    const digest = channel ? registry.channelDigest : undefined;
    if (digest === emitted.digest) return "official";
    const known = images.find(({ tags, digests }) =>
        (digest === undefined ? tags : digests).includes(
            digest === undefined ? app.reference : `${name}@${digest}`,
        ),
    );
    const state = known === undefined ? undefined : foundationState(known, facts);
    return state === "older" || state === "official" ? state : "unknown";
}

function commandFor(app: AppFacts, built: boolean, onNext: boolean, stale: boolean): string | null {
    if (!built) return `cd ${app.folder} && docker compose up`;
    if (!onNext) return `cd ${app.folder} && docker compose up --build`;
    return stale ? `cd ${app.folder} && docker compose up` : null;
}

function localFoundation(facts: Facts): LocalFoundation {
    const { images, emitted } = facts;
    const { name } = splitReference(emitted.image);
    const current = images.find((image) => image.tags.includes(emitted.image));
    const tagOf = (image: LocalImage): string | null =>
        image.tags.map(splitReference).find((reference) => reference.name === name)?.tag ?? null;
    if (current !== undefined) {
        const state = foundationState(current, facts) ?? "override";
        return {
            state,
            tag: splitReference(emitted.image).tag ?? null,
            createdAt: current.createdAt,
            id: current.id,
        };
    }
    const [newest] = images
        .filter((image) => image.tags.some((tag) => splitReference(tag).name === name))
        .map((image) => ({ image, state: foundationState(image, facts) }))
        .filter(({ state }) => state === "override" || state === "older")
        .sort((one, other) => other.image.createdAt.localeCompare(one.image.createdAt));
    if (newest === undefined) return { state: "absent", tag: null, createdAt: null, id: null };
    const state = newest.state === "older" ? "older" : "superseded";
    return { state, tag: tagOf(newest.image), createdAt: newest.image.createdAt, id: newest.image.id };
}

function registryStatus(answer: RegistryAnswer, emitted: Emitted): RegistryStatus {
    if (answer.state === "no-login") return { state: "no-login", detail: null };
    if (answer.state === "silent") return { state: "silent", detail: answer.reason };
    if (answer.imageDigest === undefined) return { state: "missing", detail: null };
    if (answer.imageDigest !== emitted.digest) return { state: "moved", detail: answer.imageDigest };
    if (answer.channelDigest === undefined || answer.channelDigest === emitted.digest) {
        return { state: "current", detail: null };
    }
    return { state: "newer", detail: `${answer.channel} is ${answer.channelDigest}` };
}

/** Whether an app's build goes to the registry even where an override is here. */
function ignoresLocal({ contexts }: AppFacts, { store }: Pick<Facts, "store">): boolean {
    return contexts === "image" && store === "containerd";
}

/** An image that isn't for this machine can't be pulled, or runs slowly where it is emulated. */
export function platformWarnings({ emitted, images, registry, platform }: Facts): readonly string[] {
    const local = images.find((image) => image.tags.includes(emitted.image));
    const published = registry.state === "answered" ? (registry.platforms ?? [platform]) : [platform];
    const { wrong, remedy } = platformProblem(published, platform);
    return [
        ...(published.includes(platform) ? [] : [`${wrong}; ${remedy}`]),
        ...(local === undefined || local.platform === platform
            ? []
            : [
                  `the foundation here is for ${local.platform}, and Docker runs ${platform}; get the right one with \`docker compose pull\` in foundation/`,
              ]),
    ];
}

/** The former name's containers keep their ports, and its images their room. */
function formerWarnings(app: AppFacts, { facts, known, images }: Here): readonly string[] {
    const { folder, project, formerProject: former, containers } = app;
    if (project === former) return [];
    const what = `of the time when the Compose project of ${folder} was named "${former}"`;
    if (containers.some((container) => container.project === former)) {
        return [
            `there are containers ${what}; remove them with \`cd ${folder} && docker compose --project-name ${former} down --rmi local\``,
        ];
    }
    // An equally named folder of another repository has its images by that name as well.
    const name = `${former}-${former}`;
    const left = app.image === name ? undefined : images.get(withTag(name));
    const ours = left !== undefined && baseOf(left, app, known, facts).state !== "unknown";
    return ours ? [`there is an image ${what}; remove it with \`docker image rm ${name}\``] : [];
}

function overrideWarnings(facts: Facts, seesLocalImages: boolean): readonly string[] {
    const { builder, images, emitted, apps } = facts;
    const local = images.find((image) => image.tags.includes(emitted.image));
    const overridden = local !== undefined && foundationState(local, facts) === "override";
    if (!overridden) return [];
    const ignoring = apps.filter((app) => ignoresLocal(app, facts)).map(({ folder }) => folder);
    if (seesLocalImages && ignoring.length === 0) return [];
    if (seesLocalImages) {
        return [
            `Docker's containerd image store has BuildKit take the foundation of ${ignoring.join(", ")} from the registry instead of yours, and of yours only its settings, such as ENV and CMD; if everybody has Compose ${MINIMUM_COMPOSE_WITH_SERVICES} or newer, run \`pulumi config set contexts service\`, else have their Dockerfiles begin with \`ARG FOUNDATION_IMAGE\` and \`FROM \${FOUNDATION_IMAGE}\`; then run \`pulumi up\``,
        ];
    }
    return [
        `the builder "${builder.name}" (${builder.driver}) can't see local images, so apps would be built on the registry's foundation instead of yours; run \`docker buildx use "$(docker context show)"\``,
    ];
}

/**
 * Whether an image was built on this one. Two that differ in settings alone have the same layers, and it is for the
 * label or the history to tell.
 */
function standsOn(image: Made, base: Made): boolean {
    return (
        base.layers.length > 0 &&
        image.tag === base.tag &&
        startsWith(image.layers, base.layers) &&
        startsWith(image.history, base.history)
    );
}

function startsWith(list: readonly string[], prefix: readonly string[]): boolean {
    return prefix.every((entry, index) => list[index] === entry);
}
