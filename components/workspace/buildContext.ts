import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Problem, systemReason } from "../problem.ts";
import {
    judge,
    mayHoldExceptions,
    readIgnoreRules,
    RefusedRule,
    type IgnoreRule,
    type Verdict,
} from "../render/dockerignore.ts";
import type { ImageSettings } from "../imageConfig.ts";
import { gitModes, type GitModes } from "./gitModes.ts";
import { followInFolder, linkProblem } from "./links.ts";
import { readIfThere } from "./texts.ts";

/** One entry of a build context, as the builder would see it. */
export interface ContextEntry {
    /** Relative to the context, with `/` between its parts. */
    readonly path: string;
    /** `folder` only for one that nothing is listed of: any other is there by what it holds. */
    readonly kind: "file" | "symlink" | "folder";
    /** The one permission that Git keeps, and so the only one that is the same in every checkout. */
    readonly executable: boolean;
}

/** What, beside the files, decides what comes out of a build. */
export interface BuildParameters {
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly target?: string | undefined;
    readonly platforms: readonly string[];
    /** Any text; a new one asks for a fresh build of the same content. */
    readonly rebuild?: string | undefined;
    /** Where the secrets are, by their ids. Their values are no content. */
    readonly secrets?: ImageSettings["secrets"];
    readonly ssh?: readonly string[];
    readonly extraHosts?: Readonly<Record<string, string>>;
    readonly buildContexts?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    /** The content tags of the foundations that it is built on, by name. */
    readonly parents?: Readonly<Record<string, string>>;
    /** What is in the folders among its build contexts, by name. */
    readonly folders?: Readonly<Record<string, Pick<Listing, "prints">>>;
}

/** What a build context is besides its folder. */
export interface ContextOptions {
    /**
     * Full path of the Dockerfile; null for a context without one.
     * @default - the one in the context
     */
    readonly dockerfile?: string | null;
    /**
     * What is never content, by its path in the context, which ends with `/` for a folder.
     * @default - what is emitted beside the Dockerfile and names the tag, which would depend on itself
     */
    readonly isEmitted?: (file: string) => boolean;
}

const isEmittedBeside = (file: string): boolean => file === "compose.yaml" || file === ".env";

/** Needed by the builder even where `.dockerignore` keeps them from COPY. */
export const builderFiles = ["Dockerfile", "Dockerfile.dockerignore", ".dockerignore"];

/**
 * Lists what a builder gets of a build context, in byte order: all that its ignore file lets through. Sockets, pipes
 * and devices are left out, although BuildKit takes them (a socket as an empty file): no commit has any.
 *
 * @param modes what Git takes the context's files for; by default it is asked.
 * @throws Problem when the Dockerfile or the ignore file can't be read, the Dockerfile is a link that a build can't follow,
 * a rule is refused, a folder can't be read, an entry's name can't be read as UTF-8, or Git has not checked out all of it.
 */
export function listContext(
    directory: string,
    modes?: GitModes,
    { dockerfile = path.join(directory, "Dockerfile"), isEmitted = isEmittedBeside }: ContextOptions = {},
): ContextEntry[] {
    if (!isFolder(directory))
        throw new Problem(
            `${directory} is no folder, and a build copies from one; create it, or name the one that is meant by the keys folder and context of the image`,
        );
    if (dockerfile !== null) checkDockerfile(dockerfile);
    const known = modes ?? gitModes(directory);
    const entries = withIgnoreRules(ignoreFile(directory, dockerfile), (rules) => {
        const found = walk(directory, rules, isEmitted);
        refusePart(directory, rules, found, known);
        return found;
    });
    return asInGit(entries, known).sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** An entry with all that counts of it. */
export type Fingerprint =
    | readonly [path: string, kind: "folder"]
    | readonly [path: string, kind: "file" | "symlink", executable: boolean, digest: string];

/** @throws Problem when a file can't be read. */
export function fingerprints(directory: string, entries: readonly ContextEntry[]): readonly Fingerprint[] {
    return entries.map(({ path: file, kind, executable }) =>
        kind === "folder"
            ? [file, kind]
            : [file, kind, executable, digestOf(path.join(directory, file), kind)],
    );
}

/** A folder that something is built from. */
export interface Listing {
    /** Its full path. */
    readonly directory: string;
    readonly entries: readonly ContextEntry[];
    readonly prints: readonly Fingerprint[];
}

/**
 * The tag of an image, made from its content alone: `content-` and 12 hexadecimal digits. The same files, bytes,
 * executable bits and parameters give the same tag on every machine, whatever the umask, times or path.
 *
 * @param dockerfile its full path.
 * @throws Problem when it can't be read.
 */
export function contentTag(
    dockerfile: string,
    prints: readonly Fingerprint[],
    parameters: BuildParameters,
): string {
    const { secrets, extraHosts, buildContexts, labels, parents, ssh = [] } = parameters;
    const listed = Object.entries(parameters.folders ?? {}).map(
        ([name, { prints }]) => [name, prints] as const,
    );
    const folders = Object.fromEntries(listed);
    const maps = { secrets, extraHosts, buildContexts, labels, parents, folders };
    const document = {
        // The recipe may be ignored, and still decides everything.
        dockerfile: digestOf(dockerfile, "file"),
        entries: prints,
        buildArgs: sorted(parameters.buildArgs),
        target: parameters.target ?? null,
        platforms: [...parameters.platforms].sort(),
        rebuild: parameters.rebuild ?? null,
        // Left out where there is none, so that what has none keeps its tag.
        ...Object.fromEntries(
            Object.entries(maps).flatMap(([name, map = {}]) =>
                Object.keys(map).length === 0 ? [] : [[name, sorted(map)]],
            ),
        ),
        ...(ssh.length > 0 && { ssh: [...ssh].sort() }),
    };
    return `content-${shortHash(JSON.stringify(document))}`;
}

/** 12 hexadecimal digits. */
export function shortHash(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function sorted(map: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
    return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * The ignore file of a build. Docker prefers the one that is named after the Dockerfile, and beside it, even an empty one.
 */
export function ignoreFile(directory: string, dockerfile: string | null): string | undefined {
    const named =
        dockerfile === null
            ? undefined
            : followInFolder(path.dirname(dockerfile), `${path.basename(dockerfile)}.dockerignore`);
    return [named, followInFolder(directory, ".dockerignore")].find(
        (file) => file !== undefined && fs.statSync(file).isFile(),
    );
}

/** What to do where an image has no Dockerfile that can be read. */
export const dockerfileRemedy =
    "put a readable file there, or name the one that is meant by the key dockerfile of the image";

/** @throws Problem when it can't be read, or is a link that a build can't follow. */
export function checkDockerfile(file: string): void {
    try {
        fs.readFileSync(file);
    } catch (error) {
        throw new Problem({
            wrong: `cannot read ${file} (${systemReason(error)})`,
            remedy: dockerfileRemedy,
        });
    }
    const link = linkProblem(file);
    if (link !== undefined) throw new Problem(`${file}: ${link}`);
}

/** Where a symlink leads. A checkout without symlinks (`core.symlinks=false`) has files with that text in their place. */
export function linkTarget(file: string): string {
    return fs.lstatSync(file).isSymbolicLink() ? fs.readlinkSync(file) : fs.readFileSync(file, "utf8");
}

function isFolder(directory: string): boolean {
    return fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The part of a remedy that says how a build does without something. */
const ignoreIt =
    "list it in .dockerignore, or in the ignore file that is named after the Dockerfile if there is one";

function withIgnoreRules<T>(file: string | undefined, work: (rules: readonly IgnoreRule[]) => T): T {
    if (file === undefined) return work([]);
    try {
        return work(readIgnoreRules(readIfThere(file) ?? ""));
    } catch (error) {
        if (!(error instanceof RefusedRule)) throw error;
        throw new Problem({
            wrong: `${file} has what Docker refuses as a rule`,
            found: error.rules.map(({ line, text }) => `${text} in line ${line}`).join(", "),
            remedy: "close each [ with a ], put a \\ only before a character that stands for itself, and take out tabs; a comment has a line of its own",
        });
    }
}

/** By the rules of fsutil's walk, with which BuildKit's client sends a context: filter.go in github.com/tonistiigi/fsutil. */
function walk(
    directory: string,
    rules: readonly IgnoreRule[],
    isEmitted: (file: string) => boolean,
): ContextEntry[] {
    const entries: ContextEntry[] = [];
    /** Whether there is anything that is never content. */
    const visit = (folder: string, verdict?: Verdict): boolean => {
        let emitted = false;
        for (const entry of readFolder(path.join(directory, folder), verdict?.ignored ?? false)) {
            const relative = folder === "" ? entry.name : `${folder}/${entry.name}`;
            const inside = judge(rules, relative, verdict);
            const isFolder = entry.isDirectory();
            if (inside.ignored && !(isFolder && mayHoldExceptions(rules, relative))) continue;
            if (isEmitted(isFolder ? `${relative}/` : relative)) {
                emitted = true;
                continue;
            }
            if (entry.name.includes("\uFFFD")) {
                throw new Problem({
                    wrong: `${path.join(directory, folder)} has a file with a name that is not UTF-8`,
                    found: JSON.stringify(entry.name),
                    remedy: `rename it, or ${ignoreIt}`,
                });
            }
            if (isFolder) {
                const before = entries.length;
                // A folder with nothing but what is emitted into it was not there before that.
                if (!visit(relative, inside) && !inside.ignored && entries.length === before) {
                    entries.push({ path: relative, kind: "folder", executable: false });
                }
            } else if (entry.isSymbolicLink()) {
                entries.push({ path: relative, kind: "symlink", executable: false });
            } else if (entry.isFile()) {
                const { mode } = fs.statSync(path.join(directory, relative));
                entries.push({ path: relative, kind: "file", executable: (mode & 0o111) !== 0 });
            }
        }
        return emitted;
    };
    visit("");
    return entries;
}

/**
 * Refuses a context of which Git has left out something: a part of a sparse checkout, a submodule. It would be published as
 * it is, under a tag of its own.
 */
function refusePart(
    directory: string,
    rules: readonly IgnoreRule[],
    entries: readonly ContextEntry[],
    modes: GitModes,
): void {
    const kinds = new Map(entries.map(({ path: file, kind }) => [file, kind]));
    const lacking = [...modes].filter(([file, mode]) =>
        mode === "160000"
            ? kinds.get(file) === "folder"
            : !kinds.has(file) && !isThere(path.join(directory, file)) && !isIgnored(rules, file),
    );
    const [[first, mode] = []] = lacking;
    if (first === undefined) return;
    throw new Problem({
        wrong: `${directory} is not all here: Git has not checked out ${first}${lacking.length === 1 ? "" : ` and ${lacking.length - 1} more`}`,
        remedy:
            mode === "160000"
                ? "get it with `git submodule update --init`"
                : `get its folder with \`git sparse-checkout add\`, or all with \`git sparse-checkout disable\`, or ${ignoreIt}`,
    });
}

function isIgnored(rules: readonly IgnoreRule[], file: string): boolean {
    let verdict: Verdict | undefined;
    const parts = file.split("/");
    for (const index of parts.keys()) verdict = judge(rules, parts.slice(0, index + 1).join("/"), verdict);
    return verdict?.ignored === true;
}

function isThere(file: string): boolean {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function readFolder(folder: string, ignored: boolean): fs.Dirent[] {
    try {
        return fs.readdirSync(folder, { withFileTypes: true });
    } catch (error) {
        const reason = systemReason(error);
        // Nor does Docker mind.
        if (ignored) return [];
        throw new Problem({
            wrong: `cannot read ${folder} (${reason})`,
            remedy: `make it readable, or ${ignoreIt}`,
        });
    }
}

/** Git's word on a file goes before the file system's, which may make modes up: as soon as they differ, it does. */
function asInGit(entries: readonly ContextEntry[], modes: GitModes): ContextEntry[] {
    const isMadeUp = entries.some(({ path: file, kind, executable }) => {
        const mode = modes.get(file) ?? "";
        return kind === "file" && mode.startsWith("100") && (mode === "100755") !== executable;
    });
    return entries.map((entry) => {
        if (entry.kind !== "file") return entry;
        const mode = modes.get(entry.path);
        if (mode === "120000") return { ...entry, kind: "symlink", executable: false };
        const executable = mode === undefined ? entry.executable && !isMadeUp : mode === "100755";
        return { ...entry, executable };
    });
}

/** What Git LFS has in the place of a file that was not fetched begins with this. */
const lfsPointer = Buffer.from("version https://git-lfs.github.com/spec/v1\n");

function notFetched(file: string): Problem {
    return new Problem({
        wrong: `${file} is a pointer of Git LFS, and not the file itself`,
        remedy: `get it with \`git lfs pull\`, or ${ignoreIt}`,
    });
}

/** One for all files: they are read one after the other. */
const piece = Buffer.allocUnsafe(1 << 20);

function digestOf(file: string, kind: "file" | "symlink"): string {
    const hash = createHash("sha256");
    try {
        if (kind === "symlink") return hash.update(linkTarget(file)).digest("hex");
        // In pieces, since a base image's context may hold files larger than memory.
        const handle = fs.openSync(file, "r");
        try {
            let begun = false;
            for (let length = 0; (length = fs.readSync(handle, piece)) > 0; begun = true) {
                const read = piece.subarray(0, length);
                if (!begun && read.subarray(0, lfsPointer.length).equals(lfsPointer)) throw notFetched(file);
                hash.update(read);
            }
        } finally {
            fs.closeSync(handle);
        }
    } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem({
            wrong: `cannot read ${file} (${systemReason(error)})`,
            remedy: `make it readable, or ${ignoreIt}`,
        });
    }
    return hash.digest("hex");
}
