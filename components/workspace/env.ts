import * as path from "node:path";
import { blockOf, blockProblem } from "../render/envFile.ts";
import { assignmentsIn, type Assignment } from "../render/envVariables.ts";
import { readIfThere } from "./texts.ts";

/** A folder's `.env`. */
export interface EnvFile {
    /** Its variables, as Compose reads them. */
    readonly values: NodeJS.Dict<string>;
    /** The variables of the emitted block alone; undefined where there is none. */
    readonly block: NodeJS.Dict<string> | undefined;
    /** Lines of the user's own that outrank what it was emitted with. */
    readonly ownLines: readonly OwnLine[];
}

/** A line of the user's own that outranks what a `.env` was emitted with. */
export interface OwnLine {
    /** The variable that it sets. */
    readonly name: string;
    /** Counted from 1. */
    readonly line: number;
}

/** What a folder's `.env` says; undefined when there is none. */
export function readEnvFile(root: string, folder: string): EnvFile | undefined {
    // Without a byte order mark, which Compose passes over.
    const text = readIfThere(path.join(root, folder, ".env"))?.replace(/^\uFEFF/, "");
    if (text === undefined) return undefined;
    const block = blockProblem(text) === undefined ? blockOf(text) : undefined;
    const assignments = assignmentsIn(text);
    const values = valuesOf(assignments);
    if (block === undefined) return { values, block, ownLines: [] };
    const emitted = valuesOf(assignmentsIn(block));
    return { values, block: emitted, ownLines: outranking(assignments, values, emitted) };
}

function valuesOf(assignments: readonly Assignment[]): NodeJS.Dict<string> {
    return Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
}

/** The variables of a folder's `.env`, as Compose reads them; undefined when there is none. */
export function readEnv(root: string, folder: string): NodeJS.Dict<string> | undefined {
    return readEnvFile(root, folder)?.values;
}

/** Lines of the user's own, in a folder's `.env`, that outrank what it was emitted with. */
export function ownLines(root: string, folder: string): readonly OwnLine[] {
    return readEnvFile(root, folder)?.ownLines ?? [];
}

function outranking(
    assignments: readonly Assignment[],
    values: NodeJS.Dict<string>,
    emitted: NodeJS.Dict<string>,
): readonly OwnLine[] {
    return Object.keys(emitted)
        .filter((name) => name.startsWith("FOUNDATION_") && values[name] !== emitted[name])
        .map((name) => ({ name, line: assignments.findLast((one) => one.name === name)?.line ?? 0 }))
        .filter(({ line }) => line > 0);
}
