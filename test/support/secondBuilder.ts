import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { fill } from "../../toolchain/cache.js";
import type { Sandbox } from "./sandbox.ts";

const version = "v0.18.2";
const published = "moby/buildkit:buildx-stable-1";

/**
 * Makes a builder with the docker-container driver, which is what most people have who have another builder.
 *
 * @returns what undoes it; undefined where there is no BuildKit image and nothing to make one with.
 */
export async function createSecondBuilder(
    sandbox: Sandbox,
    name: string,
): Promise<(() => Promise<void>) | undefined> {
    const image = (await hasImage(published)) ? published : await makeImage(sandbox.stack);
    if (image === undefined) return undefined;
    // With the host's network, for the registry is on its loopback.
    const options = ["--driver", "docker-container", "--driver-opt", `image=${image},network=host`];
    await sandbox.docker("buildx", "create", "--name", name, ...options, "--bootstrap");
    return async () => {
        await sandbox.docker("buildx", "rm", "--force", name);
        if (image !== published) await sandbox.docker("image", "rm", image);
    };
}

async function hasImage(reference: string): Promise<boolean> {
    const inspected = await execa("docker", ["image", "inspect", reference], { reject: false });
    if (inspected.exitCode === 0) return true;
    const pulled = await execa("docker", ["pull", "--quiet", reference], { reject: false, timeout: 60_000 });
    return pulled.exitCode === 0;
}

/** An image from Go modules and Debian's runc, for networks without Docker Hub. */
async function makeImage(tag: string): Promise<string | undefined> {
    const go = await execa("go", ["version"], { reject: false });
    if (go.exitCode !== 0) return undefined;
    const folder = await fill(`buildkit-${version}`, build);
    const reference = `foundation-e2e-buildkit:${tag}`;
    await execa("docker", ["build", "--quiet", "--tag", reference, folder]);
    return reference;
}

async function build(folder: string): Promise<void> {
    const dockerfile = [
        "FROM debian:bookworm-slim",
        "RUN apt-get update && apt-get install --yes --no-install-recommends runc && rm -rf /var/lib/apt/lists/*",
        "COPY buildkitd buildctl /usr/bin/",
        "VOLUME /var/lib/buildkit",
        'ENTRYPOINT ["buildkitd"]',
        "",
    ].join("\n");
    fs.writeFileSync(path.join(folder, "Dockerfile"), dockerfile);
    await execa(
        "go",
        [
            "install",
            "-ldflags",
            "-s -w",
            `github.com/moby/buildkit/cmd/buildkitd@${version}`,
            `github.com/moby/buildkit/cmd/buildctl@${version}`,
        ],
        { cwd: folder, env: { CGO_ENABLED: "0", GOBIN: folder } },
    );
}
