import { setDefaults } from "./environment.js";
import { provideActionlint } from "./offline/actionlint.js";
import { provideChromium } from "./parts/chromium.js";
import { provideDocker } from "./parts/docker.js";
import { provideDebianImage, provideRegistryImage } from "./parts/images.js";
import { provideNode } from "./parts/node.js";
import { providePackages } from "./parts/packages.js";
import { providePulumi } from "./parts/pulumiCli.js";
import { provideSecondEngine } from "./parts/secondEngine.js";
import { Stopped } from "./problem.js";
import { Report } from "./report.js";

/**
 * @typedef {object} Wanted
 * @property {boolean} [pulumi] the CLI, beyond Node and the packages, which everything needs
 * @property {boolean} [docker] the engine and the images
 * @property {boolean} [secondEngine] what a second engine takes besides, where it can be had
 * @property {boolean} [actionlint] the checker of workflows, where it can be had
 * @property {boolean} [browser] the one that tests look at a page with, where it can be had
 * @property {boolean} [quiet] print only what had work to do
 */

/**
 * Puts in place what is missing, and leaves alone what is good enough. Parts that do not need each other are set up at the
 * same time. Afterwards this process, and all it starts, finds them on PATH.
 *
 * @param {Wanted} wanted
 */
export async function setUp({
    pulumi = false,
    docker = false,
    secondEngine = false,
    actionlint = false,
    browser = false,
    quiet = false,
}) {
    setDefaults();
    const report = new Report({ quiet });
    const interrupt = () => {
        report.stop();
    };
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

    const node = report.step("Node", provideNode);
    const packages = report.step("npm packages", providePackages, [node]);
    /** @type {Promise<unknown>[]} */
    const steps = [node, packages];
    if (pulumi) steps.push(report.step("Pulumi CLI", (step) => providePulumi(step, packages)));
    /** @type {Promise<unknown>[]} */
    const dockers = [];
    if (docker) {
        const engine = report.step("Docker", provideDocker);
        steps.push(engine);
        dockers.push(engine);
        steps.push(report.step("registry image", provideRegistryImage, [engine]));
        steps.push(report.step("Debian image", provideDebianImage, [engine]));
    }

    // After Docker, whose installation may change what apt knows.
    if (browser) steps.push(report.step("Chromium", provideChromium, dockers));
    // After Docker, which may have to be installed.
    if (secondEngine) steps.push(report.step("current Docker", provideSecondEngine, dockers));
    if (actionlint) steps.push(report.step("actionlint", provideActionlint));

    const results = await Promise.allSettled(steps);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    const failures = reasonsOf(results);
    const reasons = failures.filter((failure) => !(failure instanceof Stopped));
    if (failures.length > 0)
        throw reasons.length > 0 ? new AggregateError(reasons) : new Stopped("interrupted");
}

/**
 * @param {readonly PromiseSettledResult<unknown>[]} results
 * @returns {unknown[]}
 */
export function reasonsOf(results) {
    /** @type {unknown[]} */
    const reasons = [];
    for (const result of results) if (result.status === "rejected") reasons.push(result.reason);
    return reasons;
}
