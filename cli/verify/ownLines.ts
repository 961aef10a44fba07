import * as fs from "node:fs";
import * as path from "node:path";
import { parseEnv } from "node:util";
import { blockOf, blockProblem } from "../../render/envFile.ts";
import { readEmitted, readEnv } from "../checkout/emitted.ts";
import type { Emitted } from "../status/facts.ts";

const names = ["FOUNDATION_IMAGE", "FOUNDATION_DIGEST", "FOUNDATION_STACK"];

/** As {@link readEmitted}, without what lines of the user's own make of it. */
export function readEmittedBlock(root: string): Emitted {
    const { image, digest, stack } = readEmitted(root);
    const block = blockValues(root, "foundation") ?? {};
    const [ownImage = image, ownDigest = digest, ownStack = stack] = names.map((name) => block[name]);
    return { image: ownImage, digest: ownDigest, stack: ownStack };
}

/** The lines of the user's own that outrank what a folder's `.env` was emitted with, such as `apps/app1/.env:9`. */
export function ownLines(root: string, folder: string): readonly string[] {
    const block = blockValues(root, folder);
    if (block === undefined) return [];
    const values = readEnv(root, folder) ?? {};
    const lines = readText(root, folder).split("\n");
    return names
        .filter((name) => values[name] !== block[name])
        .map((name) => lines.findLastIndex((line) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(line)))
        .filter((index) => index !== -1)
        .map((index) => `${folder}/.env:${index + 1}`);
}

/** What to do about something in `.env`: nothing that writes emitted files changes lines of the user's own. */
export function remedyFor(own: readonly string[], otherwise: string): string {
    if (own.length === 0) return otherwise;
    return `remove ${own.join(", ")}, which outranks what the stack emits`;
}

function blockValues(root: string, folder: string): NodeJS.Dict<string> | undefined {
    const text = readText(root, folder);
    const block = blockProblem(text) === undefined ? blockOf(text) : undefined;
    return block === undefined ? undefined : parseEnv(block);
}

function readText(root: string, folder: string): string {
    const file = path.join(root, folder, ".env");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}
