import * as fs from "node:fs";
import * as path from "node:path";
import { baseImages } from "../render/dockerfile.ts";

/** The images that a build of `foundation/Dockerfile` starts from, as its arguments make them. */
export function basesOf(
    root: string,
    { target, buildArgs }: { target?: string | undefined; buildArgs: Readonly<Record<string, string>> },
): readonly string[] {
    const file = path.join(root, "foundation", "Dockerfile");
    return fs.existsSync(file) ? baseImages(fs.readFileSync(file, "utf8"), target, buildArgs) : [];
}
