import * as fs from "node:fs";
import * as path from "node:path";
import { docker, DockerError } from "./docker.ts";
import { dockerConfigFolder } from "../oci/dockerLogin.ts";
import { ask, composeVersion } from "./ask.ts";

/** The buildx builder that Compose would build with. */
export interface Builder {
    readonly name: string;
    readonly driver: string;
}

/** That of the Docker engine itself, the only kind that sees the engine's images. */
const usualBuilder: Builder = { name: "default", driver: "docker" };

/**
 * The name of the engine's own builder. buildx gives it that of the current Docker context, whichever chose that
 * (`docker context use`, `DOCKER_CONTEXT`; with `DOCKER_HOST` it is `default`), and refuses it under any other.
 */
export async function engineBuilder(signal: AbortSignal): Promise<string> {
    return (await docker(["context", "inspect", "--format", "{{.Name}}"], { signal })).trim();
}

/**
 * The builder that Compose builds with.
 *
 * @param emitted the variables of the emitted `.env`, which choose the engine's builder in a Compose that heeds them.
 */
export async function currentBuilder(emitted: NodeJS.Dict<string> | undefined): Promise<Builder> {
    // Without builders of the user's own there are only those of Docker engines.
    if (!hasOwnBuilders()) return usualBuilder;
    const shell = process.env["BUILDX_BUILDER"];
    const builder = await inspectBuilder(shell);
    const outranked = shell !== undefined || process.env["BUILDX_CONFIG"] !== undefined;
    if (builder.driver === "docker" || outranked || emitted?.["BUILDX_CONFIG"] === undefined) return builder;
    return composeHeedsEnvFile(await composeVersion()) ? usualBuilder : builder;
}

/** Whether this Compose takes variables of others, such as buildx, from a `.env`; 2.39.3 is the first that doesn't. */
export function composeHeedsEnvFile(version: string): boolean {
    const [major = 0, minor = 0, patch = 0] = version
        .replace(/^v/, "")
        .split(/[.+~-]/)
        .map(Number);
    return major === 2 && (minor < 39 || (minor === 39 && patch < 3));
}

function hasOwnBuilders(): boolean {
    const home = process.env["BUILDX_CONFIG"] || path.join(dockerConfigFolder(), "buildx");
    try {
        return fs.readdirSync(path.join(home, "instances")).length > 0;
    } catch {
        return false;
    }
}

async function inspectBuilder(name: string | undefined): Promise<Builder> {
    try {
        // It asks the builder for its state, too, and waits where that is far away and silent.
        const text = await ask(["buildx", "inspect", ...(name === undefined ? [] : [name])]);
        const field = (label: string): string | undefined =>
            new RegExp(`^${label}:[ \\t]*(\\S+)`, "m").exec(text)?.[1];
        return { name: field("Name") ?? "default", driver: field("Driver") ?? "docker" };
    } catch (error) {
        if (error instanceof DockerError) return { name: name ?? "current", driver: "unknown" };
        throw error;
    }
}
