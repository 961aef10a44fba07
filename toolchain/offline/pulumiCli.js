import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fill } from "../cache.js";
import { GoModule } from "./goModule.js";

const exe = process.platform === "win32" ? ".exe" : "";

const cli = new GoModule("pulumi");
const host = new GoModule("language-nodejs");
const version = cli.versionOf("github.com/pulumi/pulumi/pkg/v3");

/** @returns {string} the folder in the cache */
export function builtName() {
    return `pulumi-${version}-go-${cli.fingerprint}-${host.fingerprint}`;
}

/**
 * The CLI and its Node language host from Go modules.
 *
 * @param {import("../report.js").Step} step
 * @returns {Promise<string>} the folder
 */
export async function buildPulumi(step) {
    await cli.requireGo("the Pulumi CLI is not installed, pulumi.com does not answer");
    return fill(builtName(), async (partial) => {
        const bin = join(partial, "bin");
        await mkdir(bin);
        step.doing("building the CLI from Go modules");
        const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
        await cli.build(join(bin, `pulumi${exe}`), step, { ldflags: `-X ${variable}=v${version}` });
        step.doing("building its language host from Go modules");
        await host.build(join(bin, `pulumi-language-nodejs${exe}`), step);
    });
}
