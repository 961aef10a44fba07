import { createHash } from "node:crypto";
import { mainImage, type FoundationConfig } from "../config.ts";

/**
 * What tells the Compose projects of this repository from those of others on the same Docker engine: six hexadecimal
 * digits, the same in every clone. Two repositories may both keep the project's first name, but hardly share a registry
 * and a repository in it as well: each would publish over the other's foundation.
 *
 * @param project the Pulumi project's name.
 */
export function repositoryMark(project: string, config: FoundationConfig): string {
    const { registry, registryName, pullPort, server } = config;
    const { repository } = mainImage(config);
    const home = { local: `localhost:${pullPort}`, azure: registryName, existing: server }[registry];
    return markOf(JSON.stringify([project, home, repository]));
}

/** Six hexadecimal digits that tell one text from others. */
export function markOf(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 6);
}
