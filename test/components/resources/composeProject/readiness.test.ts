import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { untilReady, type Readiness } from "../../../../components/resources/composeProject/readiness.ts";

const authorization = `Basic ${Buffer.from("puller:sesame").toString("base64")}`;

describe("untilReady", () => {
    const servers: http.Server[] = [];
    const { signal } = new AbortController();

    /** Serves on one loopback address; the same port as the server before, if wanted. */
    async function serve(answer: http.RequestListener, address = "127.0.0.1", port = 0): Promise<number> {
        const server = http.createServer(answer);
        servers.push(server);
        await new Promise<void>((resolve, reject) => {
            server.once("error", reject);
            server.listen(port, address, resolve);
        });
        return (server.address() as AddressInfo).port;
    }

    function ours(request: http.IncomingMessage, response: http.ServerResponse): void {
        response.writeHead(request.headers.authorization === authorization ? 200 : 401).end();
    }

    function service(port: number, place = `localhost:${port}/v2/`): Readiness {
        return { url: `http://${place}`, username: "puller", password: "sesame" };
    }

    /** How often a service is asked that never answers right, where each answer takes so many seconds. */
    async function asksUntilGivenUp(seconds: number, answer: http.RequestListener): Promise<number> {
        let asks = 0;
        let now = 0;
        const port = await serve((request, response) => {
            asks += 1;
            now += seconds * 1000;
            answer(request, response);
        });
        const clock = Object.getOwnPropertyDescriptor(performance, "now");
        Object.defineProperty(performance, "now", { value: () => now, configurable: true });
        try {
            await untilReady([service(port, `127.0.0.1:${port}/v2/`)], signal).catch(() => undefined);
        } finally {
            if (clock === undefined) Reflect.deleteProperty(performance, "now");
            else Object.defineProperty(performance, "now", clock);
        }
        return asks;
    }

    async function faultOf(port: number): Promise<string> {
        return untilReady([service(port)], signal, { silent: 0.3, wrong: 0.1 }).then(
            () => "none",
            (error: unknown) => (error instanceof Error ? error.message : ""),
        );
    }

    afterEach(() => {
        for (const server of servers.splice(0)) server.close();
    });

    it("accepts a service that answers right on one address", async () => {
        expect(await faultOf(await serve(ours))).to.equal("none");
    });

    it("waits for a service that is not there yet", async () => {
        const port = await serve(ours);
        servers.pop()?.close();
        const ready = untilReady([service(port)], signal);
        setTimeout(() => void serve(ours, "127.0.0.1", port), 200);
        await ready;
    });

    it("gives each service its time, however long the one before has taken", async () => {
        const from = performance.now();
        const after = (milliseconds: number, before: http.RequestListener): http.RequestListener => {
            return (...args) => {
                (performance.now() - from < milliseconds ? before : ours)(...args);
            };
        };
        const late = await serve(after(400, ({ socket }) => socket.destroy()));
        const wrong = await serve(after(600, (_request, response) => response.writeHead(503).end()));
        const both = [late, wrong].map((port) => service(port, `127.0.0.1:${port}/v2/`));
        await untilReady(both, signal, { silent: 5, wrong: 0.35 });
    });

    it("says that nothing answers", async () => {
        const port = await serve(ours);
        servers.pop()?.close();
        expect(await faultOf(port)).to.match(/^localhost:\d+ does not answer: .*ECONNREFUSED/);
    });

    it("says that nothing answers in time where somebody listens and is silent", async () => {
        const port = await serve(() => undefined);
        const silent = service(port, `127.0.0.1:${port}/v2/`);
        const fault = await untilReady([silent], signal, { silent: 0.3, wrong: 0.1 }).catch(String);
        for (const server of servers) server.closeAllConnections();
        expect(fault).to.equal(`Problem: 127.0.0.1:${port} does not answer: no answer within 2 seconds`);
    });

    it("has no text in what it says that the engine knows as a secret, and would take out", async () => {
        const port = await serve(ours);
        servers.pop()?.close();
        const fault = await faultOf(port);
        for (const text of Object.values(service(port))) expect(fault).not.to.include(text);
    });

    it("takes nobody for ours who lets everyone in, and tells them no password", async () => {
        const told: (string | undefined)[] = [];
        const port = await serve((request, response) => {
            told.push(request.headers.authorization);
            response.writeHead(200).end();
        });
        expect(await faultOf(port)).to.equal(
            `http://127.0.0.1:${port}/v2/ answers 200, expected 401 without a password and 200 with it: ` +
                "something else has that port; stop it, or choose another port",
        );
        expect(new Set(told)).to.deep.equal(new Set([undefined]));
    });

    for (const [title, seconds, answer, asks] of [
        ["ten seconds to a wrong answer", 5, (_request, response) => response.writeHead(503).end(), 3],
        ["a minute to silence", 30, ({ socket }) => socket.destroy(), 3],
    ] satisfies [string, number, http.RequestListener, number][]) {
        it(`gives ${title}`, async () => {
            expect(await asksUntilGivenUp(seconds, answer)).to.equal(asks);
        });
    }

    it("asks another host than localhost by its own name alone", async () => {
        const asked: string[] = [];
        const port = await serve((request, response) => {
            asked.push(`${request.headers.host}${request.url}`);
            ours(request, response);
        });
        const place = `127.0.0.1:${port}/localhost/v2/`;
        await untilReady([service(port, place)], signal);
        expect(asked).to.deep.equal([place, place]);
    });

    it("takes a whole answer, for a connection that is left half read stays open", async () => {
        let whole = Promise.resolve(false);
        const port = await serve((request, response) => {
            whole = new Promise((resolve) => {
                response.on("close", () => {
                    resolve(response.writableFinished);
                });
            });
            response.writeHead(request.headers.authorization === authorization ? 200 : 401);
            response.end(Buffer.alloc(2 ** 24));
        });
        await untilReady([service(port)], signal);
        expect(await whole).to.equal(true);
    });

    it("takes nobody for ours who does not know the password", async () => {
        const port = await serve((_request, response) => response.writeHead(401).end());
        expect(await faultOf(port)).to.match(
            /answers 401, expected .* 200 with it: something else has that port/,
        );
    });

    it("finds a stranger on the other loopback address", async function () {
        const port = await serve(ours);
        await serve((_request, response) => response.writeHead(403).end(), "::1", port).catch(() =>
            this.skip(),
        );
        expect(await faultOf(port)).to.match(/^http:\/\/\[::1\]:\d+\/v2\/ answers 403/);
    });

    it("stops when the user interrupts", async () => {
        const port = await serve(ours);
        servers.pop()?.close();
        const interrupted = new AbortController();
        const ready = untilReady([service(port)], interrupted.signal);
        setTimeout(() => {
            interrupted.abort();
        }, 50);
        expect(await ready.catch(String)).to.match(/interrupted/);
    });
});
