import { docker } from "./docker.ts";

/**
 * The engine's own builder. buildx gives it the name of the current Docker context, whichever chose that
 * (`docker context use`, `DOCKER_CONTEXT`; with `DOCKER_HOST` it is `default`), and refuses it under any other name.
 */
export async function engineBuilder(signal: AbortSignal): Promise<string> {
    return (await docker(["context", "inspect", "--format", "{{.Name}}"], { signal })).trim();
}
