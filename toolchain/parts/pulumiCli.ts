import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached } from "../cacheFolders.js";
import { fill } from "../cache.ts";
import { must, run, which } from "../command.ts";
import { expectNoDownloads, preferPath } from "../environment.ts";
import { answers } from "../network.ts";
import { buildPulumi, builtName } from "../offline/pulumiCli.ts";
import { isAtLeast, MINIMUM_PULUMI } from "../../components/versions.js";
import { dependencyVersion } from "../versions.ts";
import type { Step } from "../report.ts";

/**
 * The CLI with its Node language host, first on PATH.
 *
 * @param packages the installer comes with the SDK
 */
export async function providePulumi(step: Step, packages: Promise<unknown>) {
    const present = await presentVersion();
    if (present) return { title: `Pulumi CLI ${present}`, how: "already here" };

    const version = dependencyVersion("@pulumi/pulumi");
    const title = `Pulumi CLI ${version}`;
    const downloadName = `pulumi-${version}`;
    for (const name of [downloadName, builtName()]) {
        if (!existsSync(cached(name))) continue;
        preferPath(join(cached(name), "bin"));
        if (name === builtName()) expectNoDownloads();
        return { title, how: "from the cache" };
    }

    step.doing("looking for pulumi.com");
    if (await answers("https://get.pulumi.com/install.sh")) {
        await packages;
        step.doing("downloading");
        const folder = await fill(downloadName, async (partial) => {
            const installer = fileURLToPath(new URL("../installPulumi.ts", import.meta.url));
            await must("downloading the Pulumi CLI", "node", [installer, partial], { signal: step.signal });
        });
        preferPath(join(folder, "bin"));
        return { title, how: "from pulumi.com" };
    }

    preferPath(join(await buildPulumi(step), "bin"));
    expectNoDownloads();
    return { title, how: "built from Go modules" };
}

/** The version on PATH, if it is one that can run this program. */
async function presentVersion(): Promise<string | undefined> {
    const program = which("pulumi");
    if (!program) return undefined;
    if (!which("pulumi-language-nodejs", dirname(program)) && !which("pulumi-language-nodejs"))
        return undefined;
    const { code, stdout } = await run(program, ["version"]);
    const version = stdout.trim().replace(/^v/, "");
    return code === 0 && isAtLeast(version, MINIMUM_PULUMI) ? version : undefined;
}
