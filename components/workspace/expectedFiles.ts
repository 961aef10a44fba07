import { mainImage } from "../config.ts";
import { parseReference } from "../render/imageReference.ts";
import { publishedValues, workspaceFiles } from "../render/workspaceFiles.ts";
import { workspaceContents } from "./contents.ts";
import type { Emitted } from "./emitted.ts";
import { readManifest } from "./manifest.ts";
import { filesOf, type Files } from "./planFiles.ts";
import { readProjectName, readStackConfig } from "./stackConfig.ts";

/**
 * The files that `pulumi up` emits for this image, by path.
 *
 * @param emitted `pullUsername` is whom developers log in as; that of the manifest when it isn't known.
 * @throws Problem when the stack's configuration or an app's Dockerfile can't be used.
 */
export function expectedFiles(
    root: string,
    { image, digest, stack, pullUsername }: Emitted & { readonly pullUsername?: string | undefined },
): Files {
    const config = readStackConfig(root, stack);
    const contents = workspaceContents(root, config, { project: readProjectName(root), stack });
    const values = publishedValues({
        server: parseReference(image).server,
        username: pullUsername ?? readManifest(root)?.registry.username ?? "",
        images: new Map([[mainImage(config).name, { image, digest }]]),
    });
    return filesOf(workspaceFiles(contents), values);
}
