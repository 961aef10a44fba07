import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../environment.ts";
import type { Step } from "../report.ts";
import { npm } from "../npm.ts";

const INSTALLED = join("node_modules", ".package-lock.json");

/** What package.json lists. */
export async function providePackages(step: Step) {
    // npm writes the second one last, so a half-finished installation has none.
    const wanted = changed("package-lock.json");
    const installed = changed(INSTALLED);
    if (installed >= wanted) return { title: "npm packages", how: "already here" };
    step.doing("npm ci");
    try {
        await npm("installing the npm packages", ["ci", "--prefix", root], {
            cwd: root,
            signal: step.signal,
        });
    } catch (error) {
        rmSync(join(root, INSTALLED), { force: true });
        throw error;
    }
    return { title: "npm packages", how: "npm ci" };
}

function changed(file: string): number {
    return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
