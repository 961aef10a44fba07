import type { RegistryClient } from "../oci/client.ts";
import type { Answer } from "../oci/transport.ts";

/**
 * Locks a tag of an Azure Container Registry, so that nobody can move or delete it, or unlocks it again. Azure's own API
 * for that, of its registries' data plane, is what `az acr repository update --write-enabled` uses.
 *
 * @returns what the registry answers; 404 where there is no such tag.
 * @throws LoginRefused when the login gets no token for it.
 */
export async function setTagLock(
    client: RegistryClient,
    repository: string,
    tag: string,
    locked: boolean,
): Promise<Answer> {
    const body = JSON.stringify({ writeEnabled: !locked });
    const path = `/acr/v1/${repository}/_tags/${tag}`;
    return client.request("PATCH", path, "application/json", { type: "application/json", body });
}
