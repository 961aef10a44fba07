import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import * as v from "valibot";
import { askEngine } from "../../../components/docker/engine.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { withEnvironment } from "../../toolchain/support.ts";

const anything = v.unknown();

describe("the engine", function () {
    this.timeout(30_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const { PATH } = process.env;
    const servers: net.Server[] = [];

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    afterEach(() => {
        process.env["PATH"] = PATH;
        for (const server of servers.splice(0)) server.close();
    });

    /** Puts a script in the place of the docker command. */
    function fake(script: string): void {
        const bin = folder();
        fs.writeFileSync(path.join(bin, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        process.env["PATH"] = `${bin}${path.delimiter}${PATH ?? ""}`;
    }

    /** An engine with these answers, and the docker command that leads to it. `seen` has each path. */
    async function engine(
        answers: Readonly<Record<string, (response: http.ServerResponse) => void>>,
        said = "",
    ): Promise<readonly string[]> {
        const seen: string[] = [];
        const server = http.createServer((request, response) => {
            const url = request.url ?? "";
            seen.push(url);
            if (url === "/version") json(200, { ApiVersion: "1.51", Os: "linux", Arch: "arm64" })(response);
            else (answers[url.replace("/v1.51", "")] ?? json(404, { message: "no such thing" }))(response);
        });
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as net.AddressInfo;
        const pipe = `const s = require("net").connect(${port}, "127.0.0.1"); process.stdin.pipe(s); s.pipe(process.stdout)`;
        fake(
            `[ "$*" = "system dial-stdio" ] || { echo 26.1.5; exit 0; }\necho '${said}' >&2\nexec "${process.execPath}" -e '${pipe}'`,
        );
        return seen;
    }

    const json = (status: number, body: unknown) => (response: http.ServerResponse) =>
        response.writeHead(status).end(JSON.stringify(body));

    async function problemOf(work: Promise<unknown>): Promise<string> {
        try {
            await work;
        } catch (error) {
            expect(error).to.be.instanceOf(Problem);
            return (error as Problem).message;
        }
        throw new Error("expected a problem");
    }

    it("answers on one connection, in its own version of the API", async () => {
        const seen = await engine({
            "/a": json(200, { text: "“x”" }),
            // Without a length, so in chunks.
            "/b": (response) => {
                response.write("[1,");
                setTimeout(() => response.end("2]"), 50);
            },
        });
        const answers = await askEngine(async ({ get, platform }) => [
            platform,
            ...(await Promise.all([get("/a", anything), get("/b", anything)])),
        ]);
        expect(answers).to.deep.equal(["linux/arm64", { text: "“x”" }, [1, 2]]);
        expect(seen).to.deep.equal(["/version", "/v1.51/a", "/v1.51/b"]);
    });

    it("isn't left before it has answered, for it cancels what nobody waits for", async () => {
        await engine({
            "/slow": (response) => {
                let left = false;
                response.socket?.on("end", () => (left = true));
                setTimeout(() => json(200, left ? "left" : "waited for")(response), 300);
            },
        });
        expect(await askEngine(({ get }) => get("/slow", anything))).to.equal("waited for");
    });

    it("has nothing to give of what is gone", async () => {
        await engine({});
        expect(await askEngine(({ find }) => find("/gone", anything))).to.equal(undefined);
    });

    it("says itself what is wrong", async () => {
        await engine({ "/bad": json(500, { message: "failed to lookup digest" }) });
        for (const method of ["get", "find"] as const) {
            const said = await problemOf(askEngine((asked) => asked[method]("/bad", anything)));
            expect(said).to.equal(
                "Docker answers /bad with 500 (failed to lookup digest); see whether `docker info` works by itself",
            );
        }
        expect(await problemOf(askEngine(({ get }) => get("/gone", anything)))).to.include("404");
    });

    it("is told with a command that shows the fault, where the docker command refuses", async () => {
        fake('echo "context not found" >&2; exit 1');
        expect(await problemOf(askEngine(({ get }) => get("/a", anything)))).to.equal(
            "`docker version` failed (context not found); see whether it works by itself",
        );
    });

    it("has the platform that the shell has Docker pull and build for", async () => {
        await engine({});
        const platform = () => askEngine((asked) => Promise.resolve(asked.platform));
        expect(await platform()).to.equal("linux/arm64");
        setEnvironment("DOCKER_DEFAULT_PLATFORM", "linux/arm64/v8");
        expect(await platform()).to.equal("linux/arm64");
        setEnvironment("DOCKER_DEFAULT_PLATFORM", "linux/amd64");
        expect(await platform()).to.equal("linux/amd64");
    });

    it("gives no answer of another shape", async () => {
        await engine({ "/a": json(200, { Id: 1 }) });
        const said = await problemOf(askEngine(({ get }) => get("/a", v.object({ Id: v.string() }))));
        expect(said).to.match(/^Docker's answer to \/a makes no sense \(/);
    });

    it("is told with what the docker command says where the connection breaks off", async () => {
        await engine({ "/a": (response) => response.destroy() }, "ssh: connection lost");
        expect(await problemOf(askEngine(({ get }) => get("/a", anything)))).to.include(
            "broke the connection off (ssh: connection lost)",
        );
    });

    it("isn't waited for where it keeps silent", async () => {
        await engine({ "/silent": () => undefined });
        expect(await problemOf(askEngine(({ get }) => get("/silent", anything)))).to.match(
            /^Docker did not answer \/v1\.51\/silent within 3 seconds; .*restart Docker/,
        );
    });

    it("isn't there", async () => {
        fake("echo 'Cannot connect to the Docker daemon at unix:///nope.' >&2; exit 1");
        expect(await problemOf(askEngine(({ get }) => get("/a", anything)))).to.match(
            /^Docker is not running/,
        );
    });

    it("has no docker command that leads to it", async () => {
        process.env["PATH"] = folder();
        expect(await problemOf(askEngine(({ get }) => get("/a", anything)))).to.match(
            /^Docker is not installed/,
        );
    });
});
