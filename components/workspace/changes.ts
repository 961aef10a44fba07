import * as fs from "node:fs";
import * as path from "node:path";
import type { ImageSettings } from "../imageConfig.ts";
import { Problem } from "../problem.ts";
import { splitReference } from "../render/imageReference.ts";
import { namesInFolder } from "../render/workspaceFiles.ts";
import {
    builderFiles,
    contentTag,
    fingerprints,
    listContext,
    type ContextEntry,
    type Listing,
} from "./buildContext.ts";
import type { Clone } from "./clone.ts";
import { emittedPaths } from "./emittedPaths.ts";
import { Git } from "./git.ts";
import { contentReader } from "./imageContents.ts";
import { readImages } from "./images.ts";
import { homeOf } from "./stagedContext.ts";

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
    const { root, project, manifest, found: workspaces } = clone;
    const read = contentReader(root, emittedPaths(root, project, images, workspaces?.apps ?? []));
    const tags = new Map<string, string>();
    const found = new Map<string, Changes>();
    for (const { image, uses } of readImages(root, images)) {
        const { name } = image;
        const reference = manifest.images[name]?.reference ?? "";
        try {
            const parents = [...uses.keys()].map((parent) => [parent, tags.get(parent)] as const);
            const lost = parents.find(([, tag]) => tag === undefined);
            if (lost !== undefined) throw new Problem(`so is ${lost[0]}, which it is built on`);
            const { context, folders } = read(image);
            const tag = contentTag(path.join(root, image.dockerfile), context.prints, {
                ...image,
                parents: Object.fromEntries(parents) as Record<string, string>,
                folders,
            });
            tags.set(name, tag);
            const published = splitReference(reference).tag ?? "";
            found.set(name, await changesOf(clone, image, published, tag, context));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            found.set(name, { state: "unknown", reason: error.message });
        }
    }
    return found;
}

async function changesOf(
    { root, project, manifest: { stack } }: Pick<Clone, "root" | "project" | "manifest">,
    image: ImageSettings,
    published: string,
    tag: string,
    context: Listing,
): Promise<Changes> {
    if (image.tag !== undefined) {
        return { state: "unknown", reason: "the tag is fixed by hand, so it doesn't tell" };
    }
    if (tag === published) return { state: "none" };
    const copy = path.join(homeOf(project, stack), published);
    const files = fs.existsSync(copy)
        ? differences(copy, context)
        : await changedInGit(root, image, context.entries);
    return { state: "changed", tag, files };
}

function differences(copy: string, { directory, entries }: Listing): string[] {
    // Otherwise the copy's bits are the file system's invention as well.
    const keepsBits = entries.every(
        ({ path: file, kind, executable }) =>
            kind !== "file" || executable === ((fs.statSync(path.join(directory, file)).mode & 0o111) !== 0),
    );
    const before = digests(copy, listContext(copy, new Map()), keepsBits);
    const after = digests(directory, entries, keepsBits);
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
    const emitted = namesInFolder.map((name) => path.posix.join(folder, name));
    const git = new Git(root, { seconds: 2 });
    try {
        const emission = (await git.run("log", "-1", "--format=%H", "--", ...emitted)) || "HEAD";
        const places = ["--", context, dockerfile];
        const [changed, added] = await Promise.all([
            git.list("diff", "-z", "--name-only", "--relative", emission, ...places),
            git.list("ls-files", "-z", "--others", "--exclude-standard", ...places),
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
