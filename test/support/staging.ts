import * as path from "node:path";
import { imageSettings } from "../../components/imageConfig.ts";
import {
    contentTag,
    fingerprints,
    listContext,
    type BuildParameters,
} from "../../components/workspace/buildContext.ts";
import { stageImages, type StagedImage } from "../../components/workspace/stagedContext.ts";

/** The tag of a folder that is an image's own, with its Dockerfile. */
export function folderTag(
    folder: string,
    parameters: BuildParameters = { buildArgs: {}, platforms: [] },
): string {
    return contentTag(path.join(folder, "Dockerfile"), fingerprints(folder, listContext(folder)), parameters);
}

/** Stages `foundation/`, as the only image. */
export function stage(root: string, stack: string, prune: boolean): StagedImage {
    const staging = { project: root, root, stack, isEmitted: () => false };
    const image = imageSettings("foundation", {});
    const staged = stageImages(staging, [{ image, uses: new Map() }], prune).get("foundation");
    if (staged === undefined) throw new Error("nothing was staged");
    return staged;
}
