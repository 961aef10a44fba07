import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { fill } from "../../toolchain/cache.ts";
import type { Sandbox } from "./sandbox.ts";

const version = "v0.18.2";
const published = "moby/buildkit:buildx-stable-1";

/**
 * Makes a builder with the docker-container driver, which is what most people have who have another builder.
 *
 * @param network the host's, or one of its own, in which the host's loopback isn't there.
 * @returns what undoes it; undefined where there is no BuildKit image and nothing to make one with.
 */
export async function createSecondBuilder(
    sandbox: Sandbox,
    name: string,
    network: "host" | "own" = "host",
): Promise<(() => Promise<void>) | undefined> {
    const image = await provideImage(sandbox, name);
    if (image === undefined) return undefined;
    const option = `image=${image}${network === "host" ? ",network=host" : ""}`;
    const options = ["--driver", "docker-container", "--driver-opt", option];
    await sandbox.docker("buildx", "create", "--name", name, ...options, "--bootstrap");
    return async () => {
        await sandbox.docker("buildx", "rm", "--force", name);
        if (image !== published) await sandbox.docker("image", "rm", image);
    };
}

/**
 * Starts a BuildKit that listens on a port of loopback, and makes a builder with the remote driver for it.
 *
 * @returns as {@link createSecondBuilder}.
 */
export async function createRemoteBuilder(
    sandbox: Sandbox,
    name: string,
    port: number,
): Promise<(() => Promise<void>) | undefined> {
    const image = await provideImage(sandbox, name);
    if (image === undefined) return undefined;
    const address = `tcp://127.0.0.1:${port}`;
    const options = ["--detach", "--privileged", "--network", "host", "--name", name];
    await sandbox.docker("run", ...options, image, "--addr", address);
    await sandbox.docker("buildx", "create", "--name", name, "--driver", "remote", address);
    return async () => {
        await sandbox.docker("buildx", "rm", "--force", name);
        await sandbox.docker("rm", "--force", "--volumes", name);
        if (image !== published) await sandbox.docker("image", "rm", image);
    };
}

async function provideImage(sandbox: Sandbox, tag: string): Promise<string | undefined> {
    return (await hasImage(sandbox)) ? published : makeImage(sandbox, tag);
}

async function hasImage(sandbox: Sandbox): Promise<boolean> {
    const inspected = await sandbox.run("docker", ["image", "inspect", published]);
    if (inspected.exitCode === 0) return true;
    return (await sandbox.run("docker", ["pull", "--quiet", published])).exitCode === 0;
}

/** An image from Go modules and Debian's runc, for networks without Docker Hub. */
async function makeImage(sandbox: Sandbox, tag: string): Promise<string | undefined> {
    const go = await execa("go", ["version"], { reject: false });
    if (go.exitCode !== 0) return undefined;
    const folder = await fill(`buildkit-${version}`, build);
    const reference = `foundation-e2e-buildkit:${tag}`;
    // By the engine itself, whichever builder is the current one.
    await sandbox.docker(
        "buildx",
        "build",
        "--builder",
        "default",
        "--quiet",
        "--load",
        "--tag",
        reference,
        folder,
    );
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
