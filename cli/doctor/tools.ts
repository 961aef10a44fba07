import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as v from "valibot";
import type { FoundationConfig } from "../../components/config.ts";
import { Problem } from "../../components/problem.ts";
import { DockerError } from "../../components/docker/docker.ts";
import { isAtLeast, PROVIDERS } from "../../components/versions.js";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { minimumCompose, readServices } from "../../components/workspace/services.ts";
import { pulumiJson } from "../pulumi/run.ts";
import { buildx, compose, engine, newerOne, pulumiOf, type Tool } from "../tools.ts";
import { fail, failed, ok, warn, type Check, type Outcome } from "./check.ts";

/** What everybody needs, and what only those who publish do. */
export function toolChecks(
    clone: Clone,
    manifest: Manifest | Problem,
    config: FoundationConfig | Problem,
): readonly Check[] {
    return [
        {
            title: "Docker engine",
            look: () =>
                checkTool(
                    engine,
                    "see whether `docker version` works by itself; DOCKER_HOST, the Docker context or a proxy may lead elsewhere",
                ),
        },
        { title: "Docker buildx", look: () => checkTool(buildx) },
        {
            title: "Docker Compose",
            look: () => {
                const minimum = minimumCompose(manifest instanceof Problem ? [] : readServices(clone));
                return checkTool({ ...compose, minimum });
            },
        },
        // The launcher has refused an older one already.
        { title: "Node", look: () => ok(process.versions.node) },
        ...(clone.ownProject === undefined ? [] : publishingChecks(clone.ownProject, config)),
    ];
}

function publishingChecks(project: string, config: FoundationConfig | Problem): readonly Check[] {
    return [
        { title: "Pulumi", look: () => publishing(() => checkVersion(pulumiOf(project), warn)) },
        { title: "Pulumi plugins", look: () => publishing(() => plugins(project, config)) },
    ];
}

/** @param failing what to do when it can't be asked; by default the same as for one that is too old. */
async function checkTool(tool: Tool, failing = newerOne(tool)): Promise<Outcome> {
    try {
        return await checkVersion(tool, fail);
    } catch (error) {
        // What Docker itself said; it has no remedy in it.
        if (error instanceof DockerError) return fail(error.message.split("\n")[0] ?? "", failing);
        throw error;
    }
}

async function checkVersion(tool: Tool, older: typeof fail): Promise<Outcome> {
    const version = await tool.version();
    return isAtLeast(version, tool.minimum)
        ? ok(version)
        : older(`${version} is older than ${tool.minimum}`, newerOne(tool));
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

const Plugins = v.array(v.object({ name: v.string(), version: v.optional(v.string()) }));

async function plugins(project: string, config: FoundationConfig | Problem): Promise<Outcome> {
    const installed = await pulumiJson(project, ["plugin", "ls", "--json"], Plugins);
    const wanted = wantedPlugins(config).map((name) => ({
        name,
        version: installedVersion(project, `@pulumi/${name}`) ?? PROVIDERS[name],
    }));
    const missing = wanted.filter(
        (plugin) =>
            !installed.some(({ name, version }) => name === plugin.name && version === plugin.version),
    );
    const list = (plugins: typeof wanted) =>
        plugins.map(({ name, version }) => `${name} ${version}`).join(", ");
    if (missing.length === 0) return ok(wanted.length === 0 ? "none is needed" : list(wanted));
    return warn(
        `not installed: ${list(missing)} (needed only to publish)`,
        missing
            .map(({ name, version }) => `\`pulumi plugin install resource ${name} ${version}\``)
            .join(", "),
    );
}

/** The version of the project's own package, whose plugin is the one that Pulumi looks for. */
function installedVersion(project: string, name: string): string | undefined {
    try {
        const file = createRequire(path.join(project, "index.ts")).resolve(`${name}/package.json`);
        return v.parse(v.object({ version: v.string() }), JSON.parse(fs.readFileSync(file, "utf8"))).version;
    } catch {
        return undefined;
    }
}

/** Those of the builder and the registry that are chosen. */
function wantedPlugins(config: FoundationConfig | Problem): readonly (keyof typeof PROVIDERS)[] {
    const { imageProvider, registry } =
        config instanceof Problem ? ({ imageProvider: "buildx", registry: "local" } as const) : config;
    return [
        ...(imageProvider === "docker" ? (["docker"] as const) : []),
        ...(registry === "azure" ? (["azure-native"] as const) : []),
    ];
}
