import { setTimeout as sleep } from "node:timers/promises";
import { readChallenge } from "../oci/challenge.ts";

export interface RegistryUser {
    readonly username: string;
    readonly password: string;
}

/** What came of a login: only a clear no is a refusal, everything else says nothing about the password. */
export type LoginAnswer = "accepted" | "refused" | { readonly silent: string };

/** Logs in to a registry the way `docker login` does: it is the registry that says whether a password is good. */
export async function login(server: string, user: RegistryUser, signal: AbortSignal): Promise<LoginAnswer> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    try {
        const door = await fetch(`https://${server}/v2/`, { signal: limited });
        const challenge = readChallenge(door.headers.get("www-authenticate") ?? "");
        if (door.status !== 401 || challenge?.kind !== "bearer") {
            return { silent: `https://${server}/v2/ answers ${door.status}` };
        }
        const url = new URL(challenge.realm);
        if (url.protocol !== "https:") return { silent: `${server} wants the password sent in the open` };
        url.searchParams.set("account", user.username);
        if (challenge.service !== undefined) url.searchParams.set("service", challenge.service);
        const basic = Buffer.from(`${user.username}:${user.password}`).toString("base64");
        const answer = await fetch(url, { headers: { authorization: `Basic ${basic}` }, signal: limited });
        if (answer.ok) return "accepted";
        return answer.status === 401 ? "refused" : { silent: `${url.host} answers ${answer.status}` };
    } catch (error) {
        // What went wrong on the network is one level down in fetch's errors.
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        return { silent: cause instanceof Error ? cause.message || cause.name : String(cause) };
    }
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
