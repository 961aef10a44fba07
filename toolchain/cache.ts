import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { removeLeftovers, unwritable } from "./bootstrap.js";
import { cached } from "./cacheFolders.js";
import { DISK_FULL, remedyFor } from "./failures.ts";
import { Problem } from "../components/problem.ts";

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
    const partial = `${folder}.partial-${process.pid}-${Date.now()}`;
    await mkdir(partial, { recursive: true }).catch((error: unknown) => {
        const sentence = unwritable(error);
        throw new Problem(remedyFor(sentence) === DISK_FULL ? DISK_FULL : sentence);
    });
    try {
        removeLeftovers();
        await make(partial);
        await rename(partial, folder);
    } catch (error) {
        await rm(partial, { recursive: true, force: true });
        if (!existsSync(folder)) throw error;
    }
    return folder;
}
