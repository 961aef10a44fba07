import { mainImage } from "../config.ts";
import { parseReference } from "../render/imageReference.ts";
import { publishedValues, workspaceFiles } from "../render/workspaceFiles.ts";
import type { Clone } from "./clone.ts";
import { workspaceContents } from "./contents.ts";
import type { Published } from "./emitted.ts";
import { filesOf, type Files } from "./planFiles.ts";
import { readProjectName } from "./stackConfig.ts";

/**
 * The files that `pulumi up` emits for what it has published, by path.
 *
 * @throws Problem when the stack's configuration or an app's Dockerfile can't be used.
 */
export function expectedFiles(
    clone: Clone,
    { image, digest, stack, images, pullUsername }: Published,
): Files {
    const { root, project } = clone;
    const config = clone.config(stack);
    const contents = workspaceContents(root, config, { project, name: readProjectName(project), stack });
    const values = publishedValues({
        server: parseReference(image).server,
        username: pullUsername ?? clone.lock?.registry.username ?? "",
        images: new Map(Object.entries(images ?? { [mainImage(config).name]: { image, digest } })),
    });
    return filesOf(workspaceFiles(contents), values);
}
