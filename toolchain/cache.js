import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { DISK_FULL, Problem, remedyFor } from "./problem.js";

/**
 * Outside the clone, so that the second clone on a machine starts in seconds.
 *
 * @returns {string}
 */
export function cacheDirectory() {
    const home = process.platform === "win32" ? process.env["LOCALAPPDATA"] : process.env["XDG_CACHE_HOME"];
    return join(home || join(homedir(), ".cache"), "foundation-images");
}

const platform = `${process.platform}-${process.arch}`;

const DAY = 24 * 60 * 60 * 1000;

/**
 * The folder of one version of one thing.
 *
 * @param {string} name such as "pulumi-3.259.0"
 * @returns {string}
 */
export function cached(name) {
    return join(cacheDirectory(), `${name}-${platform}`);
}

/**
 * Makes a cache folder unless it is there. It appears under its name only once it is complete, so what an earlier set-up
 * left half done is never used, and of two set-ups at the same time either one's result is the whole one.
 *
 * @param {string} name
 * @param {(folder: string) => Promise<void>} make fills an empty folder
 * @returns {Promise<string>} the folder
 */
export async function fill(name, make) {
    const folder = cached(name);
    if (existsSync(folder)) return folder;
    await removeLeftovers(`${folder}.partial-`);
    const partial = `${folder}.partial-${process.pid}-${Date.now()}`;
    await mkdir(partial, { recursive: true }).catch((/** @type {unknown} */ error) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Problem(
            remedyFor(reason) === DISK_FULL
                ? DISK_FULL
                : `${cacheDirectory()} cannot be written: set XDG_CACHE_HOME to a folder that can (${reason})`,
        );
    });
    try {
        await make(partial);
        await rename(partial, folder);
    } catch (error) {
        await rm(partial, { recursive: true, force: true });
        if (!existsSync(folder)) throw error;
    }
    return folder;
}

/**
 * What a set-up that was killed left behind. A younger one may be at work.
 *
 * @param {string} prefix
 */
async function removeLeftovers(prefix) {
    for (const name of await readdir(cacheDirectory()).catch(() => [])) {
        const path = join(cacheDirectory(), name);
        if (!path.startsWith(prefix)) continue;
        const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
        if (age > DAY) await rm(path, { recursive: true, force: true });
    }
}
