import * as path from "node:path";
import { execa } from "execa";
import { fill } from "../../toolchain/cache.ts";

/**
 * A program of a Go module, built once for all runs. Go's checksum database vouches for what it is made of.
 *
 * @param program package to build, such as `github.com/google/go-containerregistry/cmd/registry`.
 * @param name of its folder in the cache.
 * @returns its path; undefined where there is no Go.
 */
export async function goProgram(name: string, program: string, version: string): Promise<string | undefined> {
    const { exitCode } = await execa("go", ["version"], { reject: false });
    if (exitCode !== 0) return undefined;
    const folder = await fill(`${name}-${version}-go`, async (bin) => {
        const env = { GOBIN: bin, CGO_ENABLED: "0", GOFLAGS: "-ldflags=-s" };
        await execa("go", ["install", `${program}@v${version}`], { env });
    });
    return path.join(folder, path.posix.basename(program));
}
