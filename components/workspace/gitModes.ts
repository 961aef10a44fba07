import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { upwards } from "./folders.ts";

/** By path: `100644`, `100755`, `120000` for a symlink, `160000` for a submodule. */
export type GitModes = ReadonlyMap<string, string>;

/** Of the empty tree, in a repository with SHA-1 and in one with SHA-256. */
const emptyTrees = [
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
];

/**
 * What Git takes the tracked files of a folder for, by their paths in it. That is the index's mode where the file
 * system's don't count (`core.fileMode=false`, `core.symlinks=false`), and elsewhere the file system's: a `chmod` that
 * Git would commit is a change. Compared with the empty tree, every tracked file is new, and no content is read.
 *
 * @returns an empty map where the folder is in no checkout, or Git can't be asked.
 */
export function gitModes(directory: string): GitModes {
    // Outside of a checkout, no process is started.
    if (upwards(fs.realpathSync(directory), ".git") === undefined) return new Map();
    for (const tree of emptyTrees) {
        const { status, stdout, stderr } = spawnSync(
            "git",
            [
                ...["-C", directory],
                // Also of a checkout that another user has made, as in a container of CI: no program of its own is run.
                ...["-c", "safe.directory=*", "-c", "core.fsmonitor=false"],
                ...["diff-index", "--raw", "-z", "--relative", "--ignore-submodules=dirty", tree, "--", "."],
            ],
            { encoding: "utf8", env: ownEnvironment(), maxBuffer: Infinity, windowsHide: true },
        );
        if (status === 0)
            return new Map(
                [...stdout.matchAll(/:\d+ (\d+) \S+ \S+ A\0([^\0]+)\0/g)].map(([, mode = "", file = ""]) => [
                    file,
                    mode,
                ]),
            );
        if (status === null || !stderr.includes(tree)) break;
    }
    return new Map();
}

/** Without what Git tells a hook, where it may mean another repository or index. */
function ownEnvironment(): NodeJS.ProcessEnv {
    const told = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !told.includes(name)));
}
