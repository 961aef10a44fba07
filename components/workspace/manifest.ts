import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../problem.ts";
import { manifestFile, type Manifest } from "../render/manifest.ts";

/**
 * The manifest of a clone; undefined where there is none.
 *
 * @param root the repository's root.
 * @throws Problem when it can't be read, or is of a newer format.
 */
export function readManifest(root: string): Manifest | undefined {
    const file = path.join(root, manifestFile);
    if (!fs.existsSync(file)) return undefined;
    let manifest: Manifest;
    try {
        manifest = JSON.parse(fs.readFileSync(file, "utf8")) as Manifest;
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Problem({
            wrong: `${file} can't be read (${reason})`,
            remedy: "get it again with `git pull` or `pulumi up`",
        });
    }
    const { version } = manifest as { readonly version?: unknown };
    if (version === 1) return manifest;
    throw new Problem({
        wrong: `${file} is of a format that this version doesn't know`,
        found: `version ${JSON.stringify(version)}`,
        remedy: "update foundation-image",
    });
}
