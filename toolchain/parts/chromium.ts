import { aptInstall, distribution, mayInstall } from "../apt.ts";
import { which } from "../command.ts";
import { Problem } from "../../components/problem.ts";
import type { Step } from "../report.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const SKIPPED = "the tests of the graph's page are skipped";

/** The browser's full path. */
export function findChromium(): string | undefined {
    return NAMES.flatMap((name) => which(name) ?? []).at(0);
}

/**
 * The browser in which the graph's page is tested. Nothing else needs it, so a machine that can't have it only skips those
 * tests.
 */
export async function provideChromium(step: Step) {
    const title = "Chromium";
    if (findChromium() !== undefined) return { title, how: "already here" };
    // Ubuntu's package only leads to a snap, which needs a running snapd.
    if (distribution().id !== "debian" || !mayInstall()) {
        step.announce(`There is no Chromium, so ${SKIPPED}; install it to have them run`);
        return { title, how: "skipped" };
    }
    step.announce("Chromium is missing, in which the graph's page is tested: installing chromium with apt");
    step.doing("apt-get install");
    try {
        await aptInstall(["chromium"]);
        return { title, how: "installed with apt" };
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        step.announce(`apt can't install Chromium here, so ${SKIPPED}`);
        return { title, how: "skipped" };
    }
}
