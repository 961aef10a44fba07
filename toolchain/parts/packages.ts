import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { npmCommand } from "../bootstrap.js";
import { must } from "../command.ts";
import { root } from "../environment.ts";
import { describeFailure } from "../failures.ts";
import { Problem } from "../../components/problem.ts";
import type { Step } from "../report.ts";

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

/** npm under the Node that is first on PATH. */
export async function npm(
    what: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly signal?: AbortSignal },
) {
    const { output } = await must(what, "node", [...npmCommand(), ...args], options);
    // Of a file that it cannot write, as on a full disk, npm only warns.
    if (output.includes("TAR_ENTRY_ERROR")) throw new Problem(describeFailure(what, output));
}
