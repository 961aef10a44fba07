import { withTag, type LocalImage } from "../../components/docker/images.ts";
import type { Builder } from "../../components/docker/builder.ts";
import { splitReference } from "../../components/render/imageReference.ts";
import { shellWord } from "../../components/render/paths.ts";
import { MINIMUM_COMPOSE_WITH_SERVICES } from "../../components/versions.js";
import type { Changes } from "../../components/workspace/changes.ts";
import {
    baseOf,
    foundationState,
    ignoresLocal,
    isMadeWith,
    isOnFoundation,
    knownBases,
    standsOn,
    type Base,
    type BaseState,
    type KnownBase,
    type Made,
} from "./bases.ts";
import type { Container, Facts, FoundationFacts, RegistryAnswer, ServiceFacts, UseFacts } from "./facts.ts";
import { platformProblem } from "./platform.ts";

/** What a build starts from; `missing`: it can't, for the registry has lost the image. */
export type NextState = BaseState | "missing";

/** The foundation on this machine under the official name; `superseded` is an override of an older official one. */
export interface LocalFoundation {
    readonly state: "official" | "override" | "older" | "moved" | "superseded" | "absent";
    readonly tag: string | null;
    readonly createdAt: string | null;
    readonly id: string | null;
}

export interface ContainerStatus {
    readonly name: string;
    /** Its Compose project: the workspace's, or one that was named by hand. */
    readonly project: string;
    /** The one that is built, or another that stands on a foundation beside it. */
    readonly service: string;
    readonly running: boolean;
    /** Whether it runs the newest build of its service. */
    readonly current: boolean;
    readonly base: Base;
}

export interface ServiceStatus {
    /** Its workspace. */
    readonly folder: string;
    readonly service: string;
    /** The names of the foundations that its build uses; a service without any is nobody's concern here. */
    readonly uses: readonly string[];
    /** Its Compose project. */
    readonly project: string;
    readonly image: string;
    readonly built: { readonly createdAt: string; readonly base: Base } | null;
    /** What the next `docker compose up --build` starts from; nothing where that is no foundation. */
    readonly next: NextState | null;
    readonly upToDate: boolean;
    /** The one command that brings it up to date; nothing when it is, or when none can. */
    readonly command: string | null;
    readonly containers: readonly ContainerStatus[];
    readonly problem: string | null;
}

/** What the registry has. `moved`: the tag in use there now names another image. */
export interface RegistryStatus {
    readonly state: "current" | "newer" | "moved" | "missing" | "no-login" | "silent";
    readonly detail: string | null;
}

/** A foundation, as it was published and as it is here. */
export interface FoundationStatus {
    readonly name: string;
    readonly image: string;
    readonly digest: string;
    /** Nothing where it is built in another repository. */
    readonly folder: string | null;
    /** The names of the foundations that it is built on itself. */
    readonly uses: readonly string[];
    readonly local: LocalFoundation;
    readonly changes: Changes;
    readonly registry: RegistryStatus;
    /** Those of `uses` that were built or have to be built here, and that this one isn't built on yet. */
    readonly behind: readonly string[];
}

export interface Status {
    readonly stack: string;
    /** Parents before children. */
    readonly images: readonly FoundationStatus[];
    readonly builder: Builder & { readonly seesLocalImages: boolean };
    readonly services: readonly ServiceStatus[];
    readonly warnings: readonly string[];
    /**
     * Whether every service that is built on a foundation, and every container that runs, is on the official one. One with
     * a problem is not known to be.
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
    const services = facts.services.map((service) => statusOfService(service, here));

    return {
        stack: facts.stack,
        images: foundationsOf(here),
        builder: { ...facts.builder, seesLocalImages },
        services,
        warnings: [
            ...facts.warnings,
            ...platformWarnings(facts),
            ...overrideWarnings(facts, seesLocalImages),
            ...facts.services.flatMap((service) => formerWarnings(service, here)),
        ],
        official: services.every(
            (service) =>
                service.uses.length === 0 ||
                (service.problem === null &&
                    (service.built === null || service.built.base.state === "official") &&
                    service.containers.every(
                        (container) => !container.running || container.base.state === "official",
                    )),
        ),
    };
}

/** The facts, and what follows from them for every service. */
interface Here {
    readonly facts: Facts;
    readonly known: readonly KnownBase[];
    readonly seesLocalImages: boolean;
    /** By each of its tags. */
    readonly images: ReadonlyMap<string, LocalImage>;
    readonly byId: ReadonlyMap<string, LocalImage>;
}

function foundationsOf(here: Here): readonly FoundationStatus[] {
    const late = new Set<string>();
    return here.facts.foundations.map((foundation) => {
        const status = statusOfFoundation(foundation, late, here);
        if (status.behind.length > 0) late.add(foundation.name);
        return status;
    });
}

/** @param late those of its parents that have to be built again first. */
function statusOfFoundation(
    foundation: FoundationFacts,
    late: ReadonlySet<string>,
    here: Here,
): FoundationStatus {
    const { name, image, digest, folder = null, uses, changes, registry } = foundation;
    return {
        name,
        image,
        digest,
        folder,
        uses,
        local: localFoundation(foundation, here.facts),
        changes,
        registry: registryStatus(registry, foundation),
        behind:
            folder === null
                ? []
                : uses.filter((parent) => late.has(parent) || isBehind(foundation, parent, here)),
    };
}

/** Whether there is an override of a parent here that this foundation isn't built on. */
function isBehind(foundation: FoundationFacts, parent: string, { facts, known, images }: Here): boolean {
    const above = facts.foundations.find(({ name }) => name === parent);
    const start = above === undefined ? undefined : images.get(above.image);
    if (above === undefined || start === undefined) return false;
    if (foundationState(start, above, facts) !== "override") return false;
    const own = images.get(foundation.image);
    if (own === undefined || foundationState(own, foundation, facts) !== "override") return true;
    return !isMadeWith(own, start, above, known);
}

function statusOfService(
    service: ServiceFacts,
    { facts, known, seesLocalImages, images, byId }: Here,
): ServiceStatus {
    const baseOfImage = (image: Made): Base => baseOf(image, service, known, facts);
    const image = images.get(withTag(service.image));
    // Of an image that is gone, a container still has the label.
    const madeOf = ({ imageId, tag }: Container): Made =>
        byId.get(imageId) ?? { layers: [], history: [], tag, platform: facts.platform };
    const onFoundation = service.containers.filter(
        (container) =>
            (container.image === service.image && service.uses.size > 0) ||
            isOnFoundation(madeOf(container), known),
    );
    const containers = onFoundation.map((container) => ({
        name: container.name,
        project: container.project,
        service: container.service,
        running: container.running,
        current: container.imageId === images.get(withTag(container.image))?.id,
        base: baseOfImage(madeOf(container)),
    }));
    const starts = facts.foundations.flatMap((foundation) => {
        const use = service.uses.get(foundation.name);
        if (use === undefined) return [];
        const takesLocal = seesLocalImages && !service.diverted && !ignoresLocal(use, facts);
        const start = takesLocal ? images.get(use.reference) : undefined;
        const next = nextBase(service, use.reference, start, foundation, facts);
        return [{ foundation, start, next }];
    });
    const next = service.problem === undefined ? worst(starts.map((start) => start.next)) : "unknown";
    const sound = next !== "moved" && next !== "missing";
    const isOnNext = (build: LocalImage): boolean =>
        starts.every(({ foundation, start, next: state }) => {
            const base = baseOfImage(build);
            // What it only copies from leaves no layers of its own.
            const copies =
                starts.length > 1 && base.foundation !== null && base.foundation !== foundation.name;
            if (start !== undefined && sound) {
                return copies ? isMadeWith(build, start, foundation, known) : standsOn(build, start);
            }
            return copies || (base.state === "official" && (state === "official" || !sound));
        });
    const beside = onFoundation
        .filter(({ running, project }) => running && project === service.project)
        .flatMap((container) => images.get(withTag(container.image)) ?? []);
    const onNext = image !== undefined && [image, ...beside].every(isOnNext);
    // One that was started with `--project-name` is for its user to restart.
    const stale = containers.some(
        ({ running, current, project }) => running && !current && project === service.project,
    );
    const concerns = service.uses.size > 0;
    return {
        folder: service.folder,
        service: service.service,
        uses: [...service.uses.keys()],
        project: service.project,
        image: service.image,
        built:
            image === undefined || !concerns
                ? null
                : { createdAt: image.createdAt, base: baseOfImage(image) },
        next: concerns ? next : null,
        upToDate: !concerns || (onNext && !stale && service.problem === undefined),
        command:
            concerns &&
            service.problem === undefined &&
            !(service.diverted && image !== undefined) &&
            (sound || onNext)
                ? commandFor(service, image !== undefined, onNext, stale)
                : null,
        containers,
        problem: service.problem ?? null,
    };
}

/** What a build is that starts from several: no better than the one that is furthest from the official one. */
function worst(states: readonly NextState[]): NextState {
    const order = ["missing", "moved", "unknown", "override", "older"] as const;
    return order.find((state) => states.includes(state)) ?? "official";
}

function nextBase(
    { diverted }: ServiceFacts,
    reference: string,
    start: LocalImage | undefined,
    foundation: FoundationFacts,
    facts: Facts,
): NextState {
    if (start !== undefined) return foundationState(start, foundation, facts) ?? "unknown";
    const { registry } = foundation;
    if (diverted) return "unknown";
    if (reference === foundation.image) {
        const { state } = registryStatus(registry, foundation);
        return state === "moved" || state === "missing" ? state : "official";
    }
    // The user has named another one, which is known where the registry has told, or it was pulled before.
    const { name } = splitReference(foundation.image);
    const channel = registry.state === "answered" && reference === `${name}:${registry.channel}`;
    const digest = channel ? registry.channelDigest : undefined;
    if (digest === foundation.digest) return "official";
    const known = facts.images.find(({ tags, digests }) =>
        (digest === undefined ? tags : digests).includes(
            digest === undefined ? reference : `${name}@${digest}`,
        ),
    );
    const state = known === undefined ? undefined : foundationState(known, foundation, facts);
    return state === "older" || state === "official" ? state : "unknown";
}

function commandFor(
    { folder, service, inProfile = false }: ServiceFacts,
    built: boolean,
    onNext: boolean,
    stale: boolean,
): string | null {
    const up = (...options: readonly string[]): string =>
        inFolder(folder, ["docker compose up", ...options, ...(inProfile ? [service] : [])].join(" "));
    if (!built) return up();
    if (!onNext) return up("--build");
    return stale ? up() : null;
}

/** The command line that gets the official image of a foundation. */
export function pullCommand({ folder, image }: Pick<FoundationStatus, "folder" | "image">): string {
    return folder === null ? `docker pull ${image}` : inFolder(folder, "docker compose pull");
}

/** What helps when the registry has lost what was published: another text gives the same files another tag. */
export const republish = "`pulumi config set rebuild <a new text>` and `pulumi up`";

/** A command line that runs this in a folder of the repository, from its root. */
export function inFolder(folder: string, command: string): string {
    return folder === "." ? command : `cd ${shellWord(folder)} && ${command}`;
}

/** A command line as {@link inFolder} makes it, for who is in the folder. */
export function withoutFolder(command: string): string {
    return command.replace(/^cd .*? && /, "");
}

function localFoundation(foundation: FoundationFacts, facts: Facts): LocalFoundation {
    const { images } = facts;
    const { name } = splitReference(foundation.image);
    const current = images.find((image) => image.tags.includes(foundation.image));
    const tagOf = (image: LocalImage): string | null =>
        image.tags.map(splitReference).find((reference) => reference.name === name)?.tag ?? null;
    if (current !== undefined) {
        const state = foundationState(current, foundation, facts) ?? "override";
        return {
            state,
            tag: splitReference(foundation.image).tag ?? null,
            createdAt: current.createdAt,
            id: current.id,
        };
    }
    const [newest] = images
        .filter((image) => image.tags.some((tag) => splitReference(tag).name === name))
        .map((image) => ({ image, state: foundationState(image, foundation, facts) }))
        .filter(({ state }) => state === "override" || state === "older")
        .sort((one, other) => other.image.createdAt.localeCompare(one.image.createdAt));
    if (newest === undefined) return { state: "absent", tag: null, createdAt: null, id: null };
    const state = newest.state === "older" ? "older" : "superseded";
    return { state, tag: tagOf(newest.image), createdAt: newest.image.createdAt, id: newest.image.id };
}

function registryStatus(answer: RegistryAnswer, { digest }: FoundationFacts): RegistryStatus {
    if (answer.state === "no-login") return { state: "no-login", detail: null };
    if (answer.state === "silent") return { state: "silent", detail: answer.reason };
    if (answer.imageDigest === undefined) return { state: "missing", detail: null };
    if (answer.imageDigest !== digest) return { state: "moved", detail: answer.imageDigest };
    if (answer.channelDigest === undefined || answer.channelDigest === digest) {
        return { state: "current", detail: null };
    }
    return { state: "newer", detail: `${answer.channel} is ${answer.channelDigest}` };
}

/** An image that isn't for this machine can't be pulled, or runs slowly where it is emulated. */
export function platformWarnings(facts: Facts): readonly string[] {
    const { foundations, images, platform } = facts;
    return foundations.flatMap(({ name, image, folder = null, registry }) => {
        const local = images.find(({ tags }) => tags.includes(image));
        const published = registry.state === "answered" ? (registry.platforms ?? [platform]) : [platform];
        const named = foundations.length === 1 ? undefined : name;
        const problem = platformProblem(name, published, platform);
        return [
            ...(problem === undefined ? [] : [`${problem.wrong}; ${problem.remedy}`]),
            ...(local === undefined || local.platform === platform
                ? []
                : [
                      `the foundation ${named === undefined ? "" : `${named} `}here is for ${local.platform}, and Docker runs ${platform}; get the right one with \`${pullCommand({ folder, image })}\``,
                  ]),
        ];
    });
}

/** The former name's containers keep their ports, and its images their room. */
function formerWarnings(service: ServiceFacts, { facts, known, images }: Here): readonly string[] {
    const { folder, project, formerProject: former, containers } = service;
    if (project === former) return [];
    const what = `of the time when the Compose project of ${folder} was named "${former}"`;
    if (containers.some((container) => container.project === former)) {
        return [
            `there are containers ${what}; remove them with \`${inFolder(folder, `docker compose --project-name ${former} down --rmi local`)}\``,
        ];
    }
    // An equally named folder of another repository has its images by that name as well.
    const name = `${former}-${service.service}`;
    const left = service.image === name ? undefined : images.get(withTag(name));
    const ours = left !== undefined && baseOf(left, service, known, facts).state !== "unknown";
    return ours ? [`there is an image ${what}; remove it with \`docker image rm ${name}\``] : [];
}

function overrideWarnings(facts: Facts, seesLocalImages: boolean): readonly string[] {
    const { builder, images, foundations, services } = facts;
    const overridden = new Set(
        foundations
            .filter((foundation) => {
                const local = images.find((image) => image.tags.includes(foundation.image));
                return local !== undefined && foundationState(local, foundation, facts) === "override";
            })
            .map(({ name }) => name),
    );
    if (overridden.size === 0) return [];
    if (!seesLocalImages) {
        return [
            `the builder "${builder.name}" (${builder.driver}) can't see local images, so apps would be built on the registry's foundation instead of yours; run \`docker buildx use "$(docker context show)"\``,
        ];
    }
    const foldersWhere = (isSo: (use: UseFacts) => boolean): string => {
        const found = services.filter(({ uses }) =>
            [...uses].some(([name, use]) => overridden.has(name) && isSo(use)),
        );
        return [...new Set(found.map(({ folder }) => folder))].join(", ");
    };
    const pulling = foldersWhere(({ pulled }) => pulled === true);
    const ignoring = foldersWhere((use) => use.pulled !== true && ignoresLocal(use, facts));
    return [
        ...(pulling === ""
            ? []
            : [
                  `\`pull: true\` in a Compose file of your own has the next build in ${pulling} start from the registry's foundation instead of yours; remove it while you try yours`,
              ]),
        ...(ignoring === ""
            ? []
            : [
                  `Docker's containerd image store has BuildKit take the foundation of ${ignoring} from the registry instead of yours, and of yours only its settings, such as ENV and CMD; if everybody has Compose ${MINIMUM_COMPOSE_WITH_SERVICES} or newer, run \`pulumi config set contexts service\`, else have their Dockerfiles begin with \`ARG FOUNDATION_IMAGE\` and \`FROM \${FOUNDATION_IMAGE}\`; then run \`pulumi up\``,
              ]),
    ];
}
