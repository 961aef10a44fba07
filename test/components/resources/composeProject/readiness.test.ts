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

    function service(port: number): Readiness {
        return { url: `http://localhost:${port}/v2/`, username: "puller", password: "sesame" };
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

    it("says that nothing answers", async () => {
        const port = await serve(ours);
        servers.pop()?.close();
        expect(await faultOf(port)).to.match(/^http:\/\/localhost:\d+\/v2\/ does not answer: .*ECONNREFUSED/);
    });

    it("takes nobody for ours who lets everyone in", async () => {
        const port = await serve((_request, response) => response.writeHead(200).end());
        expect(await faultOf(port)).to.match(/answers 200, expected 401 without a password/);
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
