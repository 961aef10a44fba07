import { isDeepStrictEqual } from "node:util";
import { RegistryClient } from "../../oci/client.ts";
import type { Answer } from "../../oci/transport.ts";
import { Problem } from "../../problem.ts";
import { streamDocker } from "../../docker/docker.ts";
import type { Context, CustomResource } from "../resource.ts";

interface Inputs {
    readonly context: string;
    readonly builder: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly target?: string;
    readonly platforms: readonly string[];
    readonly noCache: boolean;
    readonly server: string;
    readonly repository: string;
    readonly username: string;
    readonly password: string;
}

/**
 * A build that went well, whose layers the builder has in its cache, and a registry that would take its push. The
 * provider that builds and pushes after it (docker-build 0.0.22 with `exec`) tells of a failure no more than "exit
 * status 1".
 */
export const checkedBuild: CustomResource<Inputs, Inputs> = {
    diff: (state, news) => {
        // A push credential may be another one each time.
        const { password } = state;
        return Promise.resolve({ changes: !isDeepStrictEqual(state, { ...news, password }) });
    },

    create: async (inputs, context) => {
        await build(inputs, context);
        await tryUpload(inputs, context);
        return { id: inputs.context, state: inputs };
    },

    update: async (_state, inputs, context) => {
        await build(inputs, context);
        await tryUpload(inputs, context);
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
        const fault = faultOf(log);
        const cause = causes.find(({ said }) => said.test(fault)) ?? theDockerfile;
        throw new Problem(
            `${cause.wrong}, so nothing was published or changed; ${cause.remedy} and run \`pulumi up\` again.\n${fault}`,
        );
    }
}

const theDockerfile = { wrong: "foundation/Dockerfile does not build", remedy: "mend it" };

/** Where the configuration is to blame. What the Dockerfile's own steps print has a number before it. */
const causes = [
    {
        said: /^ERROR: no builder "/m,
        wrong: "the configured builder does not exist",
        remedy: "change it with `pulumi config set builder <value>`",
    },
    {
        said: /^ERROR: .*target stage ".*" could not be found/m,
        wrong: "the configured target is no stage of foundation/Dockerfile",
        remedy: "change it with `pulumi config set target <value>`",
    },
    {
        said: /^ERROR: Multi-platform build is not supported/m,
        wrong: "the configured builder can't build for several platforms",
        remedy: "choose another with `pulumi config set builder <value>`",
    },
];

/** The part of BuildKit's plain log that tells of the fault: from the rule above it to the end, or the last lines. */
function faultOf(log: readonly string[]): string {
    const rule = log.indexOf("------");
    return log.slice(rule === -1 ? -20 : rule).join("\n");
}

/** Begins an upload and takes it back: nothing less shows that a credential may push. */
async function tryUpload(
    { server, repository, username, password }: Inputs,
    { signal }: Context,
): Promise<void> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const registry = new RegistryClient(server, { username, password }, limited);
    const refused = (reason: string): Problem =>
        new Problem(
            `the foundation builds, but ${server} does not take a push to ${repository}: ${reason}; nothing was published or changed. See that the registry answers and that ${username} may push there, then run \`pulumi up\` again`,
        );
    let answer: Answer;
    try {
        answer = await registry.request("POST", `/v2/${repository}/blobs/uploads/`);
    } catch (error) {
        throw refused(error instanceof Error ? error.message : String(error));
    }
    const upload = answer.headers.get("location");
    if (answer.status !== 202 || upload === null) throw refused(`it answers ${answer.status}`);
    const { pathname, search } = new URL(upload, `https://${server}`);
    await registry.request("DELETE", `${pathname}${search}`);
}
