import * as path from "node:path";
import { manifestFile } from "../render/manifest.ts";
import { fileNames } from "../render/workspaceFiles.ts";
import { isOurs } from "./composeFiles.ts";

/** Where things are emitted; paths are relative to the repository's root, with `/`. */
export interface EmissionPlaces {
    /** The Pulumi project's folder. */
    readonly project: string;
    /** The folders of the images, each of which gets a compose.yaml. */
    readonly images: readonly string[];
    /** The folders of the apps, which get one unless they have their own. */
    readonly apps: readonly string[];
}

/**
 * Tells what is never content of an image, by its path, which ends with `/` for a folder: what is emitted names the tag,
 * which would depend on itself; `.foundation/`, `.git/` and what npm has installed for the project are in no commit.
 *
 * @param root the repository's root.
 */
export function emittedPaths(
    root: string,
    { project, images, apps }: EmissionPlaces,
): (file: string) => boolean {
    const join = (...parts: readonly string[]) => path.posix.join(...parts);
    const certain = new Set([
        ".git",
        ".git/",
        manifestFile,
        join(project, ".foundation/"),
        join(project, "node_modules"),
        join(project, "node_modules/"),
        ...images.map((folder) => join(folder, fileNames.whole)),
        ...[...images, ...apps].map((folder) => join(folder, ".env")),
    ]);
    const marked = new Set(
        [...images, ...apps].flatMap((folder) => Object.values(fileNames).map((name) => join(folder, name))),
    );
    return (file) => certain.has(file) || (marked.has(file) && isOurs(path.join(root, file)));
}
