import { which } from "../command.ts";
import { Problem } from "../../components/problem.ts";
import type { Step } from "../report.ts";
import { BUILDX, COMPOSE, provideCliPlugin } from "./cliPlugins.ts";
import { findDaemon } from "./docker.ts";

/** What is in the way of starting dockerd a second time, beside the machine's own. */
export function whyNoSecondEngine(): string | undefined {
    if (process.platform !== "linux") return "it takes Linux";
    if (process.getuid?.() !== 0) return "it takes root";
    if (!findDaemon()) return "there is no dockerd here";
    return ["containerd", "ip", "iptables"]
        .filter((program) => !which(program))
        .map((program) => `there is no ${program} here`)
        .at(0);
}

/**
 * What the tests on a current Docker need: an engine with the containerd image store, of which only the start is left to
 * the tests, with a current Compose and buildx. Where it can't be had, those tests are skipped.
 */
export async function provideSecondEngine(step: Step) {
    const title = `Compose ${COMPOSE.version}, buildx ${BUILDX.version}`;
    const reason = whyNoSecondEngine();
    if (reason) return skipped(step, title, `a second engine can't be started: ${reason}`);
    try {
        const ways = [await provideCliPlugin(COMPOSE, step), await provideCliPlugin(BUILDX, step)];
        return { title, how: [...new Set(ways.map(({ how }) => how))].join(", ") };
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return skipped(step, title, error.message);
    }
}

function skipped(step: Step, title: string, reason: string) {
    step.announce(`The tests on a current Docker are skipped: ${reason}`);
    return { title, how: "skipped" };
}
