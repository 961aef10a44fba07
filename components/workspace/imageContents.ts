import * as path from "node:path";
import type { ImageSettings } from "../imageConfig.ts";
import { isRepositoryPath } from "../render/foundation.ts";
import { checkDockerfile, fingerprints, ignoreFile, listContext, type Listing } from "./buildContext.ts";

/** What an image is built from, besides its Dockerfile. */
export interface ImageContent {
    readonly context: Listing;
    /** The folders among its build contexts, by name. */
    readonly folders: Readonly<Record<string, Listing>>;
}

/**
 * Reads what images are built from. Several may have one context, which is read once. What can't be read is a Problem.
 *
 * @param root the repository's root.
 * @param isEmitted what is never content, by its path in the repository, which ends with `/` for a folder.
 */
export function contentReader(
    root: string,
    isEmitted: (file: string) => boolean,
): (image: ImageSettings) => ImageContent {
    const read = new Map<string, Listing>();
    const list = (folder: string, dockerfile: string | null): Listing => {
        const directory = path.join(root, folder);
        const key = JSON.stringify([folder, ignoreFile(directory, dockerfile)]);
        const known = read.get(key);
        if (known !== undefined) {
            // The files are the same, the recipe is another.
            if (dockerfile !== null) checkDockerfile(dockerfile);
            return known;
        }
        const entries = listContext(directory, undefined, {
            dockerfile,
            isEmitted: (file) => isEmitted(path.posix.join(folder, file)),
        });
        const listed = { directory, entries, prints: fingerprints(directory, entries) };
        read.set(key, listed);
        return listed;
    };
    return ({ context, dockerfile, buildContexts }) => {
        const folders = Object.entries(buildContexts)
            .filter(([, place]) => isRepositoryPath(place))
            .map(([name, folder]) => [name, list(folder, null)] as const);
        return {
            context: list(context, path.join(root, dockerfile)),
            folders: Object.fromEntries(folders),
        };
    };
}
