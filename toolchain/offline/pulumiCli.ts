import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fill } from "../cache.ts";
import { EXE } from "../command.ts";
import type { Step } from "../report.ts";
import { GoModule } from "./goModule.ts";

const cli = new GoModule("pulumi");
const host = new GoModule("language-nodejs");
const version = cli.versionOf("github.com/pulumi/pulumi/pkg/v3");

/** The folder in the cache. */
export function builtName(): string {
    return `pulumi-${version}-go-${cli.fingerprint}-${host.fingerprint}`;
}

/**
 * The CLI and its Node language host from Go modules.
 *
 * @returns the folder
 */
export async function buildPulumi(step: Step): Promise<string> {
    await cli.requireGo("the Pulumi CLI is not installed, pulumi.com does not answer");
    return fill(builtName(), async (partial) => {
        const bin = join(partial, "bin");
        await mkdir(bin);
        step.doing("building the CLI from Go modules");
        const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
        await cli.build(join(bin, `pulumi${EXE}`), step, { ldflags: `-X ${variable}=v${version}` });
        step.doing("building its language host from Go modules");
        await host.build(join(bin, `pulumi-language-nodejs${EXE}`), step);
    });
}
