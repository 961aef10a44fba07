import type { LocalImage } from "../../components/docker/images.ts";
import { localTag } from "../../components/render/composeFile.ts";
import { splitReference } from "../../components/render/imageReference.ts";
import type { Facts, FoundationFacts, ServiceFacts, UseFacts } from "./facts.ts";

/**
 * What an image of the foundation is: `official` is the published one, `override` was built on this machine, `older`
 * was published before; `moved` came under the official name, and isn't what was published under it.
 */
export type BaseState = "official" | "override" | "older" | "moved" | "unknown";

/** The foundation that something was built on. */
export interface Base {
    readonly state: BaseState;
    /** Its name; nothing where several could be meant. */
    readonly foundation: string | null;
    /** How it was told: by layers, or by the label that it passes on; nothing when it is unknown. */
    readonly evidence: "layers" | "label" | null;
    /** The tag it has, or was built with. */
    readonly tag: string | null;
    /** When that foundation was built, where it is on this machine. */
    readonly createdAt: string | null;
    /** The id of its image, where that is on this machine: what BuildKit had in its cache is as old as that. */
    readonly id: string | null;
}

/** What tells on which foundation an image stands. */
export type Made = Pick<LocalImage, "layers" | "history" | "tag" | "platform">;

/** A foundation that images here may stand on. */
export interface KnownBase extends Made {
    /** The name of the foundation. */
    readonly foundation: string;
    readonly state: Exclude<BaseState, "unknown">;
    /** The tag that its name has. */
    readonly named: string | undefined;
    readonly createdAt: string | undefined;
    readonly id: string | undefined;
}

const unknownBase: Base = {
    state: "unknown",
    foundation: null,
    evidence: null,
    tag: null,
    createdAt: null,
    id: null,
};

// Two bases that are made the same are the same for an app; it then has the better name.
const preference: readonly BaseState[] = ["official", "override", "older", "moved"];

/** The foundations that images here may stand on, those with the most in them first. */
export function knownBases(facts: Facts): readonly KnownBase[] {
    return facts.foundations
        .flatMap((foundation) => basesOf(foundation, facts))
        .filter((base) => base.layers.length > 0)
        .sort(
            (one, other) =>
                other.layers.length - one.layers.length ||
                other.history.length - one.history.length ||
                preference.indexOf(one.state) - preference.indexOf(other.state),
        );
}

function basesOf(foundation: FoundationFacts, facts: Facts): readonly KnownBase[] {
    const { name, tag } = splitReference(foundation.image);
    const local = facts.images.flatMap((image): KnownBase[] => {
        const state = foundationState(image, foundation, facts);
        if (state === undefined) return [];
        const own = image.tags.map(splitReference).filter((reference) => reference.name === name);
        const tags = own.flatMap((reference) => reference.tag ?? []);
        return [
            {
                ...image,
                foundation: foundation.name,
                state,
                named: state === "official" ? tag : tags[0],
            },
        ];
    });
    const { layers = [], history = [] } = foundation.registry.state === "answered" ? foundation.registry : {};
    const published = {
        foundation: foundation.name,
        state: "official" as const,
        named: tag,
        layers,
        platform: facts.platform,
    };
    const registry = [
        { ...published, history: [], tag },
        // One from before there was a label.
        { ...published, history, tag: undefined },
    ].map((base) => ({ ...base, createdAt: undefined, id: undefined }));
    return [...local, ...registry];
}

/** What an image of a foundation is, by its digests; undefined when it is another image. */
export function foundationState(
    image: LocalImage,
    foundation: Pick<FoundationFacts, "name" | "image" | "digest" | "projects" | "services" | "registry">,
    { store }: Pick<Facts, "store">,
): Exclude<BaseState, "unknown"> | undefined {
    const { name } = splitReference(foundation.image);
    const { registry } = foundation;
    const tagged = image.tags.some((tag) => splitReference(tag).name === name);
    const pulled = image.digests.some((digest) => splitReference(digest).name === name);
    const builtHere = isBuiltFor(foundation, image.builtFor);
    if (image.digests.includes(`${name}@${foundation.digest}`)) return "official";
    if (pulled && image.tags.includes(foundation.image)) {
        const found = registry.state === "answered" ? registry.imageDigest : undefined;
        // With containerd a build has a digest, too. An override that somebody else has pushed looks built here.
        const own =
            (builtHere || image.tag === localTag) &&
            store === "containerd" &&
            !image.digests.includes(`${name}@${found}`);
        return own ? "override" : "moved";
    }
    if (builtHere) return "override";
    if (pulled) return "older";
    return tagged ? "override" : undefined;
}

/** Whether `docker compose build` of the foundation's folder made something, and no helper of its build. */
export function isBuiltFor(
    { projects, services }: Pick<FoundationFacts, "projects" | "services">,
    builtFor: LocalImage["builtFor"],
): boolean {
    return (
        builtFor !== undefined && projects.includes(builtFor.project) && services.includes(builtFor.service)
    );
}

/**
 * Layers and history say what an image is, the label what it was told. So the label counts where the base isn't here
 * to compare with.
 */
export function baseOf(image: Made, service: ServiceFacts, known: readonly KnownBase[], facts: Facts): Base {
    const base = known.find((candidate) => standsOn(image, candidate));
    if (base !== undefined) {
        return {
            state: base.state,
            foundation: base.foundation,
            evidence: "layers",
            tag: base.named ?? null,
            createdAt: base.createdAt ?? null,
            id: base.id ?? null,
        };
    }
    const { tag } = image;
    const { state, foundation } = stateByTag(image, service, known, facts);
    if (tag === undefined || state === "unknown") return unknownBase;
    return { state, foundation, evidence: "label", tag, createdAt: null, id: null };
}

/** What a base was that is not here, by the tag it was built with. */
function stateByTag(
    image: Made,
    service: ServiceFacts,
    known: readonly KnownBase[],
    facts: Facts,
): Pick<Base, "state" | "foundation"> {
    const { tag, layers, platform } = image;
    const unknown = { state: "unknown", foundation: null } as const;
    if (tag === undefined) return unknown;
    const used = facts.foundations.filter(({ name }) => service.uses.has(name));
    const only = used.length === 1 ? (used[0]?.name ?? null) : null;
    if (tag === localTag) {
        // Where only the label and the settings may be of an override and the layers the registry's, it is neither.
        const ignored = [...service.uses.values()].some((use) => ignoresLocal(use, facts));
        return ignored ? unknown : { state: "override", foundation: only };
    }
    const named = used.find((foundation) => tag === splitReference(foundation.image).tag);
    if (named === undefined) return { state: "older", foundation: only };
    // It would have been found if it were the official one that is known; and a tag fixed by hand has had many.
    const contradicted =
        layers.length > 0 &&
        known.some(
            (base) =>
                base.foundation === named.name && base.state === "official" && base.platform === platform,
        );
    return tag.startsWith("content-") && !contradicted
        ? { state: "official", foundation: named.name }
        : unknown;
}

/** Whether another service's image is built on some foundation at all; that of a database is not. */
export function isOnFoundation(image: Made, known: readonly KnownBase[]): boolean {
    return image.tag !== undefined || known.some(({ layers }) => startsWith(image.layers, layers));
}

/**
 * Whether a build had this image of a foundation. Where it is the base, layers and history tell; where only something
 * was copied from it, time does.
 */
export function isMadeWith(
    build: LocalImage,
    start: LocalImage,
    { name }: FoundationFacts,
    known: readonly KnownBase[],
): boolean {
    const base = known.find((candidate) => candidate.foundation === name && continues(build, candidate));
    return base === undefined ? build.createdAt >= start.createdAt : continues(build, start);
}

/**
 * Whether an image was built on this one. Two that differ in settings alone have the same layers, and it is for the
 * label or the history to tell.
 */
export function standsOn(image: Made, base: Made): boolean {
    return image.tag === base.tag && continues(image, base);
}

/** Whether an image has all that another one has, and perhaps more on top. */
function continues(image: Made, base: Made): boolean {
    return (
        base.layers.length > 0 &&
        startsWith(image.layers, base.layers) &&
        startsWith(image.history, base.history)
    );
}

function startsWith(list: readonly string[], prefix: readonly string[]): boolean {
    return prefix.every((entry, index) => list[index] === entry);
}

/** Whether a service's build gets this from the registry even where an override is here. */
export function ignoresLocal({ form, pulled }: UseFacts, { store }: Pick<Facts, "store">): boolean {
    return pulled === true || (form === "image" && store === "containerd");
}
