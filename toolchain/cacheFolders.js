import { homedir } from "node:os";
import { join } from "node:path";

// JavaScript, as the Node that reads TypeScript is put there, too.

/**
 * Outside the clone, so that the second clone on a machine starts in seconds.
 *
 * @returns {string}
 */
export function cacheDirectory() {
    const home = process.platform === "win32" ? process.env["LOCALAPPDATA"] : process.env["XDG_CACHE_HOME"];
    return join(home || join(homedir(), ".cache"), "foundation-images");
}

/**
 * The folder of one version of one thing.
 *
 * @param {string} name such as "pulumi-3.259.0"
 * @returns {string}
 */
export function cached(name) {
    return join(cacheDirectory(), `${name}-${process.platform}-${process.arch}`);
}
