import { digestVariable, imageVariable } from "../../components/render/foundation.ts";
import { ownLines } from "../../components/workspace/env.ts";

/**
 * Where lines of the user's own outrank what a folder's `.env` was emitted with, such as `apps/app1/.env:9`;
 * of one foundation, or all of them.
 */
export function ownPlaces(root: string, folder: string, foundation?: string): readonly string[] {
    const names = foundation === undefined ? [] : [imageVariable(foundation), digestVariable(foundation)];
    const lines = ownLines(root, folder).filter(
        ({ name }) => foundation === undefined || names.includes(name),
    );
    return lines.map(({ line }) => `${folder}/.env:${line}`);
}

/** What to do about something in `.env`: nothing that writes emitted files changes lines of the user's own. */
export function remedyFor(own: readonly string[], otherwise: string): string {
    if (own.length === 0) return otherwise;
    return `remove ${own.join(", ")}, which outranks what the stack emits`;
}
