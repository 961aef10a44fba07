import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, fill } from "../cache.js";
import { must, run, which } from "../command.js";
import { expectNoDownloads, preferPath } from "../environment.js";
import { GoModule } from "../offline/goModule.js";
import { answers } from "../offline/network.js";
import { isAtLeast, MINIMUM_PULUMI } from "../../components/versions.js";
import { dependencyVersion } from "../versions.js";

const exe = process.platform === "win32" ? ".exe" : "";

/**
 * The CLI with its Node language host, first on PATH.
 *
 * @param {import("../report.js").Step} step
 * @param {Promise<unknown>} packages the installer comes with the SDK
 */
export async function providePulumi(step, packages) {
    const present = await presentVersion();
    if (present) return { title: `Pulumi CLI ${present}`, how: "already here" };

    const version = dependencyVersion("@pulumi/pulumi");
    const title = `Pulumi CLI ${version}`;
    const downloadName = `pulumi-${version}`;
    const cli = new GoModule("pulumi");
    const host = new GoModule("language-nodejs");
    const buildName = `pulumi-${version}-go-${cli.fingerprint}-${host.fingerprint}`;
    for (const name of [downloadName, buildName]) {
        if (!existsSync(cached(name))) continue;
        preferPath(join(cached(name), "bin"));
        if (name === buildName) expectNoDownloads();
        return { title, how: "from the cache" };
    }

    step.doing("looking for pulumi.com");
    if (await answers("https://get.pulumi.com/install.sh")) {
        await packages;
        step.doing("downloading");
        const folder = await fill(downloadName, async (partial) => {
            const installer = fileURLToPath(new URL("../installPulumi.js", import.meta.url));
            await must("downloading the Pulumi CLI", "node", [installer, partial], { signal: step.signal });
        });
        preferPath(join(folder, "bin"));
        return { title, how: "from pulumi.com" };
    }

    await cli.requireGo("the Pulumi CLI is not installed, pulumi.com does not answer");
    const folder = await fill(buildName, async (partial) => {
        const bin = join(partial, "bin");
        await mkdir(bin);
        step.doing("building the CLI from Go modules");
        const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
        const engine = cli.versionOf("github.com/pulumi/pulumi/pkg/v3");
        await cli.build(join(bin, `pulumi${exe}`), step, { ldflags: `-X ${versionVariable}=v${engine}` });
        step.doing("building its language host from Go modules");
        await host.build(join(bin, `pulumi-language-nodejs${exe}`), step);
    });
    preferPath(join(folder, "bin"));
    expectNoDownloads();
    return { title, how: "built from Go modules" };
}

/** @returns {Promise<string | undefined>} the version on PATH, if it is one that can run this program */
async function presentVersion() {
    const program = which("pulumi");
    if (!program) return undefined;
    if (!which("pulumi-language-nodejs", dirname(program)) && !which("pulumi-language-nodejs"))
        return undefined;
    const { code, stdout } = await run(program, ["version"]);
    const version = stdout.trim().replace(/^v/, "");
    return code === 0 && isAtLeast(version, MINIMUM_PULUMI) ? version : undefined;
}
