import * as path from "node:path";
import { manifestFile } from "../render/manifest.ts";
import { fileNames, type Workspace } from "../render/workspaceFiles.ts";
import { isOurs } from "./composeFiles.ts";

/**
 * Tells what is never content of an image, by its path, which ends with `/` for a folder: what is emitted names the tag,
 * which would depend on itself; `.foundation/`, `.git/` and what npm has installed for the project are in no commit; and the
 * project's and its stacks' configuration, into which Pulumi writes a salt, counts by what it says of the image.
 *
 * @param root the repository's root.
 * @param project the Pulumi project's folder.
 * @param images get a compose.yaml each.
 * @param apps get one unless they have their own.
 */
export function emittedPaths(
    root: string,
    project: string,
    images: readonly Pick<Workspace, "folder">[],
    apps: readonly Pick<Workspace, "folder">[],
): (file: string) => boolean {
    const join = (...parts: readonly string[]) => path.posix.join(...parts);
    const home = path.relative(root, project).replaceAll(path.sep, "/");
    const certain = new Set([
        ".git",
        ".git/",
        manifestFile,
        join(home, ".foundation/"),
        join(home, "node_modules"),
        join(home, "node_modules/"),
        ...images.map(({ folder }) => join(folder, fileNames.whole)),
        ...[...images, ...apps].map(({ folder }) => join(folder, ".env")),
    ]);
    const marked = new Set(
        [...images, ...apps].flatMap(({ folder }) =>
            Object.values(fileNames).map((name) => join(folder, name)),
        ),
    );
    const isConfiguration = (file: string): boolean =>
        path.posix.dirname(file) === (home || ".") &&
        /^Pulumi(?:\..+)?\.ya?ml$/.test(path.posix.basename(file));
    return (file) =>
        certain.has(file) || isConfiguration(file) || (marked.has(file) && isOurs(path.join(root, file)));
}
