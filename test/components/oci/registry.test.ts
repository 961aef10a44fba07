import { createHash } from "node:crypto";
import * as http from "node:http";
import { expect } from "chai";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../../components/oci/client.ts";
import { servers, type Answer } from "../../support/servers.ts";

async function firstFree(ports: readonly number[]): Promise<number | undefined> {
    for (const port of ports) {
        const server = http.createServer();
        const isFree = await new Promise<boolean>((resolve) => {
            server.once("error", () => {
                resolve(false);
            });
            server.listen(port, "127.0.0.1", () =>
                server.close(() => {
                    resolve(true);
                }),
            );
        });
        if (isFree) return port;
    }
    return undefined;
}

const login = { username: "user", password: "pa:ss" };
const basic = `Basic ${Buffer.from("user:pa:ss").toString("base64")}`;
const soon = (): AbortSignal => AbortSignal.timeout(5000);
const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

describe("registry client", () => {
    const serve = servers();

    it("gives the password only when it is asked for, and then to each question at once", async () => {
        const seen: (string | undefined)[] = [];
        const server = await serve((request, response) => {
            seen.push(request.headers.authorization);
            if (request.headers.authorization === basic)
                response.setHeader("docker-content-digest", "sha256:a").end();
            else response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        });
        const client = new RegistryClient(server, login, soon());
        expect(await client.digest("foundation", "latest")).to.equal("sha256:a");
        expect(await client.digest("foundation", "other")).to.equal("sha256:a");
        expect(seen).to.deep.equal([undefined, basic, basic]);
    });

    it("asks in vain no more often than it must", async () => {
        let asked = 0;
        const server = await serve((_, response) => {
            asked += 1;
            response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        });
        const client = new RegistryClient(server, login, soon());
        expect((await client.request("GET", "/v2/")).status).to.equal(401);
        expect(asked).to.equal(2);
        expect((await client.request("GET", "/v2/")).status).to.equal(401);
        expect(asked).to.equal(3);
    });

    it("asks with one token for a repository's manifests and blobs, and with another for another's", async () => {
        const config = "{}";
        const seen: string[] = [];
        let tokens = 0;
        const server = await serve(({ url = "", headers: { authorization } }, response) => {
            if (url.startsWith("/token")) {
                tokens += 1;
                response.end(JSON.stringify({ token: `t${tokens}` }));
            } else if (authorization === undefined) {
                response
                    .writeHead(401, { "www-authenticate": `Bearer realm="http://${server}/token"` })
                    .end();
            } else {
                seen.push(`${authorization} ${url.split("/")[2]}`);
                const isBlob = url.includes("/blobs/");
                response.end(isBlob ? config : JSON.stringify({ config: { digest: digestOf(config) } }));
            }
        });
        const client = new RegistryClient(server, login, soon());
        await client.image("f", "1", "linux/amd64");
        await client.image("g", "1", "linux/amd64");
        expect(seen).to.deep.equal(["Bearer t1 f", "Bearer t1 f", "Bearer t2 g", "Bearer t2 g"]);
    });

    it("takes manifests in every form, so that a digest is that of what was pushed", async () => {
        const seen: (string | undefined)[] = [];
        const server = await serve(({ headers }, response) => {
            seen.push(headers.accept);
            response.end("{}");
        });
        await new RegistryClient(server, login, soon()).digest("f", "latest");
        const all = [
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ].join(", ");
        expect(seen).to.deep.equal([all, all]);
    });

    it("gets a token for what the registry asks for", async () => {
        let asked = "";
        const server = await serve((request, response) => {
            if (request.url?.startsWith("/token") === true) {
                asked = request.url;
                const ok = request.headers.authorization === basic;
                response.writeHead(ok ? 200 : 401).end(JSON.stringify({ access_token: "t0ken" }));
            } else if (request.headers.authorization === "Bearer t0ken") {
                response.setHeader("docker-content-digest", "sha256:a").end();
            } else {
                const challenge = `Bearer realm="http://${server}/token",service="r",scope="repository:f:pull"`;
                response.writeHead(401, { "www-authenticate": challenge }).end();
            }
        });
        expect(await new RegistryClient(server, login, soon()).digest("f", "latest")).to.equal("sha256:a");
        expect(asked).to.equal("/token?service=r&scope=repository%3Af%3Apull");
    });

    it("names no service and no scope to a token service where the registry names none", async () => {
        for (const who of [login, { username: "<token>", identityToken: "long-lived" }]) {
            let asked = "";
            const server = await serve((request, response) => {
                const { url = "", headers } = request;
                if (url.startsWith("/token")) {
                    asked = url;
                    request.on("data", (data: Buffer) => (asked += ` ${data.toString()}`));
                    request.on("end", () => response.end(JSON.stringify({ token: "t0ken" })));
                } else if (headers.authorization === "Bearer t0ken") response.end();
                else {
                    const challenge = `Bearer realm="http://${server}/token"`;
                    response.writeHead(401, { "www-authenticate": challenge }).end();
                }
            });
            await new RegistryClient(server, who, soon()).request("GET", "/v2/");
            expect(asked).to.equal(
                "password" in who
                    ? "/token"
                    : "/token grant_type=refresh_token&refresh_token=long-lived&client_id=foundation",
            );
        }
    });

    it("gives the token of a cloud's login for a password where the registry wants one", async () => {
        const identity = { username: "<token>", identityToken: "long-lived" };
        const server = await serve(({ headers }, response) => {
            const ok = headers.authorization === `Basic ${btoa("<token>:long-lived")}`;
            response.writeHead(ok ? 200 : 401, { "www-authenticate": 'Basic realm="x"' }).end();
        });
        const answer = await new RegistryClient(server, identity, soon()).request("GET", "/v2/");
        expect(answer.status).to.equal(200);
    });

    it("trades the token of a cloud's login for one of the registry", async () => {
        let form = "";
        let type: string | undefined;
        const server = await serve((request, response) => {
            if (request.url === "/token") {
                type = request.headers["content-type"];
                request.on("data", (data: Buffer) => (form += data.toString()));
                request.on("end", () => response.end(JSON.stringify({ token: "t0ken" })));
            } else if (request.headers.authorization === "Bearer t0ken") {
                response.setHeader("docker-content-digest", "sha256:a").end();
            } else {
                const challenge = `Bearer realm="http://${server}/token",service="r",scope="repository:f:pull"`;
                response.writeHead(401, { "www-authenticate": challenge }).end();
            }
        });
        const identity = { username: "<token>", identityToken: "long-lived" };
        expect(await new RegistryClient(server, identity, soon()).digest("f", "latest")).to.equal("sha256:a");
        expect(type).to.equal("application/x-www-form-urlencoded");
        expect(Object.fromEntries(new URLSearchParams(form))).to.deep.equal({
            service: "r",
            scope: "repository:f:pull",
            grant_type: "refresh_token",
            refresh_token: "long-lived",
            client_id: "foundation",
        });
    });

    it("says who is refused, and where a login is wanted", async () => {
        const server = await serve((_, response) => {
            response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        });
        const told = async (who: typeof login | undefined) => {
            const error = await failure(new RegistryClient(server, who, soon()).digest("f", "latest"));
            expect(error).to.be.instanceOf(LoginRefused);
            return error.message;
        };
        expect(await told(login)).to.equal(`${server} refuses the login of user`);
        expect(await told(undefined)).to.equal(`${server} wants a login`);
    });

    for (const host of ["example.org", "localhost.example", "127.0.0.1.example", "not-localhost:80"]) {
        it(`never sends the password in the open to ${host}`, async () => {
            const realm = `http://${host}/token`;
            const server = await serve((_, response) => {
                response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end();
            });
            const error = await failure(new RegistryClient(server, login, soon()).digest("f", "latest"));
            expect(error).to.be.instanceOf(RegistrySilent);
            expect(error.message).to.equal(
                `${server} wants the password sent in the open to ${new URL(realm).host}`,
            );
        });
    }

    for (const [title, realm, reason] of [
        ["names no token service", "token", /names no token service: token$/],
        ["has a token service that gives none", "token service", /^127\.0\.0\.1:\d+ gives no token$/],
    ] as const) {
        it(`says that a registry ${title}`, async () => {
            const service = await serve((_, response) => response.end("{}"));
            const server = await serve((_, response) => {
                const address = realm === "token" ? realm : `http://${service}/`;
                response.writeHead(401, { "www-authenticate": `Bearer realm="${address}"` }).end();
            });
            const error = await failure(new RegistryClient(server, login, soon()).digest("f", "latest"));
            expect(error).to.be.instanceOf(RegistrySilent);
            expect(error.message).to.match(reason);
        });
    }

    it("knows what isn't there", async () => {
        const server = await serve((_, response) => response.writeHead(404).end());
        const client = new RegistryClient(server, login, soon());
        expect(await client.digest("f", "gone")).to.equal(undefined);
        expect(await client.stored("f", "gone")).to.equal(undefined);
        expect(await client.tags("f")).to.equal(undefined);
    });

    for (const [title, server, reason] of [
        ["nothing listens", "127.0.0.1:9", "connect ECONNREFUSED 127.0.0.1:9"],
        ["nothing listens at any of its addresses", "localhost:9", "connect ECONNREFUSED "],
        ["the name isn't known", "registry.invalid", "getaddrinfo "],
    ] as const) {
        it(`says that a registry is silent where ${title}`, async () => {
            const error = await failure(new RegistryClient(server, login, soon()).digest("f", "latest"));
            expect(error).to.be.instanceOf(RegistrySilent);
            expect(error.message).to.include(`${server} does not answer (${reason}`);
        });
    }

    it("waits no longer than it may", async () => {
        const server = await serve(() => undefined);
        const client = new RegistryClient(server, login, AbortSignal.timeout(100));
        const error = await failure(client.digest("f", "latest"));
        expect(error).to.be.instanceOf(RegistrySilent);
        expect(error.message).to.equal(
            `${server} does not answer (The operation was aborted due to timeout)`,
        );
    });

    it("takes the platform that fits of an image for several", async () => {
        const answers: Record<string, object> = {
            "/v2/f/manifests/latest": {
                manifests: [
                    { digest: "sha256:arm", platform: { os: "linux", architecture: "arm64" } },
                    { digest: "sha256:amd", platform: { os: "linux", architecture: "amd64" } },
                    {
                        digest: "sha256:attestation",
                        platform: { os: "unknown", architecture: "unknown" },
                    },
                ],
            },
            "/v2/f/manifests/sha256:amd": { config: { digest: "sha256:config" } },
            "/v2/f/blobs/sha256:config": {
                os: "linux",
                architecture: "amd64",
                config: { Labels: { a: "b" } },
                rootfs: { diff_ids: ["a", "b"] },
                history: [{ created_by: "RUN a" }, { created_by: "RUN b" }],
            },
        };
        const server = await serve((request, response) => {
            const answer = answers[request.url ?? ""];
            response.writeHead(answer === undefined ? 404 : 200, { "docker-content-digest": "sha256:index" });
            response.end(JSON.stringify(answer));
        });
        const client = new RegistryClient(server, login, soon());
        expect(await client.image("f", "latest", "linux/amd64")).to.deep.equal({
            digest: "sha256:index",
            platforms: ["linux/arm64", "linux/amd64"],
            layers: ["a", "b"],
            history: ["RUN a", "RUN b"],
            labels: { a: "b" },
        });
        expect(await client.image("f", "latest", "linux/s390x")).to.deep.equal({
            digest: "sha256:index",
            platforms: ["linux/arm64", "linux/amd64"],
            layers: [],
            history: [],
            labels: {},
        });
        expect(await client.image("f", "other", "linux/amd64")).to.equal(undefined);
        expect((await client.image("f", "sha256:amd", "linux/arm64"))?.platforms).to.deep.equal([
            "linux/amd64",
        ]);
    });

    it("reaches a port that fetch refuses", async function () {
        const answer: Answer = (_, response) => response.setHeader("docker-content-digest", "sha256:a").end();
        const port = await firstFree([6000, 5060, 5061, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10080]);
        if (port === undefined) this.skip();
        const server = await serve(answer, port);
        expect(await new RegistryClient(server, login, soon()).digest("f", "latest")).to.equal("sha256:a");
    });

    it("takes the digest of what it gets where the registry doesn't name it", async () => {
        const server = await serve((_, response) => response.end("a manifest"));
        const digest = await new RegistryClient(server, login, soon()).digest("f", "latest");
        expect(digest).to.equal(digestOf("a manifest"));
    });

    it("refuses content that is not what its digest says", async () => {
        const server = await serve((_, response) => response.end("{}"));
        const digest = `sha256:${"0".repeat(64)}`;
        const error = await failure(new RegistryClient(server, login, soon()).image("f", digest, "amd64"));
        expect(error).to.be.instanceOf(RegistrySilent);
        expect(error.message).to.equal(`${server} answers with something else than ${digest}`);
    });

    it("refuses a configuration that is not what the manifest says", async () => {
        const digest = digestOf("another");
        const server = await serve(({ url = "" }, response) => {
            response.end(url.includes("/blobs/") ? "{}" : JSON.stringify({ config: { digest } }));
        });
        const error = await failure(new RegistryClient(server, login, soon()).image("f", "1", "amd64"));
        expect(error).to.be.instanceOf(RegistrySilent);
        expect(error.message).to.equal(`${server} answers with something else than ${digest}`);
    });

    it("has nothing to tell of a manifest that is no image's", async () => {
        const server = await serve((_, response) => response.end("{}"));
        const client = new RegistryClient(server, login, soon());
        expect(await client.image("f", "1", "amd64")).to.equal(undefined);
    });

    it("refuses an answer that is no registry's", async () => {
        const server = await serve((_, response) => response.end("<html>"));
        const error = await failure(new RegistryClient(server, login, soon()).image("f", "latest", "amd64"));
        expect(error).to.be.instanceOf(RegistrySilent);
        expect(error.message).to.include("answers with something else than a registry does");
    });

    it("gets a new token when the last one has ended", async () => {
        let valid = 0;
        const server = await serve((request, response) => {
            if (request.url?.startsWith("/token") === true) {
                valid += 1;
                response.end(JSON.stringify({ token: `t${valid}` }));
            } else if (request.headers.authorization === `Bearer t${valid}`) {
                response.setHeader("docker-content-digest", "sha256:a").end();
            } else {
                const challenge = `Bearer realm="http://${server}/token",service="r",scope="repository:f:pull"`;
                response.writeHead(401, { "www-authenticate": challenge }).end();
            }
        });
        const client = new RegistryClient(server, login, soon());
        expect(await client.digest("f", "latest")).to.equal("sha256:a");
        // The one that it has is now of the past.
        valid += 1;
        expect(await client.digest("f", "latest")).to.equal("sha256:a");
        expect(valid).to.equal(3);
    });

    it("asks for each of several scopes", async () => {
        let asked: string[] = [];
        const server = await serve((request, response) => {
            const url = new URL(request.url ?? "", "http://r");
            if (url.pathname === "/token") {
                asked = url.searchParams.getAll("scope");
                response.end(JSON.stringify({ token: "t" }));
            } else if (request.headers.authorization === "Bearer t") response.end();
            else {
                const challenge = `Bearer realm="http://${server}/token",scope="repository:a:pull repository:b:pull,push"`;
                response.writeHead(401, { "www-authenticate": challenge }).end();
            }
        });
        await new RegistryClient(server, login, soon()).request("GET", "/v2/");
        expect(asked).to.deep.equal(["repository:a:pull", "repository:b:pull,push"]);
    });

    it("follows a blob to another host, and leaves the login behind", async () => {
        const config = JSON.stringify({ rootfs: { diff_ids: ["a"] } });
        const digest = digestOf(config);
        const seen: (string | undefined)[] = [];
        const storage = await serve((request, response) => {
            seen.push(request.headers.authorization);
            response.end(config);
        });
        const server = await serve((request, response) => {
            if (request.headers.authorization !== basic) {
                response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
            } else if (request.url?.includes("/blobs/") === true) {
                response.writeHead(307, { location: `http://${storage}/blob?signature=s` }).end();
            } else response.end(JSON.stringify({ config: { digest } }));
        });
        const image = await new RegistryClient(server, login, soon()).image("f", "latest", "amd64");
        expect(image?.layers).to.deep.equal(["a"]);
        expect(seen).to.deep.equal([undefined]);
    });

    it("does not go round in circles", async () => {
        const server = await serve((request, response) => {
            response.writeHead(307, { location: request.url }).end();
        });
        const error = await failure(new RegistryClient(server, login, soon()).digest("f", "latest"));
        expect(error).to.be.instanceOf(RegistrySilent);
        expect(error.message).to.include("without end");
    });

    for (const link of [
        '</v2/f/tags/list?n=2&last=2>; rel="next"',
        "<https://elsewhere.example/v2/f/tags/list?n=2&last=2>;rel=next",
        '</v2/f/tags/list>; rel="first", <list?n=2&last=2>; title="2"; rel="next"',
    ]) {
        it(`reads every page of a repository's tags, with the next as ${link}`, async () => {
            const asked: (string | undefined)[] = [];
            const server = await serve(({ url }, response) => {
                asked.push(url);
                const isFirst = asked.length === 1;
                response.setHeader("link", isFirst ? link : '</v2/f/tags/list>; rel="prev"');
                response.end(JSON.stringify({ tags: isFirst ? ["1", "2"] : ["3"] }));
            });
            const tags = await new RegistryClient(server, login, soon()).tags("f");
            expect(tags).to.deep.equal(["1", "2", "3"]);
            expect(asked).to.deep.equal(["/v2/f/tags/list", "/v2/f/tags/list?n=2&last=2"]);
        });
    }

    it("takes a repository without tags for one", async () => {
        const server = await serve((_, response) => response.end('{"tags":null}'));
        expect(await new RegistryClient(server, login, soon()).tags("f")).to.deep.equal([]);
    });

    it("tells what an image for several platforms is made of, each part once", async () => {
        const layer = { digest: digestOf("layer"), size: 1000 };
        const child = (name: string) =>
            JSON.stringify({ config: { digest: digestOf(name), size: 10 }, layers: [layer] });
        const children = [child("amd64"), child("arm64")];
        const index = JSON.stringify({
            manifests: children.map((text) => ({ digest: digestOf(text), size: 1 })),
        });
        const server = await serve((request, response) => {
            const name = request.url?.split("/").at(-1);
            response.end(children.find((text) => digestOf(text) === name) ?? index);
        });
        const stored = await new RegistryClient(server, login, soon()).stored("f", "1");
        expect(stored?.digest).to.equal(digestOf(index));
        expect(stored?.manifests).to.deep.equal(children.map(digestOf));
        expect(Object.fromEntries(stored?.bytes ?? [])).to.deep.equal({
            [digestOf(index)]: index.length,
            ...Object.fromEntries(children.map((text) => [digestOf(text), text.length])),
            [digestOf("amd64")]: 10,
            [digestOf("arm64")]: 10,
            [layer.digest]: 1000,
        });
    });

    describe("putting a manifest under a tag as well", () => {
        const manifest = '{ "schemaVersion": 2 }\n';
        const type = "application/vnd.oci.image.index.v1+json";

        async function tagging(digest: string, status = 201) {
            const put: string[] = [];
            const server = await serve((request, response) => {
                if (request.method === "GET") {
                    response.setHeader("content-type", type).end(manifest);
                    return;
                }
                let body = "";
                request.on("data", (data: Buffer) => (body += data.toString()));
                request.on("end", () => {
                    put.push(`${request.method} ${request.url}`, request.headers["content-type"] ?? "", body);
                    response.writeHead(status).end();
                });
            });
            return { put, work: new RegistryClient(server, login, soon()).tag("f", digest, "latest") };
        }

        it("gives it back byte for byte, as what it was", async () => {
            const { put, work } = await tagging(digestOf(manifest));
            await work;
            expect(put).to.deep.equal(["PUT /v2/f/manifests/latest", type, manifest]);
        });

        it("gives nothing that isn't what its digest says", async () => {
            const { put, work } = await tagging(digestOf("another"));
            expect(await failure(work)).to.be.instanceOf(RegistrySilent);
            expect(put).to.deep.equal([]);
        });

        it("says who may not", async () => {
            const { work } = await tagging(digestOf(manifest), 403);
            expect(await failure(work)).to.be.instanceOf(LoginRefused);
        });
    });

    it("deletes a manifest, and takes one that is gone for deleted", async () => {
        const asked: string[] = [];
        const server = await serve(({ method, url }, response) => {
            asked.push(`${method} ${url}`);
            response.writeHead(asked.length === 1 ? 202 : 404).end();
        });
        const client = new RegistryClient(server, login, soon());
        await client.remove("f", "sha256:a");
        await client.remove("f", "sha256:a");
        expect(asked[0]).to.equal("DELETE /v2/f/manifests/sha256:a");
        expect(asked).to.have.length(2);
    });

    for (const [status, code] of [
        [405, "UNSUPPORTED"],
        [400, "UNSUPPORTED"],
    ] as const) {
        it(`says in a sentence that a registry deletes nothing, by its answer ${status}`, async () => {
            const body = JSON.stringify({ errors: [{ code, message: "The operation is unsupported." }] });
            const server = await serve((_, response) => response.writeHead(status).end(body));
            const { message } = await failure(
                new RegistryClient(server, login, soon()).remove("f", "sha256:a"),
            );
            expect(message).to.equal(
                `${server} deletes nothing that is asked for in the way of the OCI specification (UNSUPPORTED: The operation is unsupported.); delete there by its own means`,
            );
        });
    }

    it("says nothing of what a registry deletes when it finds fault with the question", async () => {
        const server = await serve((_, response) => response.writeHead(400).end());
        const error = await failure(new RegistryClient(server, login, soon()).remove("f", "sha256:a"));
        expect(error).to.be.instanceOf(RegistrySilent);
        expect(error.message).to.equal(`${server} answers with 400`);
    });

    it("says who may not delete", async () => {
        const server = await serve((_, response) => response.writeHead(403).end());
        const error = await failure(new RegistryClient(server, login, soon()).remove("f", "sha256:a"));
        expect(error).to.be.instanceOf(LoginRefused);
    });

    describe("when the registry is not at its best", () => {
        /** Answers so to the first questions, and then as it should. */
        async function after(failures: readonly Answer[]) {
            const left = [...failures];
            let asked = 0;
            const server = await serve((request, response) => {
                asked += 1;
                const fault = left.shift();
                if (fault === undefined) response.setHeader("docker-content-digest", "sha256:a").end();
                else fault(request, response);
            });
            const client = new RegistryClient(server, login, soon());
            return { server, client, count: () => asked };
        }

        const status =
            (code: number, headers: http.OutgoingHttpHeaders = {}): Answer =>
            (_, response) =>
                response.writeHead(code, headers).end();
        const cut: Answer = (request) => request.socket.destroy();
        const half: Answer = (request, response) => {
            response.writeHead(200, { "content-length": "100" }).write("{");
            setTimeout(() => request.socket.destroy(), 20);
        };

        for (const [title, fault] of [
            ["500", status(500)],
            ["502", status(502)],
            ["503", status(503)],
            ["504", status(504)],
            ["503 and a time to wait", status(503, { "retry-after": "0" })],
            ["429", status(429)],
            ["429 and a time to wait", status(429, { "retry-after": new Date().toUTCString() })],
            ["a connection that is cut", cut],
        ] as const) {
            it(`asks once more after ${title}`, async () => {
                const { client, count } = await after([fault]);
                expect(await client.digest("f", "latest")).to.equal("sha256:a");
                // A connection that is cut may also be one with TLS.
                expect(count()).to.be.within(2, 4);
            });
        }

        it("asks once more after an answer that is cut", async () => {
            const { client } = await after([half]);
            expect((await client.request("GET", "/v2/")).status).to.equal(200);
        });

        it("waits as long as it is asked to", async () => {
            const { client } = await after([status(429, { "retry-after": "1" })]);
            const start = performance.now();
            await client.digest("f", "latest");
            expect(performance.now() - start).to.be.greaterThan(990);
        });

        it("does not wait for longer than is sensible, and says for how long it was asked to", async () => {
            for (const seconds of ["11", "3600"]) {
                const { server, count } = await after([status(429, { "retry-after": seconds })]);
                // It would be given as long as this test isn't.
                const patient = new RegistryClient(server, login, AbortSignal.timeout(60_000));
                const error = await failure(patient.digest("f", "latest"));
                expect(error).to.be.instanceOf(RegistrySilent);
                expect(error.message).to.equal(
                    `${server} answers with 429 and asks to wait ${seconds} seconds`,
                );
                expect(count()).to.equal(1);
            }
        });

        it("does not repeat what may have been done", async () => {
            for (const code of [500, 503]) {
                const { client, count } = await after([status(code)]);
                expect((await client.request("POST", "/v2/f/blobs/uploads/")).status).to.equal(code);
                expect(count()).to.equal(1);
            }
            const hangsUp = await after([cut]);
            await failure(hangsUp.client.request("POST", "/v2/f/blobs/uploads/"));
            expect(hangsUp.count()).to.equal(1);
        });

        it("repeats what was throttled, of which nothing was done", async () => {
            for (const code of [429, 503]) {
                const { client, count } = await after([status(code, { "retry-after": "0" })]);
                expect((await client.request("POST", "/v2/f/blobs/uploads/")).status).to.equal(200);
                expect(count()).to.equal(2);
            }
        });

        it("says until when it was asked to wait", async () => {
            const time = "Fri, 31 Dec 2100 23:59:59 GMT";
            const { server, client } = await after([status(429, { "retry-after": time })]);
            const error = await failure(client.digest("f", "latest"));
            expect(error.message).to.equal(`${server} answers with 429 and asks to wait until ${time}`);
        });

        it("says that the registry is silent where it stays so, after the third answer", async () => {
            const { server, client, count } = await after([status(503), status(503), status(503)]);
            const error = await failure(client.digest("f", "latest"));
            expect(error).to.be.instanceOf(RegistrySilent);
            expect(error.message).to.equal(`${server} answers with 503`);
            expect(count()).to.equal(3);
        });

        it("tells what the registry says of a refusal", async () => {
            const said = { errors: [{ code: "DENIED", message: "requested access is denied" }] };
            const { server, client } = await after([
                (_, response) => response.writeHead(403).end(JSON.stringify(said)),
            ]);
            const error = await failure(client.tags("f"));
            expect(error).to.be.instanceOf(LoginRefused);
            expect(error.message).to.equal(
                `${server} refuses the login of user for this (DENIED: requested access is denied)`,
            );
        });
    });

    it("knows whether a registry wants to know who asks", async () => {
        for (const [status, wanted] of [
            [401, true],
            [200, false],
        ] as const) {
            const server = await serve((_, response) => response.writeHead(status).end());
            expect(await new RegistryClient(server, undefined, soon()).wantsLogin()).to.equal(wanted);
        }
        const server = await serve((_, response) => response.writeHead(404).end());
        const error = await failure(new RegistryClient(server, undefined, soon()).wantsLogin());
        expect(error).to.be.instanceOf(RegistrySilent);
    });

    describe("login", () => {
        it("is taken where the password opens the door", async () => {
            const server = await serve((request, response) => {
                const ok = request.headers.authorization === basic;
                response.writeHead(ok ? 200 : 401, { "www-authenticate": 'Basic realm="x"' }).end();
            });
            expect(await new RegistryClient(server, login, soon()).checkLogin()).to.equal("accepted");
            const other = { ...login, password: "other" };
            expect(await new RegistryClient(server, other, soon()).checkLogin()).to.equal("refused");
        });

        it("is asked for without the scope that a registry names for an example", async () => {
            let asked = "";
            const server = await serve(({ url = "" }, response) => {
                if (url.startsWith("/token")) {
                    asked = url;
                    response.writeHead(404).end();
                    return;
                }
                const challenge = `Bearer realm="http://${server}/token",scope="repository:user/image:pull"`;
                response.writeHead(401, { "www-authenticate": challenge }).end();
            });
            expect(await new RegistryClient(server, login, soon()).checkLogin()).to.deep.equal({
                silent: `${server} answers 404`,
            });
            expect(asked).to.equal("/token");
        });

        for (const [title, answer, reason] of [
            [
                "lets in whoever comes",
                (_: unknown, response: http.ServerResponse) => response.end(),
                /\/v2\/ answers 200$/,
            ],
            [
                "wants the password in the open",
                (_: unknown, response: http.ServerResponse) =>
                    response
                        .writeHead(401, { "www-authenticate": 'Bearer realm="http://example.org/t"' })
                        .end(),
                /in the open to example.org$/,
            ],
        ] as const) {
            it(`is nothing that a registry has said which ${title}`, async () => {
                const server = await serve(answer);
                const said = await new RegistryClient(server, login, soon()).checkLogin();
                expect(said).to.have.property("silent").that.matches(reason);
            });
        }
    });
});

async function failure(work: Promise<unknown>): Promise<Error> {
    try {
        await work;
    } catch (error) {
        if (error instanceof Error) return error;
    }
    throw new Error("expected a failure");
}
