import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory, cached } from "./cacheFolders.js";
import { DISK_FULL, remedyFor } from "./failures.ts";
import { Problem } from "../components/problem.ts";

const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes a cache folder unless it is there. It appears under its name only once it is complete, so what an earlier set-up
 * left half done is never used, and of two set-ups at the same time either one's result is the whole one.
 *
 * @param make fills an empty folder
 * @returns the folder
 */
export async function fill(name: string, make: (folder: string) => Promise<void>): Promise<string> {
    const folder = cached(name);
    if (existsSync(folder)) return folder;
    await removeLeftovers(`${folder}.partial-`);
    const partial = `${folder}.partial-${process.pid}-${Date.now()}`;
    await mkdir(partial, { recursive: true }).catch((error: unknown) => {
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

/** What a set-up that was killed left behind. A younger one may be at work. */
async function removeLeftovers(prefix: string) {
    for (const name of await readdir(cacheDirectory()).catch(() => [])) {
        const path = join(cacheDirectory(), name);
        if (!path.startsWith(prefix)) continue;
        const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
        if (age > DAY) await rm(path, { recursive: true, force: true });
    }
}
