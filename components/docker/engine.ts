import { mustAnswer } from "./ask.ts";

/**
 * What the engine's API answers to each path, as JSON; undefined where it says no. There are questions that the command
 * line takes one at a time, and a process for each of 200 apps would take seconds: here it only carries all of them to
 * the engine, wherever the current context has that.
 */
export async function askEngine(paths: readonly string[]): Promise<readonly unknown[]> {
    if (paths.length === 0) return [];
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: docker\r\n\r\n`);
    // After this one the engine hangs up.
    const last = "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";
    const text = await mustAnswer(["system", "dial-stdio"], `${requests.join("")}${last}`);
    return readResponses(Buffer.from(text))
        .slice(0, paths.length)
        .map(({ status, body }) => (status === 200 ? (JSON.parse(body) as unknown) : undefined));
}

/** The responses on one connection (RFC 9112), in which a length is in bytes. */
export function readResponses(answer: Buffer): readonly { readonly status: number; readonly body: string }[] {
    const responses: { status: number; body: string }[] = [];
    let at = 0;
    const line = (): string => {
        const end = answer.indexOf("\r\n", at);
        const text = answer.toString("utf8", at, end === -1 ? answer.length : end);
        at = end === -1 ? answer.length : end + 2;
        return text;
    };
    const take = (length: number): Buffer => answer.subarray(at, (at += length));
    while (at < answer.length) {
        const status = Number(line().split(" ")[1]);
        const headers = new Map<string, string>();
        for (let header = line(); header !== ""; header = line()) {
            const [name = "", value = ""] = header.split(/:\s*/, 2);
            headers.set(name.toLowerCase(), value.toLowerCase());
        }
        const parts: Buffer[] = [];
        if (headers.get("transfer-encoding") === "chunked") {
            for (let size = parseInt(line(), 16); size > 0; size = parseInt(line(), 16)) {
                parts.push(take(size));
                line();
            }
            line();
        } else {
            parts.push(take(Number(headers.get("content-length") ?? 0)));
        }
        responses.push({ status, body: Buffer.concat(parts).toString("utf8") });
    }
    return responses;
}
