import * as path from "node:path";
import { joinPath, relativePath, resolvePath } from "../render/paths.ts";
import { readText } from "./texts.ts";

/**
 * What keeps dev containers from what is emitted: they name their Compose files to Compose, which then reads no others, or
 * build a Dockerfile without Compose.
 *
 * @param root the repository's root, with `/`.
 * @param files what Compose reads in the folder, ours the last.
 * @param builds the Dockerfiles that it builds on foundations. Without any, nothing is emitted.
 */
export function devContainerWarnings(
    root: string,
    folder: string,
    files: readonly string[],
    builds: readonly string[],
): readonly string[] {
    if (builds.length === 0) return [];
    const places = ["devcontainer.json", ".devcontainer.json", ".devcontainer/devcontainer.json"];
    return places.flatMap((name) => {
        const file = joinPath(folder, name);
        const home = path.posix.dirname(file);
        const text = readText(resolvePath(root, file)) ?? "";
        const named = files.map((each) => `"${relativePath(home, joinPath(folder, each))}"`);
        const ours = named.at(-1) ?? "";
        const [, dockerfile] = /"dockerfile"\s*:\s*"([^"]+)"/i.exec(text) ?? [];
        if (dockerfile !== undefined && builds.includes(resolvePath(resolvePath(root, home), dockerfile))) {
            return [
                `${file} builds ${dockerfile} without Compose, so the container gets none of what is emitted; ` +
                    `have it name ${named.join(" and ")} as its dockerComposeFile, and a service of theirs, instead`,
            ];
        }
        if (text.includes(ours) || !named.some((each) => text.includes(each))) return [];
        return [
            `${file} names Compose files without ours, so the container gets none of it; add ${ours} to its dockerComposeFile`,
        ];
    });
}
