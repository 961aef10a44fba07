import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { Dispatcher } from "undici";
import { proxyFor, useProxy } from "../../../components/oci/proxy.ts";
import { RegistryClient } from "../../../components/oci/client.ts";
import { issueCertificates, type Certificates } from "../../azure/certificates.ts";
import { listen, type Server } from "../../azure/web.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the proxy for a request", () => {
    const both = { HTTP_PROXY: "http://plain:3128", HTTPS_PROXY: "http://secure:3128" };
    const proxyOf = (url: string, environment: Record<string, string>) => proxyFor(new URL(url), environment);

    it("is that of its protocol, and none for the other protocol", () => {
        expect(proxyOf("http://acme.io/", both)).to.equal("http://plain:3128");
        expect(proxyOf("https://acme.io/", both)).to.equal("http://secure:3128");
        expect(proxyOf("https://acme.io/", { HTTP_PROXY: "http://plain:3128" })).to.equal(undefined);
    });

    it("may be set in lower case, where it isn't or is empty in upper case", () => {
        const environment = { HTTPS_PROXY: "", https_proxy: "http://lower:3128", no_proxy: "b.io" };
        expect(proxyOf("https://a.io/", environment)).to.equal("http://lower:3128");
        expect(proxyOf("https://b.io/", environment)).to.equal(undefined);
        expect(proxyOf("https://a.io/", { ...environment, ...both })).to.equal("http://secure:3128");
    });

    it("speaks HTTP when no protocol is named", () => {
        expect(proxyOf("https://acme.io/", { HTTPS_PROXY: "secure:3128" })).to.equal("http://secure:3128");
    });

    it("is not told of when it is no address, as it may have a password", () => {
        const environment = { HTTPS_PROXY: "http://user:secret@:3128" };
        expect(() => proxyOf("https://acme.io/", environment)).to.throw(
            /^HTTPS_PROXY is not the address of a proxy$/,
        );
    });

    for (const host of ["localhost", "LOCALHOST:5050", "127.0.0.1:5050", "127.8.9.10", "[::1]:5050"]) {
        it(`is none for this machine as ${host}`, () => {
            for (const protocol of ["http", "https"]) {
                expect(proxyOf(`${protocol}://${host}/v2/`, both)).to.equal(undefined);
            }
        });
    }

    for (const [entry, without, through] of [
        ["acme.io", ["acme.io", "eu.acme.io", "acme.io:8443"], ["notacme.io", "acme.io.example"]],
        [".acme.io", ["eu.acme.io"], ["acme.io", "notacme.io"]],
        ["*.acme.io", ["eu.acme.io"], ["acme.io"]],
        ["ACME.io:443", ["acme.io", "eu.acme.io:443"], ["acme.io:8443"]],
        ["10.1.2.3", ["10.1.2.3", "10.1.2.3:8443"], ["10.1.2.4"]],
        ["10.1.2.3:8443", ["10.1.2.3:8443"], ["10.1.2.3"]],
        ["10.1.0.0/16", ["10.1.2.3"], ["10.2.2.3", "acme.io"]],
        ["fd00::/8", ["[fd00::1]"], ["[fe00::1]", "10.1.2.3"]],
        ["fd00::1", ["[fd00:0::1]:8443"], ["[fd00::2]"]],
        ["[fd00::1]:8443", ["[fd00::1]:8443"], ["[fd00::1]"]],
        ["*", ["acme.io", "10.1.2.3"], []],
        [" a.io , acme.io,", ["a.io", "acme.io"], ["b.io"]],
        ["10.0.0.0/, 10.0.0.0/99, :443, /", [], ["10.0.0.0", "acme.io"]],
    ] as const) {
        it(`is none for what NO_PROXY names as ${JSON.stringify(entry)}`, () => {
            const environment = { ...both, NO_PROXY: entry };
            for (const host of without) {
                expect(proxyOf(`https://${host}/`, environment), host).to.equal(undefined);
            }
            for (const host of through) {
                expect(proxyOf(`https://${host}/`, environment), host).to.equal(both.HTTPS_PROXY);
            }
        });
    }
});

describe("fetch with a proxy in the environment", () => {
    const folder = temporaryFolders();
    const sockets = new Set<net.Socket>();
    let certificates: Certificates;
    let secure: Server;
    let plain: http.Server;
    let proxy: http.Server;
    let seen: string[];
    /** What fetch is served by otherwise, and how to give it back. */
    let usual: Dispatcher;
    let serve: (dispatcher: Dispatcher) => void;

    before(async () => {
        // It gets one at the first use, or when the library is loaded.
        await fetch("data:,");
        const { getGlobalDispatcher, setGlobalDispatcher } = await import("undici");
        usual = getGlobalDispatcher();
        serve = setGlobalDispatcher;
    });

    beforeEach(async () => {
        seen = [];
        certificates = await issueCertificates(folder(), ["registry.example"]);
        secure = await listen(certificates);
        secure.answerWith(({ headers }) =>
            Promise.resolve({
                status: headers["proxy-authorization"] === undefined ? 200 : 400,
                headers: { "docker-content-digest": "sha256:a" },
            }),
        );
        plain = http.createServer((_, response) => response.end("straight"));
        // What it tunnels goes to the server here, whatever its name.
        proxy = http
            .createServer((request, response) => {
                seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
                response.end("by proxy");
            })
            .on("connect", (request: http.IncomingMessage, client: net.Socket) => {
                seen.push(`CONNECT ${request.url ?? ""}`);
                const given = request.headers["proxy-authorization"];
                if (given !== undefined && given !== `Basic ${btoa("user:pa ss")}`) {
                    client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
                    return;
                }
                const server = net.connect(Number(secure.host.split(":")[1]), "127.0.0.1");
                for (const socket of [client, server]) {
                    sockets.add(socket);
                    socket.on("error", () => undefined);
                }
                client.write("HTTP/1.1 200 OK\r\n\r\n");
                client.pipe(server).pipe(client);
            });
        for (const server of [plain, proxy]) await once(server.listen(0, "127.0.0.1"), "listening");
    });

    afterEach(async () => {
        serve(usual);
        for (const socket of sockets) socket.destroy();
        for (const server of [plain, proxy]) server.close().closeAllConnections();
        await secure.close();
        certificates.distrust();
    });

    const portOf = (server: http.Server) => (server.address() as net.AddressInfo).port;
    const uri = (user = "") => `http://${user}127.0.0.1:${portOf(proxy)}`;
    const faultOf = async (url: string): Promise<string> => {
        const error: unknown = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(
            (fault: unknown) => fault,
        );
        return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    };
    const ask = async (url: string) => (await fetch(url)).text();

    it("asks over HTTPS through a tunnel", async () => {
        await useProxy({ HTTPS_PROXY: uri() });
        const login = { username: "user", password: "password" };
        const client = new RegistryClient("registry.example", login, AbortSignal.timeout(5000));
        expect(await client.digest("foundation", "latest")).to.equal("sha256:a");
        expect(seen).to.deep.equal(["CONNECT registry.example:443"]);
    });

    it("sends a body through the tunnel, and gives the proxy alone its password", async () => {
        await useProxy({ https_proxy: uri("user:pa%20ss@") });
        const body = new URLSearchParams({ grant_type: "access_token" });
        const { status } = await fetch("https://registry.example:8443/", { method: "POST", body });
        expect(status).to.equal(200);
        expect(seen).to.deep.equal(["CONNECT registry.example:8443"]);
    });

    it("says what the proxy answers when it refuses", async () => {
        await useProxy({ HTTPS_PROXY: uri("user:wrong@") });
        expect(await faultOf("https://registry.example/")).to.match(/^the proxy 127.0.0.1:\d+ answers 407$/);
    });

    for (const protocol of ["http", "https"]) {
        it(`does not try again by itself when the proxy hangs up on ${protocol}`, async () => {
            for (const event of ["connect", "request"]) {
                proxy.removeAllListeners(event).on(event, ({ socket }: http.IncomingMessage) => {
                    seen.push(event);
                    socket.destroy();
                });
            }
            await useProxy({ HTTP_PROXY: uri(), HTTPS_PROXY: uri() });
            expect(await faultOf(`${protocol}://registry.example/`)).to.match(/other side closed$/);
            expect(seen).to.deep.equal([protocol === "http" ? "request" : "connect"]);
        });
    }

    it("asks the proxy itself over HTTP", async () => {
        await useProxy({ HTTP_PROXY: uri() });
        expect(await ask("http://registry.example/v2/")).to.equal("by proxy");
        expect(seen).to.deep.equal(["GET http://registry.example/v2/"]);
    });

    it("asks this machine without the proxy", async () => {
        await useProxy({ HTTP_PROXY: uri(), HTTPS_PROXY: uri() });
        for (const host of ["localhost", "127.0.0.1"]) {
            expect(await ask(`http://${host}:${portOf(plain)}/`)).to.equal("straight");
        }
        expect((await fetch(`https://${secure.host}/`)).status).to.equal(200);
        expect(seen).to.deep.equal([]);
    });

    it("asks what NO_PROXY names without the proxy", async function () {
        // An address of this machine that is none of the loopback.
        if (process.platform === "win32") this.skip();
        const url = `http://0.0.0.0:${portOf(plain)}/`;
        await useProxy({ HTTP_PROXY: uri() });
        expect(await ask(url)).to.equal("by proxy");
        await useProxy({ HTTP_PROXY: uri(), NO_PROXY: "0.0.0.0/32" });
        expect(await ask(url)).to.equal("straight");
    });
});

describe("the library for proxies", function () {
    this.timeout(30_000);
    const folder = temporaryFolders();
    const project = path.resolve(import.meta.dirname, "../../..");
    const unset = { HTTP_PROXY: "", HTTPS_PROXY: "", http_proxy: "", https_proxy: "", NO_PROXY: "" };
    const telling = `
        import Module from "node:module";
        process.on("SIGTERM", () => process.exit());
        process.on("exit", () => {
            const files = Object.keys(Module._cache).filter((file) => /[\\\\/]node_modules[\\\\/]undici[\\\\/]/.test(file));
            console.error(files.length === 0 ? "without it" : "with it");
        });`;

    async function run(file: string, args: readonly string[], environment: Record<string, string>) {
        const preload = path.join(folder({ "telling.mjs": telling }), "telling.mjs");
        const child = execa("node", ["--import", preload, path.join(project, file), ...args], {
            env: { ...unset, ...environment },
            reject: false,
        });
        // The plugin has started when it tells its port; the command ends by itself.
        child.stdout.once("data", () => child.kill());
        return (await child).stderr.split("\n").at(-1);
    }

    for (const [who, file, args] of [
        ["plugin", "components/plugin/launch.cjs", ["127.0.0.1:1"]],
        ["command", "cli/foundation.cjs", ["verify", "--no-such-option"]],
    ] as const) {
        it(`is loaded by the ${who} for a proxy, and for nothing else`, async () => {
            expect(await run(file, args, {})).to.equal("without it");
            expect(await run(file, args, { NO_PROXY: "acme.io" })).to.equal("without it");
            expect(await run(file, args, { HTTPS_PROXY: "http://127.0.0.1:1" })).to.equal("with it");
        });
    }
});
