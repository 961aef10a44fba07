import { Problem } from "../../problem.ts";
import { DockerError } from "../../provider/docker.ts";
import {
    dependencyVersion,
    isAtLeast,
    MINIMUM_BUILDX,
    MINIMUM_ENGINE,
    MINIMUM_PULUMI,
} from "../../toolchain/versions.js";
import { appFolders, minimumCompose, readWorkspace } from "../checkout/emitted.ts";
import { ask } from "../docker/ask.ts";
import { pulumi } from "../pulumi/run.ts";
import { fail, failed, ok, warn, type Check, type Outcome } from "./check.ts";

/** What everybody needs, and what only those who publish do. */
export function toolChecks(root: string): readonly Check[] {
    return [
        {
            title: "Docker engine",
            look: () =>
                tool(MINIMUM_ENGINE, "install a newer one: https://docs.docker.com/engine/install/", () =>
                    ask(["version", "--format", "{{.Server.Version}}"]),
                ),
        },
        {
            title: "Docker buildx",
            look: () =>
                tool(
                    MINIMUM_BUILDX,
                    "install a newer one: https://github.com/docker/buildx#installing",
                    async () => ((await ask(["buildx", "version"])).split(" ")[1] ?? "").trim(),
                ),
        },
        {
            title: "Docker Compose",
            look: () =>
                tool(
                    minimumCompose(appFolders(root).map((folder) => readWorkspace(root, folder))),
                    "install a newer one: https://docs.docker.com/compose/install/",
                    () => ask(["compose", "version", "--short"]),
                ),
        },
        // The launcher has refused an older one already.
        { title: "Node", look: () => Promise.resolve(ok(process.versions.node)) },
        { title: "Pulumi", look: () => publishing(() => pulumiVersion(root)) },
        { title: "Pulumi plugins", look: () => publishing(() => plugins(root)) },
    ];
}

async function tool(minimum: string, remedy: string, read: () => Promise<string>): Promise<Outcome> {
    try {
        const version = (await read()).trim();
        return isAtLeast(version, minimum)
            ? ok(version)
            : fail(`${version} is older than ${minimum}`, remedy);
    } catch (error) {
        if (error instanceof Problem) return failed(error);
        if (error instanceof DockerError) return fail(error.message.split("\n")[0] ?? "", remedy);
        throw error;
    }
}

/** Those who only work on apps can do without. */
async function publishing(look: () => Promise<Outcome>): Promise<Outcome> {
    try {
        return await look();
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const { detail, remedy } = failed(error);
        return warn(`${detail} (needed only to publish)`, remedy ?? "");
    }
}

async function pulumiVersion(root: string): Promise<Outcome> {
    const version = (await pulumi(root, ["version"])).trim();
    return isAtLeast(version, MINIMUM_PULUMI)
        ? ok(version)
        : warn(
              `${version} is older than ${MINIMUM_PULUMI}`,
              "install a newer one: https://www.pulumi.com/docs/install/",
          );
}

async function plugins(root: string): Promise<Outcome> {
    const installed = JSON.parse(await pulumi(root, ["plugin", "ls", "--json"])) as readonly {
        readonly name: string;
        readonly version?: string;
    }[];
    const wanted = dependencyVersion("@pulumi/docker-build");
    if (installed.some(({ name, version }) => name === "docker-build" && version === wanted)) {
        return ok(`docker-build ${wanted}`);
    }
    return warn(
        `docker-build ${wanted} is not installed (needed only to publish)`,
        "`npm start` brings it, or `pulumi plugin install`",
    );
}
