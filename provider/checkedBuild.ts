import { isDeepStrictEqual } from "node:util";
import { Problem } from "../problem.ts";
import { streamDocker } from "./docker.ts";
import type { Context, CustomResource } from "./resource.ts";

interface Inputs {
    readonly context: string;
    readonly builder: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly target?: string;
    readonly platforms: readonly string[];
    readonly noCache: boolean;
}

/**
 * A build that went well, and whose layers the builder has in its cache. The provider that builds and pushes after it
 * (docker-build 0.0.22 with `exec`) tells of a failed build no more than "exit status 1".
 */
export const checkedBuild: CustomResource<Inputs, Inputs> = {
    diff: (state, news) => Promise.resolve({ changes: !isDeepStrictEqual(state, news) }),

    create: async (inputs, context) => {
        await build(inputs, context);
        return { id: inputs.context, state: inputs };
    },

    update: async (_state, inputs, context) => {
        await build(inputs, context);
        return inputs;
    },
};

async function build(inputs: Inputs, { root, signal, progress }: Context): Promise<void> {
    const args = [
        ...["--progress", "plain", "--output", "type=cacheonly", "--builder", inputs.builder],
        ...Object.entries(inputs.buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
        ...(inputs.target === undefined ? [] : ["--target", inputs.target]),
        ...(inputs.platforms.length === 0 ? [] : ["--platform", inputs.platforms.join(",")]),
        ...(inputs.noCache ? ["--no-cache"] : []),
    ];
    const log: string[] = [];
    const succeeded = await streamDocker(
        ["buildx", "build", ...args, inputs.context],
        { cwd: root, signal },
        (line) => {
            log.push(line);
            progress(line);
        },
    );
    progress("");
    if (!succeeded) {
        throw new Problem(
            `foundation/Dockerfile does not build, so nothing was published or changed; mend it and run \`pulumi up\` again.\n${faultOf(log)}`,
        );
    }
}

/** The part of BuildKit's plain log that tells of the fault: from the rule above it to the end, or the last lines. */
function faultOf(log: readonly string[]): string {
    const rule = log.indexOf("------");
    return log.slice(rule === -1 ? -20 : rule).join("\n");
}
