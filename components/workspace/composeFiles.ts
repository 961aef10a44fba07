import * as fs from "node:fs";
import * as path from "node:path";
import { isMarked } from "../render/composeMark.ts";
import { blockProblem, withoutBlock } from "../render/envFile.ts";
import { assignmentsIn } from "../render/envVariables.ts";
import { readText } from "./texts.ts";

/** The files of each kind, in the order in which Compose looks for them (compose-go, cli/options.go). It reads the first. */
export const composeFileNames = [
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
    [
        "compose.override.yml",
        "compose.override.yaml",
        "docker-compose.override.yml",
        "docker-compose.override.yaml",
    ],
] as const;

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
    /** What it reads in any case. */
    readonly read: readonly string[];
}

/** The Compose files in a folder without those that were emitted. */
export function composeFilesIn(folder: string): ComposeFiles {
    const present = new Set(fs.readdirSync(folder));
    const [bases, overrides] = composeFileNames.map((names) =>
        names.filter((name) => present.has(name) && !isOurs(path.join(folder, name))),
    );
    const [base, ...otherBases] = bases ?? [];
    const [override, ...otherOverrides] = overrides ?? [];
    const text = present.has(".env") ? (readText(path.join(folder, ".env")) ?? "") : "";
    const listed = listedIn(blockProblem(text) === undefined ? withoutBlock(text) : text);
    const files = [base, override].filter((file) => file !== undefined);
    return {
        files,
        base,
        override,
        passedBy: listed === undefined ? [...otherBases, ...otherOverrides] : [],
        listed,
        read: listed ?? files,
    };
}

/** What Compose reads in a folder, what was emitted included: what its `.env` names, or else the first file of each kind. */
export function filesRead(folder: string): readonly string[] {
    const listed = listedIn(readText(path.join(folder, ".env")) ?? "");
    if (listed !== undefined) return listed;
    return composeFileNames.flatMap(
        (names) => names.find((name) => fs.existsSync(path.join(folder, name))) ?? [],
    );
}

/** Whether there is a file that is ours from the first to the last line. */
export function isOurs(file: string): boolean {
    return isMarked(readText(file) ?? "");
}

/** The files that the lines of a `.env` have Compose read. */
function listedIn(env: string): readonly string[] | undefined {
    const set = new Map(assignmentsIn(env).map(({ name, value }) => [name, value]));
    const [list, separator = path.delimiter] = [set.get("COMPOSE_FILE"), set.get("COMPOSE_PATH_SEPARATOR")];
    return list === undefined || list === "" ? undefined : list.split(separator);
}
