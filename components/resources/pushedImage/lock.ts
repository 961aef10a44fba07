import { setTagLock } from "../../azure/tagLock.ts";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../oci/client.ts";
import { loginOf } from "../../oci/credentials.ts";
import type { Context } from "../resource.ts";
import type { Inputs } from "./pushedImage.ts";

/**
 * Locks the image's own tag, or unlocks it for a push. It is asked of by whoever pushes.
 *
 * @returns why that can't be done; undefined when it is, or there is no such tag to unlock.
 */
export async function setLock(
    inputs: Inputs,
    locked: boolean,
    { signal }: Context,
): Promise<string | undefined> {
    const { pushServer, repository, tag, pushUsername, pushPassword } = inputs;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const client = new RegistryClient(pushServer, loginOf(pushUsername, pushPassword), limited);
    try {
        const { ok, status } = await setTagLock(client, repository, tag, locked);
        return ok || (status === 404 && !locked) ? undefined : `${pushServer} answers with ${status}`;
    } catch (error) {
        if (error instanceof RegistrySilent || error instanceof LoginRefused) return error.message;
        throw error;
    }
}
