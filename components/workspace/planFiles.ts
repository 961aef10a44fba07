import fs from "node:fs";
import path from "node:path";
import { systemReason } from "../problem.ts";
import { composeMark, isMarked } from "../render/composeMark.ts";
import { blockOf, blockProblem, withBlock, withoutBlock } from "../render/envFile.ts";
import { fill } from "../render/gaps.ts";
import { fileNames, ownName, type WorkspaceFiles } from "../render/workspaceFiles.ts";
import { composeFileNames } from "./composeFiles.ts";

/**
 * A file that is all ours, a block of ours in a file of the user's, or a symbolic link. A text is undefined in a preview
 * that can't know it yet.
 */
export type EmittedFile =
    | { readonly kind: "whole" | "block"; readonly text: string | undefined }
    | { readonly kind: "link"; readonly target: string };

/** By path: relative to the project's folder, with `/`. */
export type Files = Readonly<Record<string, EmittedFile>>;

/** The files one by one. `values` are for the gaps in their texts, and undefined where a preview can't know them yet. */
export function filesOf(
    { texts, shared, blocks, links }: WorkspaceFiles,
    values: Readonly<Record<string, string | undefined>>,
): Files {
    const files: Record<string, EmittedFile> = {};
    for (const [name, text] of Object.entries(texts)) {
        files[name] = { kind: "whole", text: fill(text, values) };
    }
    for (const { text, names } of shared) {
        const filled = fill(text, values);
        for (const [name, own] of Object.entries(names)) {
            files[name] = { kind: "whole", text: filled?.replaceAll(ownName, () => own) };
        }
    }
    for (const { text, paths } of blocks) {
        const filled = fill(text, values);
        for (const name of paths) files[name] = { kind: "block", text: filled };
    }
    for (const [name, target] of Object.entries(links)) files[name] = { kind: "link", target };
    return files;
}

/** Bytes, one character each (latin1), so that the user's lines survive whatever their encoding is. */
export type Content = { readonly bytes: string } | { readonly target: string };

export interface Change {
    readonly path: string;
    readonly action: "create" | "update" | "delete";
    /** What will be there; undefined when that is nothing, or not known yet. */
    readonly content?: Content;
}

/** Something about a file, or about the folder of several, that the user has to know. */
export interface Finding {
    readonly path: string;
    readonly reason: string;
}

export interface Plan {
    readonly changes: readonly Change[];
    /** Why it can't be done. */
    readonly problems: readonly Finding[];
    /** What is no longer wanted and stays all the same, for it is not as we wrote it. */
    readonly left: readonly string[];
}

/**
 * What has to happen to get from what is on disk to `wanted`; touches nothing. `previous` is what was written last:
 * what is no longer wanted of it goes, as far as it still is ours. Nothing that is the user's is in a change.
 */
export function planFiles(root: string, wanted: Files, previous: Files): Plan {
    const folders = new Folders(root);
    const changes: Change[] = [];
    const names = Object.keys(wanted);
    const byCase = new Map(names.map((name) => [withoutCase(name), name]));
    // All files in a folder share its problem, which is told once.
    const problems = new Set(caseProblems(names));
    const left: string[] = [];

    for (const [name, file] of Object.entries(wanted)) {
        const outcome =
            pathProblem(name) ??
            folders.problem(name) ??
            attempt(() => shadowProblem(root, name, file) ?? planWrite(root, name, file, previous[name]));
        if (outcome === undefined) continue;
        if (typeof outcome === "string") problems.add({ path: name, reason: outcome });
        else if ("reason" in outcome) problems.add(outcome);
        else {
            const problem = folders.writeProblem(name);
            if (problem === undefined) changes.push(outcome);
            else problems.add(problem);
        }
    }
    for (const [name, file] of Object.entries(previous)) {
        if (name in wanted || pathProblem(name) !== undefined || folders.isMissing(name)) continue;
        // After a folder's name has changed in its case alone.
        const renamed = byCase.get(withoutCase(name));
        if (renamed !== undefined && isOneFile(locate(root, name), locate(root, renamed))) continue;
        const outcome = folders.problem(name) ?? attempt(() => planRemoval(root, name, file));
        if (outcome === undefined) continue;
        if (typeof outcome === "object" && "action" in outcome) changes.push(outcome);
        else left.push(name);
    }
    return { changes, problems: [...problems], left };
}

/** Whether both are the same files with the same content. */
export function sameFiles(one: Files, other: Files): boolean {
    const names = Object.keys(one);
    return (
        names.length === Object.keys(other).length && names.every((name) => sameFile(one[name], other[name]))
    );
}

export function sameFile(one: EmittedFile | undefined, other: EmittedFile | undefined): boolean {
    if (one === undefined || other === undefined) return false;
    if (one.kind === "link") return other.kind === "link" && other.target === one.target;
    return other.kind === one.kind && other.text === one.text;
}

/** The change that brings the file about, undefined when it is there already, or a text that says what is in the way. */
function planWrite(
    root: string,
    name: string,
    file: EmittedFile,
    before: EmittedFile | undefined,
): Change | string | undefined {
    const found = findFile(root, name);
    if (found.kind === "other") return "something that is no file is in the way; move it elsewhere";

    const change = (content?: Content): Change => ({
        path: name,
        action: found.kind === "nothing" ? "create" : "update",
        ...(content !== undefined && { content }),
    });
    if (file.kind === "link") return planLink(name, file.target, found, before, change);

    if (found.kind === "link" && !isOurLink(found, before) && !isSharedEnv(root, name, found)) {
        return `it is a symbolic link to ${found.target} that is not ours, and nothing is written through links; delete it`;
    }
    const bytes = found.kind === "file" ? found.bytes : "";
    const problem =
        file.kind === "whole"
            ? wholeProblem(name, file.text, found)
            : (encodingProblem(bytes) ?? blockProblem(bytes));
    if (problem !== undefined) return problem;
    if (file.text === undefined) return change();

    const own = Buffer.from(file.text, "utf8").toString("latin1");
    const next = file.kind === "whole" ? own : withBlock(bytes, own);
    // Git may check files out with CRLF.
    const there = found.kind === "file" && lf(found.bytes) === lf(next);
    return there ? undefined : change({ bytes: next });
}

function planLink(
    name: string,
    target: string,
    found: Found,
    before: EmittedFile | undefined,
    change: (content?: Content) => Change,
): Change | string | undefined {
    if (
        pathProblem(path.posix.join(path.posix.dirname(name), target)) !== undefined ||
        target.startsWith("/")
    ) {
        return `its target must be a relative path within the project, found ${JSON.stringify(target)}`;
    }
    if (found.kind === "link") {
        if (found.target === target) return undefined;
        if (isOurLink(found, before)) return change({ target });
        return `it is a symbolic link to ${found.target} that is not ours, where one to ${target} belongs; delete it`;
    }
    if (found.kind === "file") {
        const problem = blockProblem(found.bytes);
        if (problem !== undefined) return problem;
        if (withoutBlock(found.bytes) !== "") {
            return (
                `it has lines of yours, so it can't become a link to ${target}; move them into the file that is ` +
                "linked to and delete this one, or set the key envFiles to copy"
            );
        }
    }
    return change({ target });
}

/** What to do with a file that is no longer wanted: undefined when it is gone, `left` when it is not as we wrote it. */
function planRemoval(root: string, name: string, file: EmittedFile): Change | "left" | undefined {
    const found = findFile(root, name);
    const removal: Change = { path: name, action: "delete" };
    if (found.kind === "nothing") return undefined;
    if (file.kind === "link") return isOurLink(found, file) ? removal : "left";
    if (found.kind !== "file") return "left";

    const own = Buffer.from(file.text ?? "", "utf8").toString("latin1");
    if (file.kind === "whole") return lf(found.bytes) === lf(own) ? removal : "left";

    if (blockProblem(found.bytes) !== undefined) return "left";
    const block = blockOf(found.bytes);
    if (block === undefined) return undefined;
    if (block !== own) return "left";
    const rest = withoutBlock(found.bytes);
    return rest === "" ? removal : { path: name, action: "update", content: { bytes: rest } };
}

const moveToOverride =
    "move what you need from there into compose.override.yaml, which Compose merges in by itself";

function wholeProblem(name: string, text: string | undefined, found: Found): string | undefined {
    if (text !== undefined && !isMarked(text)) return `its text must start with the line "${composeMark}"`;
    if (found.kind !== "file" || isMarked(found.bytes)) return undefined;
    const kept =
        path.posix.basename(name) === fileNames.whole ? `${moveToOverride}, and delete it` : "delete it";
    return `it is there and not ours, for it does not start with our mark; ${kept}`;
}

/** Be it all of the file, or a line that a shell has added to it. */
function encodingProblem(bytes: string): string | undefined {
    return bytes.includes("\0") ? "it is in UTF-16, which Compose can't read; save it as UTF-8" : undefined;
}

/** Compose reads the first of these names it finds, so next to ours the others would silently lose their effect. */
function shadowProblem(root: string, name: string, file: EmittedFile): string | undefined {
    const folder = path.posix.dirname(name);
    if (file.kind !== "whole" || path.posix.basename(name) !== fileNames.whole) return undefined;
    const [, ...others] = composeFileNames[0];
    const shadowed = others.filter((other) => fs.existsSync(locate(root, path.posix.join(folder, other))));
    if (shadowed.length === 0) return undefined;
    return `next to it Compose would no longer read ${shadowed.join(", ")}; ${moveToOverride}, and delete it`;
}

function caseProblems(names: readonly string[]): Finding[] {
    const seen = new Map<string, string>();
    const problems: Finding[] = [];
    for (const name of names) {
        const key = withoutCase(name);
        const other = seen.get(key);
        if (other === undefined) seen.set(key, name);
        else
            problems.push({
                path: name,
                reason: `on macOS and Windows it is the same file as ${other}; rename one`,
            });
    }
    return problems;
}

/** Names that are one to macOS and Windows have the same. */
function withoutCase(name: string): string {
    return name.normalize().toLowerCase();
}

function isOneFile(...places: readonly [string, string]): boolean {
    const [one, other] = places.map((place) => fs.lstatSync(place, { bigint: true, throwIfNoEntry: false }));
    return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

function pathProblem(name: string): string | undefined {
    const sound =
        path.posix.normalize(name) === name &&
        !path.win32.isAbsolute(name) &&
        !/^\.\.?(\/|$)|\/$|[\\\0]/.test(name);
    return sound
        ? undefined
        : 'expected a path within the project such as apps/app1/.env, with "/" and without ".."';
}

/** What there is to know about the folders that files are in; each is looked at once, and a problem is one object. */
class Folders {
    readonly #root: string;
    readonly #problems = new Map<string, Finding | undefined>();
    readonly #writeProblems = new Map<string, Finding | undefined>();

    constructor(root: string) {
        this.#root = root;
    }

    /** Why nothing can be in the folder of this file: a folder above it is missing, or leads elsewhere. */
    problem(name: string): Finding | undefined {
        const folder = path.posix.dirname(name);
        if (folder === ".") return undefined;
        if (!this.#problems.has(folder)) {
            this.#problems.set(folder, this.problem(folder) ?? findingOf(folder, () => this.#look(folder)));
        }
        return this.#problems.get(folder);
    }

    isMissing(name: string): boolean {
        return !fs.existsSync(locate(this.#root, path.posix.dirname(name)));
    }

    /** Why nothing can be written to the folder of this file. */
    writeProblem(name: string): Finding | undefined {
        const folder = path.posix.dirname(name);
        if (!this.#writeProblems.has(folder)) {
            const finding = findingOf(folder, () => {
                fs.accessSync(locate(this.#root, folder), fs.constants.W_OK | fs.constants.X_OK);
                return undefined;
            });
            this.#writeProblems.set(
                folder,
                finding && {
                    path: folder,
                    reason: `nothing can be written there (${finding.reason}); make it writable`,
                },
            );
        }
        return this.#writeProblems.get(folder);
    }

    #look(folder: string): string | undefined {
        const stats = fs.lstatSync(locate(this.#root, folder), { throwIfNoEntry: false });
        if (stats === undefined) return "the folder is missing; create it";
        if (stats.isSymbolicLink()) {
            return "it is a symbolic link, and nothing is written through links; put a real folder there";
        }
        return stats.isDirectory() ? undefined : "it is not a folder; put a folder there";
    }
}

function findingOf(folder: string, look: () => string | undefined): Finding | undefined {
    const reason = attempt(look);
    return reason === undefined ? undefined : { path: folder, reason };
}

type Found =
    | { readonly kind: "nothing" }
    | { readonly kind: "file"; readonly bytes: string }
    | { readonly kind: "link"; readonly target: string }
    | { readonly kind: "other" };

/** What there is under a path of the project. */
export function findFile(root: string, name: string): Found {
    const place = locate(root, name);
    const stats = fs.lstatSync(place, { throwIfNoEntry: false });
    if (stats === undefined) return { kind: "nothing" };
    if (stats.isFile()) return { kind: "file", bytes: fs.readFileSync(place, "latin1") };
    if (stats.isSymbolicLink()) {
        return { kind: "link", target: fs.readlinkSync(place).split(path.sep).join("/") };
    }
    return { kind: "other" };
}

/** Where on disk a file of the project is. */
export function locate(root: string, name: string): string {
    return path.join(root, name);
}

function isOurLink(found: Found, before: EmittedFile | undefined): boolean {
    return found.kind === "link" && before?.kind === "link" && before.target === found.target;
}

/**
 * Whether this is a link as the mode with one `.env` at the root has them, to that file with our block in it, or to
 * nothing: `foundation sync` writes some of which no state knows.
 */
function isSharedEnv(root: string, name: string, { target }: Found & { readonly kind: "link" }): boolean {
    const shared = ".env";
    if (path.posix.join(path.posix.dirname(name), target) !== shared) return false;
    const found = findFile(root, shared);
    if (found.kind === "nothing") return true;
    return (
        found.kind === "file" && blockProblem(found.bytes) === undefined && blockOf(found.bytes) !== undefined
    );
}

function attempt<T>(look: () => T): T | string {
    try {
        return look();
    } catch (error) {
        return systemReason(error);
    }
}

function lf(text: string): string {
    return text.replaceAll("\r\n", "\n");
}
