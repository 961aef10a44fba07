import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./environment.js";

/** Those of the repository, all of which are pinned, and of its package. */
const dependencies = { ...dependenciesIn("components"), ...dependenciesIn(".") };

/**
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function dependenciesIn(folder) {
    /** @type {unknown} */
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    return /** @type {{ dependencies: Record<string, string> }} */ (manifest).dependencies;
}

/**
 * @param {string} name of a dependency
 * @returns {string}
 */
export function dependencyVersion(name) {
    const version = dependencies[name];
    if (!version) throw new Error(`no package.json here depends on ${name}`);
    return version;
}
