import { aptInstall, distribution, mayInstall } from "../apt.js";
import { which } from "../command.js";
import { Problem } from "../problem.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** @returns {string | undefined} the browser's full path */
export function findChromium() {
    return NAMES.flatMap((name) => which(name) ?? []).at(0);
}

/**
 * The browser in which the graph's page is tested. Nothing else needs it, so a machine that can't have it only skips those
 * tests.
 *
 * @param {import("../report.js").Step} step
 */
export async function provideChromium(step) {
    if (findChromium() !== undefined) return { title: "Chromium", how: "already here" };
    // Ubuntu's package only leads to a snap, which needs a running snapd.
    if (distribution().id !== "debian" || !mayInstall()) {
        return { title: "Chromium", how: "skipped: install chromium for the tests of the graph's page" };
    }
    step.announce("Chromium is missing, in which the graph's page is tested: installing chromium with apt");
    step.doing("apt-get install");
    try {
        await aptInstall(["chromium"]);
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { title: "Chromium", how: "skipped: apt can't install it here" };
    }
    return { title: "Chromium", how: "installed with apt" };
}
