import { ownLines } from "../../components/workspace/env.ts";

/** Where lines of the user's own outrank what a folder's `.env` was emitted with, such as `apps/app1/.env:9`. */
export function ownPlaces(root: string, folder: string): readonly string[] {
    return ownLines(root, folder).map(({ line }) => `${folder}/.env:${line}`);
}

/** What to do about something in `.env`: nothing that writes emitted files changes lines of the user's own. */
export function remedyFor(own: readonly string[], otherwise: string): string {
    if (own.length === 0) return otherwise;
    return `remove ${own.join(", ")}, which outranks what the stack emits`;
}
