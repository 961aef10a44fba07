import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fill } from "../cache.ts";
import { must } from "../command.ts";
import { root } from "../environment.ts";
import type { Step } from "../report.ts";
import { GoModule } from "./goModule.ts";

/**
 * The registry's own image, around the program from its Go module.
 *
 * @returns how it was made
 */
export async function buildRegistryImage(image: string, step: Step): Promise<string> {
    const module = new GoModule("registry");
    const version = module.versionOf("github.com/distribution/distribution/v3");
    await module.requireGo(`Docker Hub does not answer for ${image}`);
    step.doing("building from a Go module");
    const architecture = await ask(["version", "--format", "{{.Server.Arch}}"]);
    const files = join(root, "toolchain", "offline", "images", "registry");
    const context = await fill(
        `registry-${version}-go-${module.fingerprint}-${architecture}`,
        async (partial) => {
            await module.build(join(partial, "registry"), step, {
                env: { GOOS: "linux", GOARCH: architecture },
            });
            for (const file of ["Dockerfile", "config.yml"])
                await copyFile(join(files, file), join(partial, file));
        },
    );
    const label = `foundation.built-from=${module.tool}@v${version}`;
    await must(`building ${image}`, "docker", ["build", "-t", image, "--label", label, context], {
        // The engine's own builder, which has the name of the context; another would keep the image to itself.
        env: { DOCKER_BUILDKIT: "1", BUILDX_BUILDER: await ask(["context", "show"]) },
        signal: step.signal,
    });
    return `${version} built from its Go module`;
}

async function ask(args: readonly string[]) {
    return (await must("asking Docker", "docker", args)).stdout.trim();
}
