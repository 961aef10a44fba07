import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./environment.js";

/** @type {unknown} */
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { dependencies } = /** @type {{ dependencies: Record<string, string> }} */ (manifest);

/**
 * @param {string} name of a dependency in package.json, all of which are pinned
 * @returns {string}
 */
export function dependencyVersion(name) {
    const version = dependencies[name];
    if (!version) throw new Error(`package.json does not depend on ${name}`);
    return version;
}
