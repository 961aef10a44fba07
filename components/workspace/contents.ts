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
 * @param project the Pulumi project's name, and `folder` its folder, relative to the root.
 * @param chain the images, parents before children, where they have been read already.
 * @throws Problem when an app's or an image's Dockerfile can't be used.
 */
export function workspaceContents(
    root: string,
    config: FoundationConfig,
    {
        project,
        folder = ".",
        stack,
    }: { readonly project: string; readonly folder?: string; readonly stack: string },
    chain: readonly Linked<ImageSettings>[] = readImages(root, config.images),
): Workspaces & Pick<FoundWorkspaces, "warnings" | "notes"> {
    return {
        ...config,
        stack,
        project: folder,
        images: chain,
        ...readWorkspaces(root, { ...config, images: chain.map(({ image }) => image) }),
        mark: repositoryMark(project, config),
    };
}
