import { setDefaults } from "./environment.ts";
import { provideActionlint } from "./offline/actionlint.ts";
import { provideChromium } from "./parts/chromium.ts";
import { provideDocker } from "./parts/docker.ts";
import { provideDebianImage, provideRegistryImage } from "./parts/images.ts";
import { provideNode } from "./parts/node.ts";
import { providePackages } from "./parts/packages.ts";
import { providePulumi } from "./parts/pulumiCli.ts";
import { provideSecondEngine } from "./parts/secondEngine.ts";
import { Stopped } from "./failures.ts";
import { Report } from "./report.ts";

interface Wanted {
    /** The CLI, beyond Node and the packages, which everything needs. */
    readonly pulumi?: boolean;
    /** The engine and the images. */
    readonly docker?: boolean;
    /** What a second engine takes besides, where it can be had. */
    readonly secondEngine?: boolean;
    /** The checker of workflows, where it can be had. */
    readonly actionlint?: boolean;
    /** The one that tests look at a page with, where it can be had. */
    readonly browser?: boolean;
    /** Print only what had work to do. */
    readonly quiet?: boolean;
}

/**
 * Puts in place what is missing, and leaves alone what is good enough. Parts that do not need each other are set up at the
 * same time. Afterwards this process, and all it starts, finds them on PATH.
 */
export async function setUp(wanted: Wanted) {
    setDefaults();
    const report = new Report({ quiet: wanted.quiet });
    const interrupt = () => {
        report.stop();
    };
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);

    const node = report.step("Node", provideNode);
    const packages = report.step("npm packages", providePackages, [node]);
    const steps: Promise<unknown>[] = [node, packages];
    if (wanted.pulumi) steps.push(report.step("Pulumi CLI", (step) => providePulumi(step, packages)));
    const engine = wanted.docker ? [report.step("Docker", provideDocker)] : [];
    steps.push(...engine);
    if (wanted.docker) {
        steps.push(report.step("registry image", provideRegistryImage, engine));
        steps.push(report.step("Debian image", provideDebianImage, engine));
    }
    // After Docker, whose installation may change what apt knows.
    if (wanted.browser) steps.push(report.step("Chromium", provideChromium, engine));
    // After Docker, which may have to be installed.
    if (wanted.secondEngine) steps.push(report.step("current Docker", provideSecondEngine, engine));
    if (wanted.actionlint) steps.push(report.step("actionlint", provideActionlint));

    const results = await Promise.allSettled(steps);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    const failures = reasonsOf(results);
    const reasons = failures.filter((failure) => !(failure instanceof Stopped));
    if (failures.length > 0)
        throw reasons.length > 0 ? new AggregateError(reasons) : new Stopped("interrupted");
}

export function reasonsOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
    return results.flatMap((result): unknown[] => (result.status === "rejected" ? [result.reason] : []));
}
