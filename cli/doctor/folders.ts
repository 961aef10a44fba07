import * as fs from "node:fs";
import * as path from "node:path";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { Problem } from "../../components/problem.ts";
import { ok, warn, type Outcome } from "./check.ts";

/** Whether what a deployment makes can be written: the files beside each app, and copies of what is built. */
export function checkFolders(clone: Clone, manifest: Manifest | Problem): Outcome {
    const { root, ownProject = root } = clone;
    const copies = path.join(ownProject, ".foundation/context");
    const emitted = manifest instanceof Problem ? [] : clone.folders;
    const stack = manifest instanceof Problem ? [] : [path.join(copies, manifest.stack)];
    const places = [
        ...[root, ownProject, path.dirname(copies), copies, ...stack],
        ...emitted.map((folder) => path.join(root, folder)),
    ];
    const denied = [...new Set(places)].filter((place) => fs.existsSync(place) && !isWritable(place));
    if (denied.length === 0) return ok("can be written to");
    return warn(
        `nothing can be written to ${denied.join(", ")} (needed only to publish)`,
        "make it yours, as with `sudo chown -R $USER <folder>`, or writable",
    );
}

function isWritable(folder: string): boolean {
    try {
        fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
