import { existsSync } from "node:fs";
import { join } from "node:path";
import { cached } from "../cacheFolders.js";
import { fill } from "../cache.ts";
import { EXE, which } from "../command.ts";
import { preferPath } from "../environment.ts";
import { GoModule } from "./goModule.ts";
import { Problem } from "../../components/problem.ts";
import type { Step } from "../report.ts";

/** The checker of GitHub workflows. Nothing else needs it, so a machine that can't have it only skips one test. */
export async function provideActionlint(step: Step) {
    if (which("actionlint")) return { title: "actionlint", how: "already here" };
    const module = new GoModule("actionlint");
    const version = module.versionOf("github.com/rhysd/actionlint");
    const title = `actionlint ${version}`;
    const name = `actionlint-${version}-go-${module.fingerprint}`;
    const ready = existsSync(cached(name));
    try {
        if (!ready) {
            await module.requireGo("actionlint is not installed");
            step.doing("building from Go modules");
        }
        preferPath(await fill(name, (partial) => module.build(join(partial, `actionlint${EXE}`), step)));
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { title, how: "skipped: Go can't build it here" };
    }
    return { title, how: ready ? "from the cache" : "built from Go modules" };
}
