import { readApps } from "./apps.ts";
import { envBlock } from "../render/envFile.ts";
import { filesOf, type Files } from "./planFiles.ts";
import { workspaceFiles } from "../render/workspaceFiles.ts";
import { mainImage } from "../config.ts";
import type { Emitted } from "./emitted.ts";
import { repositoryMark } from "./repositoryMark.ts";
import { readProjectName, readStackConfig } from "./stackConfig.ts";

/**
 * The files that `pulumi up` emits for this image, by path.
 *
 * @throws Problem when the stack's configuration or an app's Dockerfile can't be used.
 */
export function expectedFiles(root: string, { image, digest, stack }: Emitted): Files {
    const config = readStackConfig(root, stack);
    const mark = repositoryMark(readProjectName(root), config);
    const build = mainImage(config);
    const contents = { ...config, apps: readApps(root, build.replaces), build, mark };
    return filesOf(workspaceFiles(contents), envBlock({ image, digest, stack }));
}
