import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { builderFiles, contentTag, linkTarget, listContext, type ContextEntry } from "./buildContext.ts";
import type { ImageSettings } from "../imageConfig.ts";
import { splitReference } from "../render/imageReference.ts";
import type { Emitted } from "./emitted.ts";

/** Whether `foundation/` is what was published. */
export type Changes =
    | { readonly state: "none" }
    | {
          readonly state: "changed";
          /** The tag that this content would be published under. */
          readonly tag: string;
          /** Relative to `foundation/`; empty when it is only known that something differs. */
          readonly files: readonly string[];
      }
    | { readonly state: "unknown"; readonly reason: string };

/**
 * Whether `foundation/` is what was published, told by its content tag, and which files differ. What was published
 * is in `.foundation/` where `pulumi up` ran; elsewhere Git knows what has changed since the emitted files did.
 */
export async function findChanges(root: string, emitted: Emitted, image: ImageSettings): Promise<Changes> {
    const published = splitReference(emitted.image).tag ?? "";
    if (image.tag !== undefined) {
        return { state: "unknown", reason: "the tag is fixed by hand, so it doesn't tell" };
    }
    const foundation = path.join(root, "foundation");
    const entries = listContext(foundation);
    const tag = contentTag(foundation, image, entries);
    if (tag === published) return { state: "none" };
    const copy = path.join(root, ".foundation", "context", emitted.stack, published);
    const files = fs.existsSync(copy)
        ? differences(copy, foundation, entries)
        : await changedInGit(root, entries);
    return { state: "changed", tag, files };
}

function differences(copy: string, folder: string, entries: readonly ContextEntry[]): string[] {
    // Otherwise the copy's bits are the file system's invention as well.
    const keepsBits = entries.every(
        ({ path: file, kind, executable }) =>
            kind !== "file" || executable === ((fs.statSync(path.join(folder, file)).mode & 0o111) !== 0),
    );
    const before = fingerprints(copy, listContext(copy, new Map()), keepsBits);
    const after = fingerprints(folder, entries, keepsBits);
    return [...new Set([...before.keys(), ...after.keys()])]
        .filter((file) => before.get(file) !== after.get(file))
        .sort();
}

function fingerprints(
    folder: string,
    entries: readonly ContextEntry[],
    withBits: boolean,
): ReadonlyMap<string, string> {
    const listed = entries.map(({ path: file, kind, executable }) => {
        const place = path.join(folder, file);
        const content =
            kind === "folder" ? "" : kind === "symlink" ? linkTarget(place) : fs.readFileSync(place);
        return [file, `${kind} ${String(withBits && executable)} ${hash(content)}`] as const;
    });
    const recipes = builderFiles
        .map((file) => [file, path.join(folder, file)] as const)
        .filter(([, place]) => fs.existsSync(place))
        .map(([file, place]) => [file, hash(fs.readFileSync(place))] as const);
    return new Map([...listed, ...recipes]);
}

function hash(content: string | Buffer): string {
    return createHash("sha256").update(content).digest("hex");
}

/** Empty where Git can't tell, such as outside of a repository. */
async function changedInGit(root: string, entries: readonly ContextEntry[]): Promise<string[]> {
    try {
        const [emission] = await git(root, ["log", "-1", "--format=%H", "--", "foundation/.env"]);
        const [changed, added] = await Promise.all([
            git(root, [
                "diff",
                "-z",
                "--name-only",
                "--relative=foundation",
                emission ?? "HEAD",
                "--",
                "foundation",
            ]),
            git(root, ["ls-files", "-z", "--others", "--exclude-standard", "--", "foundation"]),
        ]);
        const context = new Set([...entries.map((entry) => entry.path), ...builderFiles]);
        return [...changed, ...added.map((file) => path.posix.relative("foundation", file))]
            .filter((file) => context.has(file) || !fs.existsSync(path.join(root, "foundation", file)))
            .sort();
    } catch {
        return [];
    }
}

function git(root: string, args: readonly string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
        execFile("git", ["-C", root, ...args], { timeout: 2000, windowsHide: true }, (error, stdout) => {
            if (error === null) resolve(stdout.split(/[\n\0]/).filter((line) => line !== ""));
            else reject(new Error(error.message));
        });
    });
}
