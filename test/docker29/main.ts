import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { fill } from "../../toolchain/cache.ts";
import * as test from "../../toolchain/commands/test.ts";
import { exitCodeOf } from "../../toolchain/failures.ts";
import { Problem } from "../../components/problem.ts";

// The end-to-end tests that run on each engine, on a Docker 29 that is built from its Go modules. Building takes half an
// hour, once; whoever has a Docker 29 hands it to `npm run test:e2e -- --engine` instead.

const moby = "2.0.0-beta.24";
const containerd = "2.4.2";
const runc = "1.4.0";

const programs: readonly { readonly package: string; readonly tags?: string; readonly cgo?: boolean }[] = [
    {
        package: `github.com/moby/moby/v2/cmd/dockerd@v${moby}`,
        tags: "exclude_graphdriver_btrfs,netgo,osusergo",
    },
    { package: `github.com/moby/moby/v2/cmd/docker-proxy@v${moby}` },
    {
        package: `github.com/containerd/containerd/v2/cmd/containerd@v${containerd}`,
        tags: "no_btrfs,no_devmapper,no_zfs,no_aufs,no_cri",
    },
    { package: `github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2@v${containerd}` },
    // Without seccomp the engine could start no container as it does by default.
    { package: `github.com/opencontainers/runc@v${runc}`, tags: "seccomp", cgo: true },
];

/** The engine with what it starts beside it, in one folder. */
async function build(): Promise<string> {
    const folder = await fill(`docker-29-${moby}-containerd-${containerd}-runc-${runc}`, async (bin) => {
        for (const { package: program, tags = "", cgo = false } of programs) {
            console.log(`building ${program}`);
            const built = await execa("go", ["install", "-tags", tags, program], {
                env: {
                    GOBIN: bin,
                    GOFLAGS: "-trimpath -ldflags=-s",
                    // Links against the machine's libseccomp.
                    CGO_ENABLED: cgo ? "1" : "0",
                },
                reject: false,
            });
            if (built.exitCode === 0) continue;
            // A Go that isn't there, a compiler or header that isn't.
            throw new Problem(
                `${program} can't be built; it takes Go 1.26, gcc, pkg-config and libseccomp's headers (libseccomp-dev on Debian):\n` +
                    (built.stderr.trim() || built.shortMessage || ""),
            );
        }
    });
    return path.join(fs.realpathSync(folder), "dockerd");
}

process.exitCode = await exitCodeOf(async () => {
    if (process.platform !== "linux" || process.getuid?.() !== 0) {
        throw new Problem("a second engine takes Linux and root");
    }
    const options = ["--engine", await build(), "--grep", "on the given Docker"];
    return test.main(["e2e", ...options, ...process.argv.slice(2)]);
});
