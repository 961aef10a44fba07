import * as path from "node:path";
import type { FoundationConfig } from "../config.ts";
import type { ImageSettings } from "../imageConfig.ts";
import type { Linked } from "../render/chain.ts";
import type { Workspaces } from "../render/workspaceFiles.ts";
import { readWorkspaces, type FoundWorkspaces } from "./apps.ts";
import { readImages } from "./images.ts";
import { repositoryMark } from "./repositoryMark.ts";

/**
 * What the emitted files of this clone are made from, and what there is to say about it.
 *
 * @param root the repository's root.
 * @param project the Pulumi project's folder, and `name` its name.
 * @param chain the images, parents before children, where they have been read already.
 * @throws Problem when an app's or an image's Dockerfile can't be used.
 */
export function workspaceContents(
    root: string,
    config: FoundationConfig,
    { project, name, stack }: { readonly project: string; readonly name: string; readonly stack: string },
    chain: readonly Linked<ImageSettings>[] = readImages(root, config.images),
): Workspaces & Pick<FoundWorkspaces, "warnings" | "notes"> {
    return {
        ...config,
        stack,
        project: path.relative(root, project).replaceAll(path.sep, "/") || ".",
        images: chain,
        ...readWorkspaces(root, { ...config, images: chain.map(({ image }) => image) }),
        mark: repositoryMark(name, config),
    };
}
