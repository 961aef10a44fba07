import * as fs from "node:fs";
import * as path from "node:path";
import { parseEnv } from "node:util";
import { Problem } from "../problem.ts";
import { interpolate, type Variables } from "../render/composeInterpolation.ts";
import { blockOf, blockProblem } from "../render/envFile.ts";

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
    const text = readText(root, folder);
    if (text === undefined) return undefined;
    const block = blockProblem(text) === undefined ? blockOf(text) : undefined;
    const values = parseEnv(text);
    if (block === undefined) return { values, block, ownLines: [] };
    const emitted = parseEnv(block);
    return { values, block: emitted, ownLines: outranking(text, values, emitted) };
}

/** The variables of a folder's `.env`, as Compose reads them; undefined when there is none. */
export function readEnv(root: string, folder: string): NodeJS.Dict<string> | undefined {
    return readEnvFile(root, folder)?.values;
}

/**
 * The variables that the text of a `.env` sets, as Compose expands them: each by those before it, but for what stands in
 * single quotes. What nothing sets stays in there for `unsetIn`, as a shell may set it.
 *
 * @throws InterpolationError
 */
export function expandEnv(text: string): Variables {
    // Node expands nothing, and has lost the order.
    const values = parseEnv(text);
    if (!text.includes("$")) return values;
    const lines = text.split("\n");
    const assigned = Object.entries(values)
        .map(([name, value = ""]) => ({ name, value, line: lineOf(name, lines) }))
        .sort((one, other) => one.line - other.line);
    const variables: Record<string, string> = {};
    for (const { name, value, line } of assigned) {
        const literal = lines[line]?.replace(assignment(name), "").startsWith("'") === true;
        variables[name] = literal ? value : interpolate(value.replaceAll("\\$", "$$$$"), variables);
    }
    return variables;
}

/** The last line that sets a variable, counted from 0. */
function lineOf(name: string, lines: readonly string[]): number {
    return lines.findLastIndex((line) => assignment(name).test(line));
}

function assignment(name: string): RegExp {
    return new RegExp(`^\\s*(export\\s+)?${name}\\s*=\\s*`);
}

/** Lines of the user's own, in a folder's `.env`, that outrank what it was emitted with. */
export function ownLines(root: string, folder: string): readonly OwnLine[] {
    return readEnvFile(root, folder)?.ownLines ?? [];
}

/** The variables of the emitted block alone; undefined where there is none. */
export function readEmittedEnv(root: string, folder: string): NodeJS.Dict<string> | undefined {
    return readEnvFile(root, folder)?.block;
}

function outranking(
    text: string,
    values: NodeJS.Dict<string>,
    emitted: NodeJS.Dict<string>,
): readonly OwnLine[] {
    const lines = text.split("\n");
    return Object.keys(emitted)
        .filter((name) => name.startsWith("FOUNDATION_") && values[name] !== emitted[name])
        .map((name) => ({
            name,
            line: lineOf(name, lines) + 1,
        }))
        .filter(({ line }) => line > 0);
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
