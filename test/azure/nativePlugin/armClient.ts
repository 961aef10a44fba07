import { setTimeout as delay } from "node:timers/promises";
import type { Properties } from "./values.ts";
import { isObject } from "./values.ts";

const retried = [408, 429, 500, 502, 503, 504];
const attempts = 4;
// The real plugin waits 20 s before a retry and 10 s between polls when it is not told how long.
const retryDelay = 200;
const pollDelay = 100;
// The real plugin polls for the custom timeout, two hours by default; Node's plugin server does not pass it on.
const pollTimeout = 20_000;

export class ArmFailure extends Error {
    readonly status: number;

    constructor(status: number, body: unknown) {
        const error = isObject(body) && isObject(body["error"]) ? body["error"] : {};
        super(`Status=${status} Code="${String(error["code"])}" Message="${String(error["message"])}"`);
        this.status = status;
    }
}

/** A request was accepted, but what it started did not come to a good end. */
export class UnfinishedError extends Error {}

interface Reply {
    readonly status: number;
    readonly headers: Headers;
    readonly body: unknown;
}

/** Azure Resource Manager the way the real plugin talks to it. */
export class ArmClient {
    readonly #origin: string;
    readonly #token: () => Promise<string>;
    readonly #signal: AbortSignal;

    constructor(origin: string, token: () => Promise<string>, signal: AbortSignal) {
        this.#origin = origin;
        this.#token = token;
        this.#signal = signal;
    }

    /** Undefined when there is no such resource. */
    async get(path: string, apiVersion: string): Promise<Properties | undefined> {
        const reply = await this.#send("GET", this.#url(path, apiVersion));
        if (reply.status === 404) return undefined;
        return succeeded(reply).body as Properties;
    }

    async put(path: string, apiVersion: string, body: Properties): Promise<Properties> {
        const url = this.#url(path, apiVersion);
        const reply = succeeded(await this.#send("PUT", url, body));
        if (!(await this.#finish(reply))) return reply.body as Properties;
        // What took its time is read once more by the poller, and has to be there.
        const found = await this.#send("GET", url);
        if (found.status >= 400) throw new UnfinishedError(new ArmFailure(found.status, found.body).message);
        return found.body as Properties;
    }

    async delete(path: string, apiVersion: string): Promise<void> {
        const reply = await this.#send("DELETE", this.#url(path, apiVersion));
        if (reply.status !== 404) await this.#finish(succeeded(reply));
    }

    /** Polls what is still under way; false when nothing was. */
    async #finish(first: Reply): Promise<boolean> {
        const status = first.headers.get("azure-asyncoperation");
        const location = first.status === 202 ? first.headers.get("location") : null;
        const url = status ?? location;
        if (url === null) return false;
        const deadline = Date.now() + pollTimeout;
        for (let reply = first; ;) {
            await this.#wait(waitOf(reply) ?? pollDelay);
            reply = await this.#send("GET", url);
            if (reply.status >= 400)
                throw new UnfinishedError(new ArmFailure(reply.status, reply.body).message);
            const state = status === null || !isObject(reply.body) ? undefined : reply.body["status"];
            if (state === "Failed" || state === "Canceled")
                throw new UnfinishedError(`the operation has ${state.toLowerCase()}`);
            if (status === null ? reply.status !== 202 : state === "Succeeded") return true;
            if (Date.now() > deadline) throw new UnfinishedError("context deadline exceeded");
        }
    }

    async #send(method: string, url: string, body?: Properties): Promise<Reply> {
        for (let attempt = 1; ; attempt += 1) {
            const last = attempt === attempts;
            try {
                const response = await fetch(url, {
                    method,
                    signal: this.#signal,
                    headers: {
                        authorization: `Bearer ${await this.#token()}`,
                        accept: "application/json",
                        ...(body && { "content-type": "application/json; charset=utf-8" }),
                    },
                    ...(body && { body: JSON.stringify(body) }),
                });
                const text = await response.text();
                const reply = {
                    status: response.status,
                    headers: response.headers,
                    body: text ? (JSON.parse(text) as unknown) : undefined,
                };
                if (last || !isWorthRetrying(reply)) return reply;
                await this.#wait(waitOf(reply) ?? retryDelay);
            } catch (error) {
                if (last || this.#signal.aborted) throw error;
                await this.#wait(retryDelay);
            }
        }
    }

    #url(path: string, apiVersion: string): string {
        return `${this.#origin}${encodeURI(path)}?api-version=${apiVersion}`;
    }

    async #wait(milliseconds: number): Promise<void> {
        await delay(milliseconds, undefined, { signal: this.#signal });
    }
}

function succeeded(reply: Reply): Reply {
    if (reply.status >= 400) throw new ArmFailure(reply.status, reply.body);
    return reply;
}

function isWorthRetrying({ status, body }: Reply): boolean {
    if (retried.includes(status)) return true;
    const error = isObject(body) && isObject(body["error"]) ? body["error"] : {};
    return status === 409 && error["code"] === "AnotherOperationInProgress";
}

/** How long an answer asks to wait, in milliseconds. */
function waitOf({ headers }: Reply): number | undefined {
    const milliseconds = Number(headers.get("retry-after-ms"));
    const seconds = Number(headers.get("retry-after"));
    return milliseconds || seconds * 1000 || undefined;
}
