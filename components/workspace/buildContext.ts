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
import { gitModes, type GitModes } from "./gitModes.ts";

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
}

/** Emitted beside the Dockerfile and naming the tag: if they were content, the tag would depend on itself. */
const emitted = new Set(["compose.yaml", ".env"]);

/** Needed by the builder even where `.dockerignore` keeps them from COPY. */
export const builderFiles = ["Dockerfile", "Dockerfile.dockerignore", ".dockerignore"];

/**
 * Lists what a builder gets of a build context, in byte order: all that its ignore file lets through. Sockets, pipes
 * and devices are left out, although BuildKit takes them (a socket as an empty file): no commit has any.
 *
 * @param modes what Git takes the context's files for.
 * @throws Problem when the folder has no Dockerfile, a rule of the ignore file is refused, a folder can't be read, or
 * an entry's name can't be read as UTF-8.
 */
export function listContext(directory: string, modes: GitModes = gitModes(directory)): ContextEntry[] {
    if (!fs.existsSync(path.join(directory, "Dockerfile"))) {
        throw new Problem(`${directory} has no Dockerfile: a build context needs one at its root`);
    }
    const entries = withIgnoreRules(directory, (rules) => walk(directory, rules));
    return asInGit(entries, modes).sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/**
 * The tag of a build context, made from its content alone: `content-` and 12 hexadecimal digits. The same files,
 * bytes, executable bits and parameters give the same tag on every machine, whatever the umask, times or path.
 *
 * @param entries what the builder gets, where that is known already.
 * @throws Problem when a file can't be read, and with those of {@link listContext}.
 */
export function contentTag(
    directory: string,
    parameters: BuildParameters,
    entries: readonly ContextEntry[] = listContext(directory),
): string {
    const document = JSON.stringify({
        // The recipe may be ignored, and still decides everything.
        dockerfile: digestOf(path.join(directory, "Dockerfile"), "file"),
        entries: entries.map(({ path: file, kind, executable }) =>
            kind === "folder"
                ? [file, kind]
                : [file, kind, executable, digestOf(path.join(directory, file), kind)],
        ),
        buildArgs: Object.entries(parameters.buildArgs).sort(([a], [b]) => (a < b ? -1 : 1)),
        target: parameters.target ?? null,
        platforms: [...parameters.platforms].sort(),
        rebuild: parameters.rebuild ?? null,
    });
    return `content-${createHash("sha256").update(document).digest("hex").slice(0, 12)}`;
}

/** Where a symlink leads. A checkout without symlinks (`core.symlinks=false`) has files with that text in their place. */
export function linkTarget(file: string): string {
    return fs.lstatSync(file).isSymbolicLink() ? fs.readlinkSync(file) : fs.readFileSync(file, "utf8");
}

/** Docker prefers the ignore file that is named after the Dockerfile, even an empty one. */
function withIgnoreRules<T>(directory: string, work: (rules: readonly IgnoreRule[]) => T): T {
    const file = ["Dockerfile.dockerignore", ".dockerignore"]
        .map((name) => path.join(directory, name))
        .find((candidate) => fs.existsSync(candidate) && fs.statSync(candidate).isFile());
    if (file === undefined) return work([]);
    try {
        return work(readIgnoreRules(fs.readFileSync(file, "utf8")));
    } catch (error) {
        if (!(error instanceof RefusedRule)) throw error;
        throw new Problem({
            wrong: `${file} has what Docker refuses as a rule`,
            found: error.rules.map(({ line, text }) => `${text} in line ${line}`).join(", "),
            remedy: "close each [ with a ], and put a \\ only before a character that stands for itself",
        });
    }
}

/** By the rules of fsutil's walk, with which BuildKit's client sends a context: filter.go in github.com/tonistiigi/fsutil. */
function walk(directory: string, rules: readonly IgnoreRule[]): ContextEntry[] {
    const entries: ContextEntry[] = [];
    const visit = (folder: string, verdict?: Verdict): void => {
        for (const entry of readFolder(path.join(directory, folder), verdict?.ignored ?? false)) {
            const relative = folder === "" ? entry.name : `${folder}/${entry.name}`;
            const inside = judge(rules, relative, verdict);
            const isFolder = entry.isDirectory();
            if (inside.ignored && !(isFolder && mayHoldExceptions(rules, relative))) continue;
            if (entry.name.includes("\uFFFD")) {
                throw new Problem(
                    `${path.join(directory, folder)} has a file whose name is not UTF-8 (${JSON.stringify(entry.name)}): rename it or list it in .dockerignore`,
                );
            }
            if (isFolder) {
                const before = entries.length;
                visit(relative, inside);
                if (!inside.ignored && entries.length === before) {
                    entries.push({ path: relative, kind: "folder", executable: false });
                }
            } else if (!emitted.has(relative)) {
                if (entry.isSymbolicLink()) {
                    entries.push({ path: relative, kind: "symlink", executable: false });
                } else if (entry.isFile()) {
                    const { mode } = fs.statSync(path.join(directory, relative));
                    entries.push({ path: relative, kind: "file", executable: (mode & 0o111) !== 0 });
                }
            }
        }
    };
    visit("");
    return entries;
}

function readFolder(folder: string, ignored: boolean): fs.Dirent[] {
    try {
        return fs.readdirSync(folder, { withFileTypes: true });
    } catch (error) {
        const reason = systemReason(error);
        // Nor does Docker mind.
        if (ignored) return [];
        throw new Problem(
            `cannot read ${folder} (${reason}): every folder of the build context must be readable, or listed in .dockerignore`,
        );
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

/** One for all files: they are read one after the other. */
const piece = Buffer.allocUnsafe(1 << 20);

function digestOf(file: string, kind: "file" | "symlink"): string {
    const hash = createHash("sha256");
    try {
        if (kind === "symlink") return hash.update(linkTarget(file)).digest("hex");
        // In pieces, since a base image's context may hold files larger than memory.
        const handle = fs.openSync(file, "r");
        try {
            for (let length = 0; (length = fs.readSync(handle, piece)) > 0;)
                hash.update(piece.subarray(0, length));
        } finally {
            fs.closeSync(handle);
        }
    } catch (error) {
        throw new Problem(
            `cannot read ${file} (${error instanceof Error ? error.message : String(error)}): every file of the build context must be readable, or listed in .dockerignore`,
        );
    }
    return hash.digest("hex");
}
