import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { ImageSettings } from "../imageConfig.ts";
import { Problem } from "../problem.ts";
import { isRepositoryPath } from "../render/foundation.ts";
import { splitReference } from "../render/imageReference.ts";
import { fileNames } from "../render/workspaceFiles.ts";
import {
    builderFiles,
    fingerprints,
    ignoreFile,
    listContext,
    tagOf,
    type ContextEntry,
    type Fingerprint,
} from "./buildContext.ts";
import type { Clone } from "./clone.ts";
import { emittedPaths } from "./emittedPaths.ts";
import { readImages } from "./images.ts";

/** Whether what an image is built from is what was published. */
export type Changes =
    | { readonly state: "none" }
    | {
          readonly state: "changed";
          /** The tag that this content would be published under. */
          readonly tag: string;
          /**
           * Relative to its context; a Dockerfile elsewhere by its path in the repository. Empty when it is only known that
           * something differs, such as the image that it is built on.
           */
          readonly files: readonly string[];
      }
    | { readonly state: "unknown"; readonly reason: string };

/**
 * By name, whether what each published image is built from is what was published, told by its content tag, and which
 * files differ. What was published is in `.foundation/` where `pulumi up` ran, for an image that has its folder to itself;
 * elsewhere Git knows what has changed since the emitted files did.
 *
 * @throws Problem when it can't be told which image is built on which.
 */
export async function findChanges(
    clone: Pick<Clone, "root" | "project" | "manifest" | "found">,
    images: readonly ImageSettings[],
): Promise<ReadonlyMap<string, Changes>> {
    const { root, manifest } = clone;
    const contentOf = contentReader(clone, images);
    const tags = new Map<string, string>();
    const found = new Map<string, Changes>();
    for (const { image, uses } of readImages(root, images)) {
        const { name } = image;
        const reference = manifest.images[name]?.reference ?? "";
        try {
            const parents = [...uses.keys()].map((parent) => [parent, tags.get(parent)] as const);
            const lost = parents.find(([, tag]) => tag === undefined);
            if (lost !== undefined) throw new Problem(`so is ${lost[0]}, which it is built on`);
            const content = contentOf(image, Object.fromEntries(parents) as Record<string, string>);
            tags.set(name, content.tag);
            found.set(name, await changesOf(clone, image, splitReference(reference).tag ?? "", content));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            found.set(name, { state: "unknown", reason: error.message });
        }
    }
    return found;
}

/** What an image is built from. */
interface Content {
    readonly tag: string;
    readonly entries: readonly ContextEntry[];
}

/** Reads what images are built from, as `stageImages` does, and copies nothing. */
function contentReader(
    { root, project, found }: Pick<Clone, "root" | "project" | "found">,
    images: readonly ImageSettings[],
) {
    const isEmitted = emittedPaths(root, {
        project: path.relative(root, project).replaceAll(path.sep, "/") || ".",
        images: images.map(({ folder }) => folder),
        apps: (found?.apps ?? []).map(({ folder }) => folder),
    });
    /** Several images may have one context. */
    const read = new Map<
        string,
        { readonly entries: readonly ContextEntry[]; readonly prints: readonly Fingerprint[] }
    >();
    const list = (folder: string, dockerfile: string | null) => {
        const directory = path.join(root, folder);
        const key = JSON.stringify([folder, ignoreFile(directory, dockerfile)]);
        const known = read.get(key);
        if (known !== undefined) return known;
        const entries = listContext(directory, undefined, {
            dockerfile,
            isEmitted: (file) => isEmitted(path.posix.join(folder, file)),
        });
        const listed = { entries, prints: fingerprints(directory, entries) };
        read.set(key, listed);
        return listed;
    };
    return (image: ImageSettings, parents: Readonly<Record<string, string>>): Content => {
        const dockerfile = path.join(root, image.dockerfile);
        const { entries, prints } = list(image.context, dockerfile);
        const folders = Object.entries(image.buildContexts)
            .filter(([, place]) => isRepositoryPath(place))
            .map(([name, folder]) => [name, list(folder, null).prints] as const);
        const parameters = { ...image, parents, folders: Object.fromEntries(folders) };
        return { tag: tagOf(dockerfile, prints, parameters), entries };
    };
}

async function changesOf(
    { root, project, manifest: { stack } }: Pick<Clone, "root" | "project" | "manifest">,
    image: ImageSettings,
    published: string,
    { tag, entries }: Content,
): Promise<Changes> {
    if (image.tag !== undefined) {
        return { state: "unknown", reason: "the tag is fixed by hand, so it doesn't tell" };
    }
    if (tag === published) return { state: "none" };
    const copy = path.join(project, ".foundation", "context", stack, published);
    const files = fs.existsSync(copy)
        ? differences(copy, path.join(root, image.context), entries)
        : await changedInGit(root, image, entries);
    return { state: "changed", tag, files };
}

function differences(copy: string, folder: string, entries: readonly ContextEntry[]): string[] {
    // Otherwise the copy's bits are the file system's invention as well.
    const keepsBits = entries.every(
        ({ path: file, kind, executable }) =>
            kind !== "file" || executable === ((fs.statSync(path.join(folder, file)).mode & 0o111) !== 0),
    );
    const before = digests(copy, listContext(copy, new Map()), keepsBits);
    const after = digests(folder, entries, keepsBits);
    return [...new Set([...before.keys(), ...after.keys()])]
        .filter((file) => before.get(file) !== after.get(file))
        .sort();
}

function digests(
    folder: string,
    entries: readonly ContextEntry[],
    withBits: boolean,
): ReadonlyMap<string, string> {
    const there = builderFiles.filter((file) => fs.existsSync(path.join(folder, file)));
    const recipes = there.map((file) => ({ path: file, kind: "file", executable: false }) as const);
    const listed = entries.map((entry) => ({ ...entry, executable: withBits && entry.executable }));
    return new Map(
        fingerprints(folder, [...listed, ...recipes]).map(([file, ...print]) => [file, print.join(" ")]),
    );
}

/** Empty where Git can't tell, such as outside of a repository. */
async function changedInGit(
    root: string,
    { folder, context, dockerfile }: ImageSettings,
    entries: readonly ContextEntry[],
): Promise<string[]> {
    const emitted = [".env", ...Object.values(fileNames)].map((name) => path.posix.join(folder, name));
    try {
        const [emission = "HEAD"] = await git(root, ["log", "-1", "--format=%H", "--", ...emitted]);
        const places = ["--", context, dockerfile];
        const [changed, added] = await Promise.all([
            git(root, ["diff", "-z", "--name-only", "--relative", emission, ...places]),
            git(root, ["ls-files", "-z", "--others", "--exclude-standard", ...places]),
        ]);
        const inContext = (file: string): string =>
            context === "." || file.startsWith(`${context}/`) ? path.posix.relative(context, file) : file;
        const content = new Set([
            ...entries.map((entry) => entry.path),
            ...builderFiles,
            inContext(dockerfile),
        ]);
        return [...new Set([...changed, ...added])]
            .map(inContext)
            .filter((file) => content.has(file) || !fs.existsSync(path.join(root, context, file)))
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
