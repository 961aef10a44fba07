import type { AppStatus, Base, BaseState, NextState, RegistryStatus, Status } from "../status/model.ts";

/** An app, as a node of the graph. */
export interface GraphApp {
    readonly name: string;
    /** What is to be said of it, such as the command it needs; empty when all is well. */
    readonly note: string;
    readonly running: boolean;
}

/** One foundation, published or built here, with the apps that are on it. */
export interface Variant {
    readonly state: BaseState;
    readonly title: string;
    readonly details: readonly string[];
    /** Whether it is made from the bases that are shown. What a former one was made from isn't known. */
    readonly based: boolean;
    readonly built: readonly GraphApp[];
    /** Apps without an image, whose first build would start from it. */
    readonly unbuilt: readonly GraphApp[];
}

/** Base → foundation → apps. */
export interface Graph {
    readonly image: string;
    readonly stack: string;
    readonly bases: readonly string[];
    /** The official one first. */
    readonly variants: readonly Variant[];
}

const order: readonly BaseState[] = ["official", "override", "older", "moved", "unknown"];

/** The graph of what is really here: each app hangs on the foundation that it was built on. */
export function graphOf(status: Status, bases: readonly string[], ageOf: (moment: string) => string): Graph {
    const { foundation, apps } = status;
    const variants = new Map<string, { base: Base; built: GraphApp[]; unbuilt: GraphApp[] }>();
    const variantOf = (base: Base) => {
        // Older ones are told apart by their tags, which others see as well; the rest by what they are.
        const key = [
            base.state,
            base.state === "official" ? "" : base.state === "older" ? base.tag : base.id,
        ].join(" ");
        const variant = variants.get(key) ?? { base, built: [], unbuilt: [] };
        variants.set(key, variant);
        return variant;
    };
    const { local } = foundation;
    const tag = /:([^/:]*)$/.exec(foundation.image)?.[1] ?? null;
    const official: Base = { state: "official", evidence: null, tag, createdAt: null, id: null };
    const next: Partial<Record<NextState, Base>> = {
        official,
        ...(local.state === "override" && {
            override: { ...local, state: "override" as const, evidence: null },
        }),
        ...(local.state === "older" && { older: { ...local, state: "older" as const, evidence: null } }),
        ...(local.state === "moved" && { moved: { ...local, state: "moved" as const, evidence: null } }),
    };
    for (const base of Object.values(next)) variantOf(base);
    for (const app of apps) {
        if (app.built !== null) variantOf(app.built.base).built.push(graphApp(app));
        else
            variantOf(
                next[app.next] ??
                    (app.next === "missing"
                        ? official
                        : { state: app.next, evidence: null, tag: null, createdAt: null, id: null }),
            ).unbuilt.push(graphApp(app));
    }
    return {
        image: foundation.image,
        stack: foundation.stack,
        bases,
        variants: [...variants.values()]
            .sort(
                (one, other) =>
                    order.indexOf(one.base.state) - order.indexOf(other.base.state) ||
                    (other.base.createdAt ?? "").localeCompare(one.base.createdAt ?? ""),
            )
            .map(({ base, built, unbuilt }) => ({ ...describe(base, status, ageOf), built, unbuilt })),
    };
}

function describe(
    base: Base,
    { foundation: { digest, local, registry } }: Status,
    ageOf: (moment: string) => string,
): Pick<Variant, "state" | "title" | "details" | "based"> {
    const built = base.createdAt === null ? [] : [`built ${ageOf(base.createdAt)}`];
    const id = base.id === null ? [] : [shortDigest(base.id)];
    switch (base.state) {
        case "official":
            return {
                state: base.state,
                title: "Official",
                details: [
                    base.tag ?? "",
                    shortDigest(digest),
                    ...whereabouts(local.state === "official", registry.state),
                ],
                based: true,
            };
        case "override": {
            const current = local.state === "override" && local.id === base.id;
            return {
                state: base.state,
                title: current ? "Your own" : "Your own, before",
                details: [current ? "in the official one's place" : "no longer in use", ...id, ...built],
                based: current,
            };
        }
        case "older":
            return {
                state: base.state,
                title: "Older official",
                details: [base.tag ?? "no tag left", ...built],
                based: false,
            };
        case "moved":
            return {
                state: base.state,
                title: "Not the published one",
                details: [base.tag ?? "under its tag", ...id, ...built],
                based: false,
            };
        case "unknown":
            return { state: base.state, title: "Unknown", details: ["not on this machine"], based: false };
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

function graphApp(app: AppStatus): GraphApp {
    const old = app.containers.filter((container) => container.running && !container.current).length;
    const notes = [
        ...(app.problem === null ? [] : ["can't be built"]),
        ...(app.built !== null && app.command !== null ? [app.command.replace(/^cd \S+ && /, "")] : []),
        ...(old > 0 ? [`${old} container${old === 1 ? "" : "s"} on an older build`] : []),
    ];
    return {
        name: app.folder.replace(/^apps\//, ""),
        note: notes.join(" · "),
        running: app.containers.some((container) => container.running),
    };
}

/** Enough of a digest to tell it from others. */
function shortDigest(digest: string): string {
    return digest.slice(0, "sha256:".length + 12);
}
