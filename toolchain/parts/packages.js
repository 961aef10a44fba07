import { statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../environment.js";
import { npm } from "./node.js";

/**
 * What package.json lists.
 *
 * @param {import("../report.js").Step} step
 */
export async function providePackages(step) {
    // npm writes the second one last, so a half-finished installation has none.
    const wanted = changed("package-lock.json");
    const installed = changed(join("node_modules", ".package-lock.json"));
    if (installed >= wanted) return { title: "npm packages", how: "already here" };
    step.doing("npm ci");
    await npm("installing the npm packages", ["ci", "--prefix", root], { cwd: root, signal: step.signal });
    return { title: "npm packages", how: "npm ci" };
}

/**
 * @param {string} file
 * @returns {number}
 */
function changed(file) {
    return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
