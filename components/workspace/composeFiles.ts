import * as fs from "node:fs";
import * as path from "node:path";
import { isMarked } from "../render/composeMark.ts";
import { blockProblem, withoutBlock } from "../render/envFile.ts";
import { assignmentsIn } from "../render/envVariables.ts";

// In the order in which Compose looks for them (compose-go, cli/options.go); it takes the first of each.
const baseNames = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrideNames = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

const dockerfileName =
    /^(?:(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|[\w.-]+\.(?:D|d)ockerfile)$(?<!\.dockerignore)/;

/** Whether a file may be meant for a Dockerfile, by its name, such as `Dockerfile.dev` and `8.2.Dockerfile`. */
export function isDockerfileName(name: string): boolean {
    return dockerfileName.test(name);
}

/** The Compose files of a folder that are the user's. */
export interface ComposeFiles {
    /** Those that Compose reads by itself, in the order in which it merges them, relative to the folder. */
    readonly files: readonly string[];
    readonly base: string | undefined;
    readonly override: string | undefined;
    /** Others of their kind, which Compose passes by. */
    readonly passedBy: readonly string[];
    /** What the user's own lines in `.env` have Compose read instead. */
    readonly listed: readonly string[] | undefined;
}

/** The Compose files in a folder without those that were emitted. */
export function composeFilesIn(folder: string): ComposeFiles {
    const present = new Set(fs.readdirSync(folder));
    const theirs = (names: readonly string[]): string[] =>
        names.filter((name) => present.has(name) && !isOurs(path.join(folder, name)));
    const [base, ...otherBases] = theirs(baseNames);
    const [override, ...otherOverrides] = theirs(overrideNames);
    const files = [base, override].filter((file) => file !== undefined);
    const passedBy = [...otherBases, ...otherOverrides];
    return {
        files,
        base,
        override,
        passedBy,
        listed: present.has(".env") ? listedIn(path.join(folder, ".env")) : undefined,
    };
}

function isOurs(file: string): boolean {
    const text = readText(file);
    return text !== undefined && isMarked(text);
}

/** A file's text; undefined where there is no file, or none that can be read. */
export function readText(file: string): string | undefined {
    try {
        return decoded(fs.readFileSync(file));
    } catch {
        // Whoever needs it says that it is missing.
        return undefined;
    }
}

/** YAML, and Compose with it, knows UTF-16 by its byte order mark. */
function decoded(bytes: Buffer): string {
    const mark = bytes.subarray(0, 2).toString("hex");
    if (mark === "feff")
        return Buffer.from(bytes.subarray(0, bytes.length & ~1))
            .swap16()
            .toString("utf16le");
    return bytes.toString(mark === "fffe" ? "utf16le" : "utf8");
}

function listedIn(file: string): readonly string[] | undefined {
    const text = readText(file) ?? "";
    const own = blockProblem(text) === undefined ? withoutBlock(text) : text;
    const set = new Map(assignmentsIn(own).map(({ name, value }) => [name, value]));
    const [list, separator = path.delimiter] = [set.get("COMPOSE_FILE"), set.get("COMPOSE_PATH_SEPARATOR")];
    return list === undefined || list === "" ? undefined : list.split(separator);
}
