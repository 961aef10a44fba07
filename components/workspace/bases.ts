import * as path from "node:path";
import type { ImageSettings } from "../imageConfig.ts";
import { baseImages } from "../render/dockerfile.ts";
import { splitReference } from "../render/imageReference.ts";
import { readIfThere } from "./texts.ts";

type Settings = Pick<ImageSettings, "name" | "dockerfile" | "argument" | "replaces" | "target" | "buildArgs">;

/** No image has such a name. */
const mark = "foundation ";

/**
 * The images that a build of a foundation starts from, as the arguments of its Dockerfile make them; other foundations
 * are none of them.
 */
export function basesOf(root: string, name: string, images: readonly Settings[]): readonly string[] {
    const image = images.find((other) => other.name === name);
    if (image === undefined) return [];
    const dockerfile = readIfThere(path.join(root, image.dockerfile));
    if (dockerfile === undefined) return [];
    const others = images.filter((other) => other !== image);
    const args = Object.fromEntries(others.map((other) => [other.argument, mark + other.name]));
    const replaced = new Set(others.flatMap((other) => [other.name, ...other.replaces]));
    return baseImages(dockerfile, image.target, { ...args, ...image.buildArgs }).filter(
        (base) => !base.startsWith(mark) && !replaced.has(base) && !replaced.has(splitReference(base).name),
    );
}
