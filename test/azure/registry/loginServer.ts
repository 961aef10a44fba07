import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, request as httpRequest } from "node:http";
import { pipeline } from "node:stream/promises";
import type { LoginServer } from "../arm/resourceManager.ts";
import type { Certificates } from "../certificates.ts";
import type { Call, Control } from "../control.ts";
import type { Outcome } from "../web.ts";
import { listen, parametersOf, read, urlOf } from "../web.ts";
import { Distribution } from "./distribution.ts";
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
                if (!path.startsWith("/v2/")) return { status: 404 };
                const record: Call = { ...call, operation: "registry.data" };
                return control.handle(record, async () => {
                    distribution ??= Distribution.start({ host, signer });
                    const { port } = await distribution;
                    return forward(request, response, { agent, port, record });
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

function challenge(host: string): Outcome {
    return {
        status: 401,
        headers: {
            "docker-distribution-api-version": "registry/2.0",
            "www-authenticate": `Bearer realm="https://${host}/oauth2/token",service="${host}"`,
        },
        body: { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] },
    };
}

/** Passes a request and its answer on as they come, however large they are. */
async function forward(
    request: IncomingMessage,
    response: ServerResponse,
    { agent, port, record }: { agent: Agent; port: number; record: Call },
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
        response.writeHead(statusCode, answered);
        await pipeline(await answer, response);
        return "sent";
    } catch {
        // Either side went away in the middle; the other one is told in the same way.
        onward.destroy();
        return "drop";
    }
}
