import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, request as httpRequest } from "node:http";
import { pipeline } from "node:stream/promises";
import type { LoginServer } from "../arm/resourceManager.ts";
import type { Certificates } from "../certificates.ts";
import type { Call, Control } from "../control.ts";
import type { Outcome } from "../web.ts";
import { listen, parametersOf, read, urlOf } from "../web.ts";
import { Distribution } from "./distribution.ts";
import { disallowed, Tags } from "./tags.ts";
import type { TokenServerOptions } from "./tokenServer.ts";
import { TokenServer } from "./tokenServer.ts";

export interface LoginServerOptions extends Omit<TokenServerOptions, "host"> {
    readonly certificates: Certificates;
    readonly control: Control;
}

/** The data plane of a registry. The registry proper is started by the first request for a repository. */
export async function openLoginServer(options: LoginServerOptions): Promise<LoginServer> {
    const { certificates, control, signer } = options;
    const server = await listen(certificates);
    const { host } = server;
    const tokens = new TokenServer({ ...options, host });
    const tags = new Tags();
    const agent = new Agent({ keepAlive: true });
    let distribution: Promise<Distribution> | undefined;

    server.answerWith(async (request, response) => {
        const { pathname: path } = urlOf(request);
        const call = { method: request.method ?? "GET", path };
        switch (path) {
            case "/oauth2/exchange": {
                const whole = await read(request);
                return control.handle({ ...call, operation: "registry.exchange" }, () =>
                    tokens.exchange(whole),
                );
            }
            case "/oauth2/token": {
                const whole = await read(request);
                const scope = parametersOf(whole).getAll("scope");
                return control.handle({ ...call, operation: "registry.token", body: { scope } }, () =>
                    tokens.token(whole),
                );
            }
            case "/v2/": {
                const whole = await read(request);
                return control.handle({ ...call, operation: "registry.data" }, async () =>
                    (await tokens.isSignedIn(whole)) ? { status: 200, body: {} } : challenge(host),
                );
            }
            default: {
                const record: Call = { ...call, operation: "registry.data" };
                const [, repository, tag] = /^\/acr\/v1\/(.+)\/_tags(?:\/([^/]+))?$/.exec(path) ?? [];
                if (repository !== undefined) {
                    const whole = await read(request);
                    const action = call.method === "GET" ? "metadata_read" : "metadata_write";
                    return control.handle(record, async () => {
                        if (!(await tokens.mayDo(whole, repository, action))) {
                            return challenge(host, `repository:${repository}:${action}`);
                        }
                        if (call.method === "GET" && tag === undefined) return tags.list(repository);
                        if (call.method === "PATCH" && tag !== undefined) {
                            return tags.patch(repository, tag, whole.text);
                        }
                        return { status: 405 };
                    });
                }
                if (!path.startsWith("/v2/")) return { status: 404 };
                return control.handle(record, async () => {
                    const locked = tags.lockOn(call.method, path);
                    // Who may not is told that first.
                    if (locked && (await tokens.mayDo(request, locked.repository, locked.action))) {
                        return disallowed;
                    }
                    distribution ??= Distribution.start({ host, signer });
                    const { port } = await distribution;
                    const learn = (digest: string) => {
                        tags.learn(call.method, path, digest);
                    };
                    return forward(request, response, { agent, port, record, learn });
                });
            }
        }
    });

    return {
        host,
        async close() {
            await server.close();
            agent.destroy();
            await (await distribution)?.stop();
        },
    };
}

function challenge(host: string, scope?: string): Outcome {
    return {
        status: 401,
        headers: {
            "docker-distribution-api-version": "registry/2.0",
            "www-authenticate": `Bearer realm="https://${host}/oauth2/token",service="${host}"${scope === undefined ? "" : `,scope="${scope}"`}`,
        },
        body: { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] },
    };
}

/** Passes a request and its answer on as they come, however large they are. */
async function forward(
    request: IncomingMessage,
    response: ServerResponse,
    {
        agent,
        port,
        record,
        learn,
    }: { agent: Agent; port: number; record: Call; learn: (digest: string) => void },
): Promise<Outcome> {
    const { method, url: path, headers } = request;
    const onward = httpRequest({ agent, host: "127.0.0.1", port, method, path, headers });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
        onward.once("response", resolve).once("error", reject);
    });
    // A refusal may come before the body has been sent, so that is not waited for; its failure shows in the answer.
    pipeline(request, onward).catch(() => undefined);
    try {
        const { statusCode = 502, headers: answered } = await answer;
        record.status = statusCode;
        if (statusCode < 300) learn(String(answered["docker-content-digest"] ?? ""));
        response.writeHead(statusCode, answered);
        await pipeline(await answer, response);
        return "sent";
    } catch {
        // Either side went away in the middle; the other one is told in the same way.
        onward.destroy();
        return "drop";
    }
}
