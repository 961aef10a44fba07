import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import dockerignore from "@balena/dockerignore";
import { Problem } from "../problem.ts";

/** One entry of a build context, as the builder would see it. */
export interface ContextEntry {
    /** Relative to the context, with `/` between its parts. */
    readonly path: string;
    readonly kind: "file" | "symlink";
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
 * Lists the files and symlinks of a build context in byte order, honouring its ignore file. Sockets, pipes and
 * devices can't be sent to a builder and are left out, as Docker does.
 *
 * @throws Problem when the folder has no Dockerfile, or an entry's name can't be read as UTF-8.
 */
export function listContext(directory: string): ContextEntry[] {
    if (!fs.existsSync(path.join(directory, "Dockerfile"))) {
        throw new Problem(`${directory} has no Dockerfile: a build context needs one at its root`);
    }
    const ignore = readIgnore(directory);
    const entries: ContextEntry[] = [];
    const visit = (folder: string): void => {
        for (const entry of fs.readdirSync(path.join(directory, folder), { withFileTypes: true })) {
            const relative = folder === "" ? entry.name : `${folder}/${entry.name}`;
            if (entry.name.includes("\uFFFD")) {
                throw new Problem(
                    `${path.join(directory, folder)} has a file whose name is not UTF-8 (${JSON.stringify(entry.name)}): rename it or list it in .dockerignore`,
                );
            }
            const ignored = ignore.ignores(relative);
            if (entry.isDirectory()) {
                // Below an ignored folder, only an exception (`!…`) can bring something back.
                if (!ignored || ignore.hasExceptions) visit(relative);
            } else if (!ignored && !emitted.has(relative)) {
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
    return entries.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/**
 * The tag of a build context, made from its content alone: `content-` and 12 hexadecimal digits. The same files,
 * bytes, executable bits and parameters give the same tag on every machine, whatever the umask, times or path.
 *
 * @throws Problem when a file can't be read.
 */
export function contentTag(directory: string, parameters: BuildParameters): string {
    const entries = listContext(directory).map((entry) => [
        entry.path,
        entry.kind,
        entry.executable,
        digestOf(path.join(directory, entry.path), entry.kind),
    ]);
    const document = JSON.stringify({
        // The recipe may be ignored, and still decides everything.
        dockerfile: digestOf(path.join(directory, "Dockerfile"), "file"),
        entries,
        buildArgs: Object.entries(parameters.buildArgs).sort(([a], [b]) => (a < b ? -1 : 1)),
        target: parameters.target ?? null,
        platforms: [...parameters.platforms].sort(),
        rebuild: parameters.rebuild ?? null,
    });
    return `content-${createHash("sha256").update(document).digest("hex").slice(0, 12)}`;
}

interface Ignore {
    readonly hasExceptions: boolean;
    ignores(relative: string): boolean;
}

/** Docker prefers the ignore file that is named after the Dockerfile. */
function readIgnore(directory: string): Ignore {
    const file = ["Dockerfile.dockerignore", ".dockerignore"]
        .map((name) => path.join(directory, name))
        .find((candidate) => fs.existsSync(candidate));
    if (file === undefined) return { hasExceptions: false, ignores: () => false };
    const lines = fs.readFileSync(file, "utf8").split(/\r?\n/);
    const rules = dockerignore.default().add(lines);
    return {
        hasExceptions: lines.some((line) => line.trimStart().startsWith("!")),
        ignores: (relative) => rules.ignores(relative),
    };
}

function digestOf(file: string, kind: ContextEntry["kind"]): string {
    const hash = createHash("sha256");
    try {
        if (kind === "symlink") return hash.update(fs.readlinkSync(file)).digest("hex");
        // In pieces, since a base image's context may hold files larger than memory.
        const handle = fs.openSync(file, "r");
        try {
            const piece = Buffer.allocUnsafe(1 << 20);
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
