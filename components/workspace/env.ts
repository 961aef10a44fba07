import * as fs from "node:fs";
import * as path from "node:path";
import { parseEnv } from "node:util";
import { Problem } from "../problem.ts";
import { blockOf, blockProblem } from "../render/envFile.ts";

/** The variables of a folder's `.env`, as Compose reads them; undefined when there is none. */
export function readEnv(root: string, folder: string): NodeJS.Dict<string> | undefined {
    const text = readText(root, folder);
    return text === undefined ? undefined : parseEnv(text);
}

/** A line of the user's own that outranks what a `.env` was emitted with. */
export interface OwnLine {
    /** The variable that it sets. */
    readonly name: string;
    /** Counted from 1. */
    readonly line: number;
}

/** Lines of the user's own, in a folder's `.env`, that outrank what it was emitted with. */
export function ownLines(root: string, folder: string): readonly OwnLine[] {
    const text = readText(root, folder) ?? "";
    const block = emittedIn(text);
    if (block === undefined) return [];
    const values = parseEnv(text);
    const lines = text.split("\n");
    return Object.keys(block)
        .filter((name) => name.startsWith("FOUNDATION_") && values[name] !== block[name])
        .map((name) => ({
            name,
            line: lines.findLastIndex((line) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(line)) + 1,
        }))
        .filter(({ line }) => line > 0);
}

/** The variables of the emitted block alone; undefined where there is none. */
export function readEmittedEnv(root: string, folder: string): NodeJS.Dict<string> | undefined {
    return emittedIn(readText(root, folder) ?? "");
}

function emittedIn(text: string): NodeJS.Dict<string> | undefined {
    const block = blockProblem(text) === undefined ? blockOf(text) : undefined;
    return block === undefined ? undefined : parseEnv(block);
}

/** Without a byte order mark, which Compose passes over. */
function readText(root: string, folder: string): string | undefined {
    const file = path.join(root, folder, ".env");
    if (!fs.existsSync(file)) return undefined;
    try {
        return fs.readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Problem({
            wrong: `${file} can't be read (${reason})`,
            remedy: "it has to be a file that you may read",
        });
    }
}
