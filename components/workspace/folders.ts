import * as fs from "node:fs";
import * as path from "node:path";
import { joinPath } from "../render/paths.ts";

/** What the globs of `foundation:apps` name. */
export interface FoundFolders {
    /** Those that count, relative to the repository's root, in byte order. */
    readonly folders: readonly string[];
    /** Those that don't. */
    readonly others: readonly string[];
    /** Those that a glob without `*` and `?` names. */
    readonly byName: ReadonlySet<string>;
    /** Globs that name nothing. */
    readonly unmatched: readonly string[];
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
    for (const glob of globs.filter((each) => !each.startsWith("!"))) {
        const named = expand(root, ".", segmentsOf(glob));
        for (const folder of named) {
            if (!found.has(folder)) found.set(folder, counts(folder));
            if (!/[*?]/.test(glob)) byName.add(folder);
        }
        if (!named.some((folder) => found.get(folder))) unmatched.push(glob);
    }
    const taken = globs.filter((each) => each.startsWith("!")).map((each) => segmentsOf(each.slice(1)));
    const left = [...found.keys()]
        .filter((folder) => !taken.some((segments) => matches(segmentsOf(folder), segments)))
        .sort();
    return {
        folders: left.filter((folder) => found.get(folder)),
        others: left.filter((folder) => !found.get(folder)),
        byName,
        unmatched,
    };
}

function segmentsOf(glob: string): readonly string[] {
    return glob.split(/[/\\]/).filter((segment) => segment !== "" && segment !== ".");
}

function expand(root: string, folder: string, [segment, ...rest]: readonly string[]): string[] {
    if (segment === undefined) return [folder];
    if (segment === "**") {
        const below = childrenOf(root, folder, false).filter(isOrdinary);
        const deeper = below.flatMap((name) => expand(root, joinPath(folder, name), [segment, ...rest]));
        return [...expand(root, folder, rest), ...deeper];
    }
    const pattern = patternOf(segment);
    return childrenOf(root, folder, true)
        .filter((name) => pattern.test(name) && (isOrdinary(name) || !/[*?]/.test(segment)))
        .flatMap((name) => expand(root, joinPath(folder, name), rest));
}

function isOrdinary(name: string): boolean {
    return !name.startsWith(".") && name !== "node_modules";
}

/** The folders in a folder; where many are walked through, links are not followed, for they may lead round. */
function childrenOf(root: string, folder: string, followed: boolean): string[] {
    const place = path.join(root, folder);
    if (!fs.existsSync(place)) return [];
    return fs
        .readdirSync(place, { withFileTypes: true })
        .filter(
            (entry) =>
                entry.isDirectory() ||
                (followed &&
                    entry.isSymbolicLink() &&
                    fs.statSync(path.join(place, entry.name), { throwIfNoEntry: false })?.isDirectory()),
        )
        .map(({ name }) => name);
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
