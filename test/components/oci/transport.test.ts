import { once } from "node:events";
import * as fs from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { TLSSocket } from "node:tls";
import { expect } from "chai";
import { execa } from "execa";
import { ask } from "../../../components/oci/transport.ts";
import { issueCertificates } from "../../azure/certificates.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { servers } from "../../support/servers.ts";
import { withEnvironment } from "../../toolchain/support.ts";

/** Has an agent connect to another port than the one that is asked for. */
function detour<Agent extends http.Agent>(agent: Agent, port: number): Agent {
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) =>
        connect({ ...options, host: "127.0.0.1", port }, callback);
    return agent;
}

const soon = (): AbortSignal => AbortSignal.timeout(30_000);

describe("a question to a registry", function () {
    this.timeout(60_000);
    const serve = servers();
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    /** What a server sees that sends the first question to another of its paths. */
    async function redirected(status: number, method: string, location?: string) {
        const seen: string[] = [];
        const server = await serve((request, response) => {
            let body = "";
            request.on("data", (data: Buffer) => (body += data.toString()));
            request.on("end", () => {
                const { authorization } = request.headers;
                seen.push([request.method, request.url, authorization, body].filter(Boolean).join(" "));
                if (seen.length > 1) response.end();
                else response.writeHead(status, location === undefined ? {} : { location }).end();
            });
        });
        const answer = await ask(
            {
                method,
                url: new URL(`http://${server}/a`),
                headers: { authorization: "login" },
                ...(method === "POST" && { body: "text" }),
            },
            soon(),
        );
        return { seen, status: answer.status, at: answer.url.pathname };
    }

    for (const status of [301, 302, 303, 307, 308]) {
        it(`that only reads goes on where the answer is ${status}, with the login to the same host`, async () => {
            for (const method of ["GET", "HEAD"]) {
                expect(await redirected(status, method, "/b")).to.deep.equal({
                    seen: [`${method} /a login`, `${method} /b login`],
                    status: 200,
                    at: "/b",
                });
            }
        });
    }

    it("that changes something goes on with all that it brings, and only where it may stay what it is", async () => {
        for (const status of [307, 308]) {
            expect((await redirected(status, "POST", "/b")).seen).to.deep.equal([
                "POST /a login text",
                "POST /b login text",
            ]);
        }
        for (const status of [301, 302, 303]) {
            expect((await redirected(status, "POST", "/b")).seen).to.deep.equal(["POST /a login text"]);
        }
    });

    it("that brings something goes on to no other host, as it may bring a login", async () => {
        const seen: string[] = [];
        const stranger = await serve((request, response) => {
            seen.push(request.method ?? "");
            response.end();
        });
        for (const [method, body] of [
            ["POST", "grant_type=refresh_token&refresh_token=secret"],
            ["GET", undefined],
        ] as const) {
            const location = `http://${stranger}/`;
            const server = await serve((_, response) => response.writeHead(307, { location }).end());
            const question = { method, url: new URL(`http://${server}/`), headers: {} };
            const { status } = await ask({ ...question, ...(body !== undefined && { body }) }, soon());
            expect(status, method).to.equal(body === undefined ? 200 : 307);
        }
        expect(seen).to.deep.equal(["GET"]);
    });

    it("leaves the login behind on the way to the same host without TLS", async () => {
        const certificates = await issueCertificates(folder());
        const { key, certificate } = certificates;
        const location = "http://localhost/";
        const safe = https.createServer({ key, cert: certificate }, (_, response) => {
            response.writeHead(307, { location }).end();
        });
        const seen: (string | undefined)[] = [];
        const open = await serve((request, response) => {
            seen.push(request.headers.authorization);
            response.end();
        });
        const usual = [http.globalAgent, https.globalAgent] as const;
        try {
            await once(safe.listen(0, "127.0.0.1"), "listening");
            // Both have the port that belongs to the protocol, which is in neither address.
            http.globalAgent = detour(new http.Agent(), Number(open.split(":")[1]));
            https.globalAgent = detour(new https.Agent(), (safe.address() as AddressInfo).port);
            const headers = { authorization: "login" };
            const answer = await ask({ method: "GET", url: new URL("https://localhost/"), headers }, soon());
            expect(answer.url.href).to.equal(location);
            expect(seen).to.deep.equal([undefined]);
        } finally {
            [http.globalAgent, https.globalAgent] = usual;
            certificates.distrust();
            safe.close().closeAllConnections();
        }
    });

    it("goes straight to loopback, also where Node itself is told to use the proxy", async () => {
        const server = await serve((_, response) => response.end("here"));
        const program = `
            import { ask } from "./components/oci/transport.ts";
            const question = { method: "GET", url: new URL("http://${server}/"), headers: {} };
            console.log((await ask(question, AbortSignal.timeout(10_000))).body.toString());`;
        const { stdout } = await execa("node", ["--input-type=module", "--eval", program], {
            env: {
                NODE_USE_ENV_PROXY: "1",
                http_proxy: "http://127.0.0.1:9",
                no_proxy: "",
                NO_PROXY: "",
            },
        });
        expect(stdout).to.equal("here");
    });

    it("ends where the answer names no other place", async () => {
        for (const location of [undefined, "http://"]) {
            const { seen, status } = await redirected(307, "GET", location);
            expect(seen).to.have.length(1);
            expect(status).to.equal(307);
        }
        expect((await redirected(200, "GET", "/b")).seen).to.have.length(1);
    });

    it("succeeds with each status from 200 to 299", async () => {
        for (const [status, ok] of [
            [200, true],
            [299, true],
            [300, false],
            [404, false],
        ] as const) {
            const server = await serve((_, response) => response.writeHead(status).end());
            const url = new URL(`http://${server}/`);
            expect((await ask({ method: "GET", url, headers: {} }, soon())).ok, `${status}`).to.equal(ok);
        }
    });

    it("is not answered by more than a registry has to say", async () => {
        const most = 32 * 1024 * 1024;
        const read = async (length: number) => {
            const server = await serve((_, response) => response.end(Buffer.alloc(length)));
            const url = new URL(`http://${server}/`);
            return (await ask({ method: "GET", url, headers: {} }, soon())).body.length;
        };
        expect(await read(most)).to.equal(most);
        const fault: unknown = await read(most + 1).catch((error: unknown) => error);
        expect(fault).to.have.property("message", `answers with more than ${most} bytes`);
    });

    /** Asks a registry with TLS, whose certificates Docker has in the folder of this name, and gives whom it was shown. */
    async function shownTo(
        address: string,
        port: number,
        nameOf: (port: number) => string,
    ): Promise<unknown> {
        const certificates = await issueCertificates(folder());
        const { key, certificate } = certificates;
        let shown: unknown;
        const server = https.createServer(
            { key, cert: certificate, requestCert: true, rejectUnauthorized: false },
            ({ socket }, response) => {
                if (socket instanceof TLSSocket) shown = socket.getPeerCertificate().subject.CN;
                response.end();
            },
        );
        try {
            certificates.distrust();
            await once(server.listen(port, address), "listening");
            const used = (server.address() as AddressInfo).port;
            const place = `certs.d/${nameOf(used)}`;
            const home = folder({
                [`${place}/ca.crt`]: fs.readFileSync(certificates.authorityFile, "utf8"),
                [`${place}/client.cert`]: certificate,
                [`${place}/client.key`]: key,
                [`${place}/notes.txt`]: "",
            });
            setEnvironment("DOCKER_CONFIG", path.resolve(home));
            const url = new URL(`https://${address}:${used}/`);
            expect((await ask({ method: "GET", url, headers: {} }, soon())).status).to.equal(200);
            return shown;
        } finally {
            server.close().closeAllConnections();
        }
    }

    it("shows a certificate that Docker has for the registry", async () => {
        expect(await shownTo("127.0.0.1", 0, (port) => `127.0.0.1:${port}`)).to.equal("localhost");
    });

    it("shows a certificate that Docker has for a registry whose name has the usual port", async function () {
        try {
            expect(await shownTo("127.0.0.1", 443, () => "127.0.0.1:443")).to.equal("localhost");
        } catch (error) {
            // It is for root, or somebody has it.
            if (error instanceof Error && "syscall" in error && error.syscall === "listen")
                return this.skip();
            throw error;
        }
    });
});
