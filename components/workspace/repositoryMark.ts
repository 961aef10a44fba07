import { createHash } from "node:crypto";
import type { FoundationConfig } from "../config.ts";

/**
 * What tells the Compose projects of this repository from those of others on the same Docker engine: six hexadecimal
 * digits, the same in every clone. Two repositories may both keep the project's first name, but hardly share a registry
 * and a repository in it as well: each would publish over the other's foundation.
 *
 * @param project the Pulumi project's name.
 */
export function repositoryMark(
    project: string,
    { registry, registryName, pullPort, repository }: FoundationConfig,
): string {
    const home = registry === "local" ? `localhost:${pullPort}` : registryName;
    return createHash("sha256")
        .update(JSON.stringify([project, home, repository]))
        .digest("hex")
        .slice(0, 6);
}
