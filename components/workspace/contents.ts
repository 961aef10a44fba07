import { mainImage, type FoundationConfig } from "../config.ts";
import type { Workspaces } from "../render/workspaceFiles.ts";
import { readApps } from "./apps.ts";
import { repositoryMark } from "./repositoryMark.ts";

/**
 * What the emitted files of this clone are made from.
 *
 * @param root the repository's root.
 * @param project the Pulumi project's name.
 * @throws Problem when an app's Dockerfile can't be used.
 */
export function workspaceContents(
    root: string,
    config: FoundationConfig,
    { project, stack }: { readonly project: string; readonly stack: string },
): Workspaces {
    const image = mainImage(config);
    return {
        ...config,
        stack,
        project: ".",
        images: [{ foundation: image, build: image, uses: new Map() }],
        apps: readApps(root, image.replaces).map(({ folder, service, use }) => ({
            folder,
            service,
            uses: new Map([[image.name, use]]),
        })),
        mark: repositoryMark(project, config),
    };
}
