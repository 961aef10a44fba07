import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer as createPlainServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { text } from "node:stream/consumers";
import type { Certificates } from "./certificates.ts";

/** The first byte of every connection that begins with TLS. */
const tlsHandshake = 0x16;

/** A request that has been read to its end. */
export interface Request {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
}

export interface Answer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON. */
    readonly body?: unknown;
}

/** What becomes of a request: an answer, a broken connection, or something that answered it already. */
export type Outcome = Answer | "drop" | "sent";

/** An answer that interrupts whatever was being done for a request. */
export class Refusal extends Error {
    readonly answer: Answer;

    constructor(answer: Answer) {
        super(`refused with ${answer.status}`);
        this.answer = answer;
    }
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<Outcome>;

export interface Server {
    /** `localhost:<port>`. */
    readonly host: string;
    /** Says who answers; until then nobody knows where to ask. */
    answerWith(listener: Listener): void;
    close(): Promise<void>;
}

/**
 * Listens for HTTPS on a free port of the loopback. Plain HTTP is sent to HTTPS: Docker's tools, to which every
 * registry on the loopback may be an insecure one, try it by themselves and would report only that it failed.
 */
export async function listen(certificates: Certificates): Promise<Server> {
    const secure = createSecureServer({
        key: certificates.key,
        cert: certificates.certificate,
        requestTimeout: 0,
    });
    const plain = createPlainServer((request, response) => {
        response.writeHead(308, { location: `https://${host}${request.url ?? "/"}` }).end();
    });
    const open = new Set<Socket>();
    const server = createTcpServer((socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket)).on("error", () => socket.destroy());
        socket.once("data", (start) => {
            socket.pause();
            socket.unshift(start);
            (start[0] === tlsHandshake ? secure : plain).emit("connection", socket);
            process.nextTick(() => socket.resume());
        });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    // Of itself it does not keep a test run from ending.
    server.unref();
    // A TCP server that listens has an address of this shape; only pipes have a string.
    const host = `localhost:${(server.address() as AddressInfo).port}`;
    return {
        host,
        answerWith(listener) {
            secure.on("request", (request, response) => {
                listener(request, response).then(
                    (outcome) => {
                        deliver(outcome, response);
                    },
                    (error: unknown) => {
                        fail(error, response);
                    },
                );
            });
        },
        async close() {
            const closed = once(server, "close");
            server.close();
            for (const socket of open) socket.destroy();
            await closed;
        },
    };
}

export async function read(request: IncomingMessage): Promise<Request> {
    const url = urlOf(request);
    return {
        method: request.method ?? "GET",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        text: await text(request),
    };
}

/** The parameters of a request, wherever its method puts them. */
export function parametersOf(request: Request): URLSearchParams {
    return request.method === "POST" ? new URLSearchParams(request.text) : request.query;
}

export function urlOf(request: IncomingMessage): URL {
    return new URL(request.url ?? "/", "https://localhost");
}

/** The credentials of an `Authorization` header of the given scheme. */
export function authorization(headers: IncomingHttpHeaders, scheme: string): string | undefined {
    const [given, credentials] = (headers.authorization ?? "").split(" ", 2);
    return given?.toLowerCase() === scheme.toLowerCase() ? credentials : undefined;
}

function deliver(outcome: Outcome, response: ServerResponse): void {
    if (outcome === "sent") return;
    if (outcome === "drop") {
        response.destroy();
        return;
    }
    const body = outcome.body === undefined ? undefined : JSON.stringify(outcome.body);
    response.writeHead(outcome.status, {
        ...(body !== undefined && { "content-type": "application/json; charset=utf-8" }),
        ...outcome.headers,
    });
    response.end(body);
}

function fail(error: unknown, response: ServerResponse): void {
    if (error instanceof Refusal) {
        deliver(error.answer, response);
        return;
    }
    response.destroy();
    // A bug of the fake fails the test that met it, rather than looking like a fault of Azure.
    queueMicrotask(() => {
        throw error;
    });
}
