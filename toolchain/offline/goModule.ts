import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../command.ts";
import { root } from "../environment.ts";
import { Problem } from "../../components/problem.ts";
import { isAtLeast } from "../../components/versions.js";
import type { Step } from "../report.ts";

/** One build after another: each uses every core, and they share most of their packages. */
let lane = Promise.resolve();

/**
 * A program that is built from Go modules: a folder of `toolchain/offline/go`, whose go.mod names it in its `tool` directive and
 * pins, with go.sum, everything it is made of.
 */
export class GoModule {
    #folder;
    #goMod;

    /** @param name of the folder */
    constructor(name: string) {
        this.#folder = join(root, "toolchain", "offline", "go", name);
        this.#goMod = readFileSync(join(this.#folder, "go.mod"), "utf8");
    }

    /** Tells this build from any other of the same version. */
    get fingerprint() {
        return createHash("sha256").update(this.#goMod).digest("hex").slice(0, 8);
    }

    /** The package to build. */
    get tool() {
        return this.#match(/^tool (\S+)$/m);
    }

    /** The version that go.mod pins, without the "v". */
    versionOf(module: string): string {
        return this.#match(new RegExp(`^(?:require|\\t) ?${module.replaceAll(".", "\\.")} v(\\S+)`, "m"));
    }

    async build(
        output: string,
        step: Step,
        { ldflags = "", env = {} }: { ldflags?: string; env?: Record<string, string> } = {},
    ) {
        const turn = lane.then(() =>
            must(
                `building ${this.tool}`,
                "go",
                ["build", "-ldflags", `-s -w ${ldflags}`, "-o", output, this.tool],
                {
                    cwd: this.#folder,
                    // A workspace, or flags of the user's own, would build something else than what is pinned.
                    env: {
                        CGO_ENABLED: "0",
                        GOFLAGS: "-mod=readonly -buildvcs=false",
                        GOWORK: "off",
                        ...env,
                    },
                    signal: step.signal,
                },
            ),
        );
        lane = turn.then(
            () => undefined,
            () => undefined,
        );
        await turn;
    }

    /**
     * Go has to be there, and recent enough or able to fetch a recent one by itself.
     *
     * @param why the part that would be built
     */
    async requireGo(why: string) {
        const wanted = this.#match(/^go (\S+)$/m);
        const found = await run("go", ["env", "GOVERSION", "GOTOOLCHAIN"]);
        const [version = "", toolchain = ""] = found.stdout.trim().split("\n");
        const remedy = `install Go ${wanted} or newer, from https://go.dev/dl`;
        if (found.code !== 0)
            throw new Problem(`${why}, and Go to build it with is not installed: ${remedy}`);
        if (!isAtLeast(version, wanted) && !(isAtLeast(version, "1.21") && toolchain !== "local")) {
            throw new Problem(`${why}, and ${version || "this Go"} is too old to build it: ${remedy}`);
        }
    }

    #match(pattern: RegExp) {
        const found = pattern.exec(this.#goMod)?.[1];
        if (!found) throw new Error(`${this.#folder}/go.mod has nothing like ${pattern.source}`);
        return found;
    }
}
