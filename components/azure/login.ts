import { setTimeout as sleep } from "node:timers/promises";
import { RegistryClient, type LoginAnswer } from "../oci/client.ts";
import type { PasswordLogin } from "../oci/dockerLogin.ts";

/** For one try. */
const loginPatienceMs = 10_000;

/** Whether a registry lets a user in: it is the registry that says whether a password is good. */
export function login(server: string, user: PasswordLogin, signal: AbortSignal): Promise<LoginAnswer> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(loginPatienceMs)]);
    return new RegistryClient(server, user, limited).checkLogin();
}

/**
 * Tries until something works, each time after a longer pause, and gives the last result in any case. A regenerated
 * password takes a minute to reach the registry, and the name of a new registry takes its time to reach everybody.
 */
export async function patiently<T>(
    attempt: () => Promise<T>,
    good: (result: T) => boolean,
    seconds: number,
    signal: AbortSignal,
): Promise<T> {
    const deadline = performance.now() + seconds * 1000;
    for (let pause = 500; ; pause = Math.min(pause * 2, 10_000)) {
        const result = await attempt();
        if (good(result) || signal.aborted || performance.now() + pause > deadline) return result;
        // An interruption is seen above.
        await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
}
