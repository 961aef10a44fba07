import type { OutgoingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { http } from "../../http.ts";
import { Problem, type ProblemParts } from "../../problem.ts";

/** How to see that a service of ours answers. */
export interface Readiness {
    /** Has to answer 200 with the credential, and 401 without: so it is not somebody else who answers. */
    readonly url: string;
    readonly username: string;
    /** Secret. */
    readonly password: string;
}

/** How long to wait, in seconds: for any answer at all, and for a wrong one to become right. */
export interface Patience {
    readonly silent: number;
    readonly wrong: number;
}

/** Returns when each of the services answers as it has to; a `Problem` when they don't in time. */
export async function untilReady(
    services: readonly Readiness[],
    signal: AbortSignal,
    patience: Patience = { silent: 60, wrong: 10 },
): Promise<void> {
    for (const service of services) {
        // Of each by itself, for it may have taken long until the one before was there.
        const start = performance.now();
        for (;;) {
            const fault = await faultOf(service);
            if (fault === undefined) break;
            if (signal.aborted) throw new Problem({ wrong: "interrupted" });
            const waited = (performance.now() - start) / 1000;
            if (waited > (fault.answered ? patience.wrong : patience.silent)) throw new Problem(fault.parts);
            await sleep(100);
        }
    }
}

async function faultOf(service: Readiness): Promise<{ answered: boolean; parts: ProblemParts } | undefined> {
    const authorization = `Basic ${Buffer.from(`${service.username}:${service.password}`).toString("base64")}`;
    // The URL as a whole is in a secret, as the password is, and would be told as one.
    const { host } = new URL(service.url);
    let ready = false;
    let silence = "";
    for (const url of addresses(service.url)) {
        const without = await ask(url, {});
        const answer = without === 401 ? await ask(url, { authorization }) : without;
        if (answer === 200 && without === 401) ready = true;
        else if (typeof answer === "string") silence ||= `${host} does not answer: ${answer}`;
        else {
            const parts = {
                wrong: `${url} answers ${answer}, expected 401 without a password and 200 with it: something else has that port`,
                remedy: "stop it, or choose another port",
            };
            return { answered: true, parts };
        }
    }
    return ready ? undefined : { answered: false, parts: { wrong: silence } };
}

/** Docker may take `localhost` for either address, so a stranger on one of them would get its requests. */
function addresses(url: string): string[] {
    if (new URL(url).hostname !== "localhost") return [url];
    return ["127.0.0.1", "[::1]"].map((address) => url.replace("localhost", address));
}

/**
 * The status of the answer, or why there is none. (Not with fetch: that refuses ports such as 5060, and may go
 * through a proxy.)
 */
function ask(url: string, headers: OutgoingHttpHeaders): Promise<number | string> {
    return new Promise((resolve) => {
        const request = http.get(url, { agent: false, headers, timeout: 2000 }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
        });
        request.on("timeout", () => request.destroy(new Error("no answer within 2 seconds")));
        request.on("error", (error) => {
            resolve(error.message);
        });
    });
}
