import * as v from "valibot";
import { parse } from "yaml";
import { isMarked } from "../render/composeMark.ts";
import { readComposeProject, type ComposeProject } from "../render/composeProject.ts";
import { resolvePath } from "../render/paths.ts";
import { fileNames } from "../render/workspaceFiles.ts";
import type { ComposeFiles } from "./composeFiles.ts";
import { readText } from "./texts.ts";

/**
 * The Compose project of a folder as the user's own files have it.
 *
 * @param home the folder's full path.
 * @param whole the service of a compose.yaml that is all ours.
 * @throws ComposeError where Compose refuses them.
 */
export function readUsersProject(home: string, found: ComposeFiles, whole?: string): ComposeProject {
    const ours = resolvePath(home, fileNames.whole);
    const theirs = found.read
        .filter((file) => file !== fileNames.listed)
        .map((file) => resolvePath(home, file));
    const read = (file: string): string | undefined => {
        if (whole !== undefined && file === ours) return `services: { ${whole}: { build: . } }`;
        const text = readText(file);
        // What is emitted is no part of what it is emitted for.
        return text !== undefined && isMarked(text) ? "services: {}" : text;
    };
    return readComposeProject(home, whole === undefined ? theirs : [ours, ...theirs], read);
}

/** The services in a file that was emitted beside one of the user's; none where it is somebody else's. */
export function servicesOfOurs(file: string): readonly string[] {
    const text = readText(file);
    if (text === undefined || !isMarked(text)) return [];
    const read = v.safeParse(v.object({ services: v.record(v.string(), v.unknown()) }), parse(text));
    return read.success ? Object.keys(read.output.services) : [];
}
