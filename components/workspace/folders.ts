import * as fs from "node:fs";
import * as path from "node:path";
import { systemReason } from "../problem.ts";
import { joinPath } from "../render/paths.ts";

/** What the globs of `foundation:apps` name. */
export interface FoundFolders {
    /** Those that count, relative to the repository's root, in byte order. */
    readonly folders: readonly string[];
    /** Those that don't. */
    readonly others: readonly string[];
    /** Those that would, and that globs reach through links. */
    readonly linked: readonly string[];
    /** Those that a glob without `*` and `?` names. */
    readonly byName: ReadonlySet<string>;
    /** Globs that name nothing. */
    readonly unmatched: readonly string[];
    /** Those that may not be read, such as a database's files. Nothing in them is found. */
    readonly denied: readonly {
        readonly folder: string;
        readonly reason: string;
        /** Whether a glob without `*` and `?` leads there. */
        readonly byName: boolean;
    }[];
}

/**
 * The folders that globs name: `*` and `?` stand for a part of a name, `**` for any folders on the way, `.`
 * for the root itself; what follows `!` takes folders away. Hidden folders and node_modules are found by their names only.
 */
export function findFolders(
    root: string,
    globs: readonly string[],
    counts: (folder: string) => boolean,
): FoundFolders {
    const found = new Map<string, boolean>();
    const byName = new Set<string>();
    const unmatched: string[] = [];
    const walk = new Walk(root);
    const wanted = globs.filter((each) => !each.startsWith("!"));
    const names = wanted.filter((glob) => !/[*?]/.test(glob)).map((glob) => segmentsOf(glob).join("/"));
    for (const glob of wanted) {
        const named = walk.expand(".", segmentsOf(glob));
        for (const folder of named) {
            if (!found.has(folder)) found.set(folder, walk.look(folder, () => counts(folder)) ?? false);
            if (!/[*?]/.test(glob)) byName.add(folder);
        }
        if (!named.some((folder) => found.get(folder))) unmatched.push(glob);
    }
    const taken = globs.filter((each) => each.startsWith("!")).map((each) => segmentsOf(each.slice(1)));
    const isLeft = (folder: string): boolean =>
        !taken.some((segments) => matches(segmentsOf(folder), segments));
    const left = [...found.keys()].filter(isLeft).sort();
    const counting = left.filter((folder) => found.get(folder));
    const isLinked = (folder: string): boolean =>
        !byName.has(folder) && [...walk.links].some((link) => `${folder}/`.startsWith(`${link}/`));
    return {
        folders: counting.filter((folder) => !isLinked(folder)),
        linked: counting.filter(isLinked),
        others: left.filter((folder) => !found.get(folder) && !walk.denied.has(folder)),
        byName,
        unmatched,
        denied: [...walk.denied]
            .filter(([folder]) => isLeft(folder))
            .map(([folder, reason]) => {
                const leadsThere = (name: string): boolean => `${name}/`.startsWith(`${folder}/`);
                return { folder, reason, byName: names.some(leadsThere) };
            }),
    };
}

function segmentsOf(glob: string): readonly string[] {
    return glob.split(/[/\\]/).filter((segment) => segment !== "" && segment !== ".");
}

class Walk {
    /** With the reason. */
    readonly denied = new Map<string, string>();
    /** The links to folders that were followed. */
    readonly links = new Set<string>();
    readonly #root: string;

    constructor(root: string) {
        this.#root = root;
    }

    expand(folder: string, [segment, ...rest]: readonly string[]): string[] {
        if (segment === undefined) return [folder];
        if (segment === "**") {
            const below = this.#children(folder, isOrdinary, false);
            const deeper = below.flatMap((name) => this.expand(joinPath(folder, name), [segment, ...rest]));
            return [...this.expand(folder, rest), ...deeper];
        }
        const pattern = patternOf(segment);
        const isMeant = (name: string): boolean =>
            pattern.test(name) && (isOrdinary(name) || !/[*?]/.test(segment));
        return this.#children(folder, isMeant, true).flatMap((name) =>
            this.expand(joinPath(folder, name), rest),
        );
    }

    /** What the work gives; undefined where the folder may not be read. */
    look<T>(folder: string, work: () => T): T | undefined {
        try {
            return work();
        } catch (error) {
            const code = error instanceof Error && "code" in error ? error.code : undefined;
            // A link that leads to itself leads to no folder.
            if (code === "ELOOP") return undefined;
            if (code !== "EACCES" && code !== "EPERM") throw error;
            this.denied.set(folder, systemReason(error));
            return undefined;
        }
    }

    /** Those that are meant; where many are walked through, links are not followed, for they may lead round. */
    #children(folder: string, isMeant: (name: string) => boolean, followed: boolean): string[] {
        const place = path.join(this.#root, folder);
        if (!fs.existsSync(place)) return [];
        const leadsToFolder = (name: string): boolean | undefined =>
            this.look(joinPath(folder, name), () =>
                fs.statSync(path.join(place, name), { throwIfNoEntry: false })?.isDirectory(),
            );
        const entries = this.look(folder, () => fs.readdirSync(place, { withFileTypes: true })) ?? [];
        const links = entries.filter(
            (entry) => followed && entry.isSymbolicLink() && isMeant(entry.name) && leadsToFolder(entry.name),
        );
        for (const { name } of links) this.links.add(joinPath(folder, name));
        return entries
            .filter((entry) => links.includes(entry) || (entry.isDirectory() && isMeant(entry.name)))
            .map(({ name }) => name);
    }
}

function isOrdinary(name: string): boolean {
    return !name.startsWith(".") && name !== "node_modules";
}

function matches(parts: readonly string[], [segment, ...rest]: readonly string[]): boolean {
    const [part, ...deeper] = parts;
    if (segment === undefined) return part === undefined;
    if (segment === "**") {
        return matches(parts, rest) || (part !== undefined && matches(deeper, [segment, ...rest]));
    }
    return part !== undefined && patternOf(segment).test(part) && matches(deeper, rest);
}

function patternOf(segment: string): RegExp {
    const source = segment
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
    return new RegExp(`^${source}$`, "s");
}

/** The nearest folder, from here upwards, that has a file or folder of this name; undefined where none has. */
export function upwards(from: string, name: string): string | undefined {
    for (let folder = from; ; folder = path.dirname(folder)) {
        if (fs.existsSync(path.join(folder, name))) return folder;
        if (folder === path.dirname(folder)) return undefined;
    }
}
