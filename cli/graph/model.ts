import { splitReference } from "../../components/render/imageReference.ts";
import type { Base, BaseState } from "../status/bases.ts";
import {
    withoutFolder,
    type FoundationStatus,
    type RegistryStatus,
    type ServiceStatus,
    type Status,
} from "../status/model.ts";
import { fullName } from "../status/servicesText.ts";
import { counted } from "../terminal.ts";

/** A service, as a node of the graph. */
export interface GraphApp {
    readonly name: string;
    /** What is to be said of it, such as the command it needs; empty when all is well. */
    readonly note: string;
    readonly running: boolean;
}

/** One foundation, published or built here, with the services that are on it. */
export interface Variant {
    readonly state: BaseState;
    readonly title: string;
    readonly details: readonly string[];
    /** The bases that it is made from, by their index. */
    readonly bases: readonly number[];
    /** Of an older official one, which a former Dockerfile has made: the bases of today's. */
    readonly formerBases: readonly number[];
    /** The variants of other foundations that it is made from, by their index. */
    readonly parents: readonly number[];
    readonly built: readonly GraphApp[];
    /** Services without an image, whose first build would start from it. */
    readonly unbuilt: readonly GraphApp[];
}

/** Base → foundation → … → services. */
export interface Graph {
    readonly images: readonly string[];
    readonly stack: string;
    readonly bases: readonly string[];
    /** Those of one foundation after the other, parents before children; of each, the official one first. */
    readonly variants: readonly Variant[];
    /** Services whose builds use no foundation. */
    readonly others: readonly string[];
}

const order: readonly BaseState[] = ["official", "override", "older", "moved", "unknown"];

interface Draft {
    readonly foundation: FoundationStatus;
    readonly base: Base;
    readonly built: GraphApp[];
    readonly unbuilt: GraphApp[];
}

/**
 * The graph of what is really here: each service hangs on the foundation that it was built on.
 *
 * @param basesOf the images that a build of a foundation starts from, other than foundations, by its name.
 */
export function graphOf(
    status: Status,
    basesOf: (foundation: string) => readonly string[],
    ageOf: (moment: string) => string,
): Graph {
    const { images, services, stack } = status;
    const bases = [...new Set(images.flatMap(({ name }) => basesOf(name)))];
    const drafts = draftsOf(status);
    const indexOf = (name: string, state: "official" | "override"): number =>
        drafts.findIndex(
            ({ foundation, base }) =>
                foundation.name === name &&
                base.state === state &&
                (state === "official" || isCurrent(foundation, base)),
        );
    return {
        images: images.map(({ image }) => image),
        stack,
        bases,
        variants: drafts.map(({ foundation, base, built, unbuilt }) => {
            const own = basesOf(foundation.name).map((name) => bases.indexOf(name));
            const based = base.state === "official" || isCurrent(foundation, base);
            const parents = foundation.uses.map((parent) => {
                const isOn = base.state === "override" && !foundation.behind.includes(parent);
                return Math.max(isOn ? indexOf(parent, "override") : -1, indexOf(parent, "official"));
            });
            return {
                ...describe(foundation, base, images.length > 1, ageOf),
                bases: based ? own : [],
                formerBases: base.state === "older" ? own : [],
                parents: based ? parents.filter((index) => index >= 0) : [],
                built,
                unbuilt,
            };
        }),
        others: services.filter(({ uses }) => uses.length === 0).map((one) => fullName(one, services)),
    };
}

/** Whether this is what stands in the official one's place. */
function isCurrent({ local }: FoundationStatus, base: Base): boolean {
    return base.state === "override" && local.state === "override" && local.id === base.id;
}

/** What is there of each foundation, with what is built on it. */
function draftsOf({ images, services }: Status): readonly Draft[] {
    const drafts = new Map<string, Draft>();
    const draftOf = (foundation: FoundationStatus, base: Base): Draft => {
        // Older ones are told apart by their tags, which others see as well; the rest by what they are.
        const key = [
            foundation.name,
            base.state,
            base.state === "official" ? "" : base.state === "older" ? base.tag : base.id,
        ].join(" ");
        const draft = drafts.get(key) ?? { foundation, base, built: [], unbuilt: [] };
        drafts.set(key, draft);
        return draft;
    };
    const blank = { evidence: null, tag: null, createdAt: null, id: null };
    for (const foundation of images) {
        const { name, image, local } = foundation;
        const { tag = null } = splitReference(image);
        draftOf(foundation, { ...blank, state: "official", foundation: name, tag });
        if (local.state === "override" || local.state === "older" || local.state === "moved") {
            const { state, tag, createdAt, id } = local;
            draftOf(foundation, { state, tag, createdAt, id, evidence: null, foundation: name });
        }
    }
    for (const service of services) {
        const { built, next, uses } = service;
        const used = images.filter(({ name }) => uses.includes(name));
        // One that builds on several is drawn on the one that its next build isn't official for, else on the last.
        const foundation =
            images.find(({ name }) => name === built?.base.foundation) ??
            used.findLast(({ local }) => next !== "official" && local.state === next) ??
            used.at(-1);
        if (foundation === undefined) continue;
        const app = graphApp(service, services);
        if (built !== null) draftOf(foundation, built.base).built.push(app);
        else {
            const state = next === "missing" || next === null ? "official" : next;
            const { local } = foundation;
            const here = local.state === state ? local : blank;
            const base = { ...blank, ...here, state, foundation: foundation.name };
            draftOf(foundation, base).unbuilt.push(app);
        }
    }
    const position = ({ foundation }: Draft): number => images.indexOf(foundation);
    return [...drafts.values()].sort(
        (one, other) =>
            position(one) - position(other) ||
            order.indexOf(one.base.state) - order.indexOf(other.base.state) ||
            (other.base.createdAt ?? "").localeCompare(one.base.createdAt ?? ""),
    );
}

/** @param several whether it has to be said which foundation it is. */
function describe(
    foundation: FoundationStatus,
    base: Base,
    several: boolean,
    ageOf: (moment: string) => string,
): Pick<Variant, "state" | "title" | "details"> {
    const { digest, local, registry, behind } = foundation;
    const built = base.createdAt === null ? [] : [`built ${ageOf(base.createdAt)}`];
    const id = base.id === null ? [] : [shortDigest(base.id)];
    const titled = (title: string, ...details: string[]): Pick<Variant, "state" | "title" | "details"> => ({
        state: base.state,
        title: several ? `${foundation.name}: ${title.charAt(0).toLowerCase()}${title.slice(1)}` : title,
        details,
    });
    switch (base.state) {
        case "official":
            return titled(
                "Official",
                base.tag ?? "",
                shortDigest(digest),
                ...whereabouts(local.state === "official", registry.state),
            );
        case "override": {
            const current = isCurrent(foundation, base);
            const late = current && behind.length > 0 ? [`behind ${behind.join(", ")}`] : [];
            return titled(
                current ? "Your own" : "Your own, before",
                current ? "in the official one's place" : "no longer in use",
                ...id,
                ...built,
                ...late,
            );
        }
        case "older":
            return titled("Older official", base.tag ?? "no tag left");
        case "moved":
            return titled("Not the published one", base.tag ?? "under its tag", ...id, ...built);
        case "unknown":
            return titled("Unknown", "not on this machine");
    }
}

/** Where the official one is, as far as that is known. */
function whereabouts(isHere: boolean, registry: RegistryStatus["state"]): string[] {
    const here = isHere ? ["is here"] : [];
    switch (registry) {
        case "current":
            return isHere ? here : ["in the registry"];
        case "newer":
            return [...here, "the registry has a newer one"];
        case "moved":
            return [...here, "the registry has another image"];
        case "missing":
            return [...here, "gone from the registry"];
        case "no-login":
        case "silent":
            return isHere ? here : ["the registry wasn't asked"];
    }
}

function graphApp(service: ServiceStatus, all: readonly ServiceStatus[]): GraphApp {
    const old = service.containers.filter((container) => container.running && !container.current).length;
    const notes = [
        ...(service.problem === null ? [] : ["can't be built"]),
        ...(service.built !== null && service.command !== null ? [withoutFolder(service.command)] : []),
        ...(old > 0 ? [`${counted(old, "container")} on an older build`] : []),
    ];
    return {
        name: fullName(service, all),
        note: notes.join(" · "),
        running: service.containers.some((container) => container.running),
    };
}

/** Enough of a digest to tell it from others. */
function shortDigest(digest: string): string {
    return digest.slice(0, "sha256:".length + 12);
}
