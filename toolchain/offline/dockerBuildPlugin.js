import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cached, fill } from "../cache.js";
import { must, run } from "../command.js";
import { expectNoDownloads } from "../environment.js";
import { GoModule } from "./goModule.js";
import { answers } from "./network.js";
import { dependencyVersion } from "../versions.js";

const exe = process.platform === "win32" ? ".exe" : "";

/**
 * The provider plugin that builds images, where Pulumi looks for it.
 *
 * @param {import("../report.js").Step} step
 */
export async function provideDockerBuildPlugin(step) {
    const version = dependencyVersion("@pulumi/docker-build");
    const title = `docker-build plugin ${version}`;
    const module = new GoModule("docker-build");
    const buildName = `pulumi-resource-docker-build-${version}-go-${module.fingerprint}`;
    const program = `pulumi-resource-docker-build${exe}`;

    if (isInstalled(version, program)) {
        if (existsSync(cached(buildName))) expectNoDownloads();
        return { title, how: "already here" };
    }

    if (!existsSync(cached(buildName)) && (await answers("https://get.pulumi.com/install.sh"))) {
        step.doing("downloading");
        const { code } = await run("pulumi", ["plugin", "install", "resource", "docker-build", version], {
            signal: step.signal,
        });
        if (code === 0) return { title, how: "from pulumi.com" };
    }

    const ready = existsSync(cached(buildName));
    if (!ready)
        await module.requireGo("the docker-build plugin is not installed, pulumi.com does not answer");
    step.doing(ready ? "installing" : "building from Go modules");
    const folder = await fill(buildName, (partial) =>
        module.build(join(partial, program), step, {
            ldflags: `-X github.com/pulumi/pulumi-docker-build/provider.Version=${version}`,
        }),
    );
    const source = ["--file", join(folder, program), "--reinstall"];
    await must("installing the docker-build plugin", "pulumi", [
        ...["plugin", "install", "resource", "docker-build", version],
        ...source,
    ]);
    expectNoDownloads();
    return { title, how: ready ? "from the cache" : "built from Go modules" };
}

/**
 * @param {string} version
 * @param {string} program
 * @returns {boolean}
 */
function isInstalled(version, program) {
    const plugins = join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "plugins");
    const folder = join(plugins, `resource-docker-build-v${version}`);
    // Pulumi marks an installation that has not finished.
    return existsSync(join(folder, program)) && !existsSync(`${folder}.partial`);
}
