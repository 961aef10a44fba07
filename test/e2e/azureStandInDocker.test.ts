import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { FakeAzure } from "../azure/azure.ts";
import { startFakeAzure } from "../azure/azure.ts";
import type { Clients, Foundation } from "../azure/clients.ts";
import { clientsOf, createFoundation, registryName, required, resourceGroupName } from "../azure/clients.ts";
import { label } from "../azure/registry/distribution.ts";

const nobody = "00000000-0000-0000-0000-000000000000";

const { exitCode: dockerMissing } = await execa("docker", ["version"], { reject: false });

(dockerMissing ? describe.skip : describe)("the fake registry and Docker", function () {
    this.timeout(60_000);

    let azure: FakeAzure;
    let clients: Clients;
    let foundation: Foundation;
    let host: string;
    let directory: string;
    let trust: Record<string, string>;
    let pullPassword: string;

    before(async () => {
        azure = await startFakeAzure();
        clients = clientsOf(azure);
        foundation = await createFoundation(clients);
        host = foundation.registry.loginServer;
        const { SSL_CERT_FILE = "" } = await azure.environment();
        trust = { SSL_CERT_FILE };
        directory = await mkdtemp(join(tmpdir(), "fake-azure-docker-"));
        // Docker looks for plugins of the user's own beside the configuration that this replaces.
        const cliPluginsExtraDirs = [join(homedir(), ".docker", "cli-plugins")];
        await writeFile(join(directory, "config.json"), JSON.stringify({ cliPluginsExtraDirs }));
        const { passwords } = await clients.registries.registries.generateCredentials(
            resourceGroupName,
            registryName,
            {
                tokenId: foundation.token.id,
                name: "password1",
            },
        );
        pullPassword = required(passwords?.[0]?.value);
        // The smallest image there is: a layer with one file.
        await writeFile(join(directory, "content"), "official\n");
        await succeed("sh", [
            "-c",
            `tar -C "$1" -c content | docker import - "$2"`,
            "sh",
            directory,
            image("foundation", "1"),
        ]);
    });

    after(async () => {
        await azure.stop();
        const { all } = await docker("image", "ls", "--quiet", "--filter", `reference=${host}/**`);
        const images = [...new Set(all.split("\n"))].filter((id) => id !== "");
        if (images.length > 0) await docker("image", "rm", "--force", ...images);
        await rm(directory, { recursive: true });
    });

    function image(repository: string, tag: string): string {
        return `${host}/${repository}:${tag}`;
    }

    function run(
        command: string,
        args: readonly string[],
        options: { input?: string; env?: Record<string, string> } = {},
    ) {
        const env = { DOCKER_CONFIG: directory, ...options.env };
        return execa(command, args, { ...options, env, all: true, reject: false });
    }

    function docker(...args: string[]) {
        return run("docker", args);
    }

    async function succeed(...call: Parameters<typeof run>): Promise<string> {
        const { exitCode, all } = await run(...call);
        expect(exitCode, all).to.equal(0);
        return all;
    }

    function login(user: string, password: string) {
        return run("docker", ["login", host, "--username", user, "--password-stdin"], { input: password });
    }

    async function loginToPush(): Promise<void> {
        const { token } = await clients.credential.getToken("https://containerregistry.azure.net/.default");
        const form = { grant_type: "access_token", service: host, access_token: token };
        const response = await fetch(`https://${host}/oauth2/exchange`, {
            method: "POST",
            body: new URLSearchParams(form),
        });
        const { refresh_token: password } = (await response.json()) as { refresh_token: string };
        expect((await login(nobody, password)).exitCode).to.equal(0);
    }

    /** What the deploying identity gets for a scope. */
    async function pushToken(scope: string): Promise<string> {
        const { token } = await clients.credential.getToken("https://containerregistry.azure.net/.default");
        const post = (path: string, form: Record<string, string>) =>
            fetch(`https://${host}${path}`, {
                method: "POST",
                body: new URLSearchParams({ service: host, ...form }),
            });
        const exchanged = await post("/oauth2/exchange", { grant_type: "access_token", access_token: token });
        const { refresh_token } = (await exchanged.json()) as { refresh_token: string };
        const granted = await post("/oauth2/token", { grant_type: "refresh_token", refresh_token, scope });
        return ((await granted.json()) as { access_token: string }).access_token;
    }

    async function loginToPull(): Promise<void> {
        expect((await login("developers", pullPassword)).exitCode).to.equal(0);
    }

    /** What the registry says to somebody who bears a token for everything that the pull credential can get. */
    async function asDeveloper(
        method: string,
        path: string,
        headers: Record<string, string> = {},
    ): Promise<number> {
        const scope = "repository:foundation:pull,push,delete registry:catalog:* repository:other:pull,push";
        const query = new URLSearchParams({ service: host, scope });
        const basic = Buffer.from(`developers:${pullPassword}`).toString("base64");
        const answer = await fetch(`https://${host}/oauth2/token?${query.toString()}`, {
            headers: { authorization: `Basic ${basic}` },
        });
        const { access_token: token } = (await answer.json()) as { access_token: string };
        const response = await fetch(`https://${host}${path}`, {
            method,
            headers: { authorization: `Bearer ${token}`, ...headers },
        });
        await response.arrayBuffer();
        return response.status;
    }

    it("let the push identity push", async () => {
        await loginToPush();
        await succeed("docker", ["push", image("foundation", "1")]);
    });

    it("let the pull credential pull, and refuse a wrong password", async () => {
        const { exitCode, all } = await login("developers", "guess");
        expect(exitCode).to.equal(1);
        expect(all).to.include("unauthorized: authentication required");
        await loginToPull();
        await succeed("docker", ["image", "rm", image("foundation", "1")]);
        await succeed("docker", ["pull", image("foundation", "1")]);
    });

    it("deny the pull credential everything else", async () => {
        await loginToPull();
        await succeed("docker", ["tag", image("foundation", "1"), image("foundation", "2")]);
        await succeed("docker", ["tag", image("foundation", "1"), image("other", "1")]);
        for (const reference of [image("foundation", "2"), image("other", "1")]) {
            const { exitCode, all } = await docker("push", reference);
            expect(exitCode, all).to.equal(1);
            expect(all).to.match(/denied|unauthorized/);
        }
        expect((await docker("pull", image("other", "1"))).exitCode).to.equal(1);

        const accept = { accept: "application/vnd.docker.distribution.manifest.v2+json" };
        expect(await asDeveloper("GET", "/v2/foundation/manifests/1", accept)).to.equal(200);
        expect(await asDeveloper("GET", "/v2/foundation/manifests/2", accept)).to.equal(404);
        expect(await asDeveloper("DELETE", "/v2/foundation/manifests/1")).to.equal(401);
        expect(await asDeveloper("POST", "/v2/foundation/blobs/uploads/")).to.equal(401);
        expect(await asDeveloper("POST", "/v2/other/blobs/uploads/?mount=sha256:0&from=foundation")).to.equal(
            401,
        );
        expect(await asDeveloper("GET", "/v2/_catalog")).to.equal(401);
    });

    it("let BuildKit build on the foundation and push, once it trusts the certificate", async () => {
        const dockerfile = `FROM ${image("foundation", "1")}\nCOPY content /more\n`;
        await writeFile(join(directory, "Dockerfile"), dockerfile);
        const build = (...options: string[]) => ["buildx", "build", "--no-cache", ...options, directory];
        await loginToPull();
        await succeed("docker", ["image", "rm", "--force", image("foundation", "1")]);
        const untrusting = await run("docker", build("--output", "type=cacheonly"));
        expect(untrusting.all).to.include("certificate signed by unknown authority");
        await succeed("docker", build("--output", "type=cacheonly"), { env: trust });
        await loginToPush();
        await succeed("docker", build("--push", "--tag", image("foundation", "3")), { env: trust });
        await succeed("docker", ["buildx", "imagetools", "inspect", image("foundation", "3")], {
            env: trust,
        });
    });

    it("refuse to move or delete a tag that is locked, for whoever may push, until it is unlocked", async () => {
        await loginToPush();
        const change = async (path: string, body: object) => {
            const challenged = await fetch(`https://${host}${path}`, { method: "PATCH", body: "{}" });
            const [, scope] = /scope="([^"]*)"/.exec(challenged.headers.get("www-authenticate") ?? "") ?? [];
            expect([challenged.status, scope]).to.deep.equal([401, "repository:foundation:metadata_write"]);
            const headers = { authorization: `Bearer ${await pushToken(required(scope))}` };
            const init = { method: "PATCH", headers, body: JSON.stringify(body) };
            const answer = await fetch(`https://${host}${path}`, init);
            return { status: answer.status, body: (await answer.json()) as object };
        };
        const tag = "/acr/v1/foundation/_tags/3";
        expect(await change(tag, { writeEnabled: false })).to.have.nested.include({
            status: 200,
            "body.tag.name": "3",
            "body.tag.changeableAttributes.writeEnabled": false,
            "body.tag.changeableAttributes.deleteEnabled": true,
        });
        await succeed("docker", ["pull", "--quiet", image("foundation", "1")]);
        await succeed("docker", ["tag", image("foundation", "1"), image("foundation", "3")]);
        const { exitCode, all } = await docker("push", image("foundation", "3"));
        expect(exitCode, all).to.equal(1);
        expect(all).to.include("The operation is disallowed on this registry, repository or image");
        await succeed("docker", ["push", image("foundation", "1")]);
        expect((await change(tag, { writeEnabled: true })).status).to.equal(200);
        await succeed("docker", ["push", image("foundation", "3")]);
        expect((await change(tag, { locked: true })).status).to.equal(400);
        expect((await change("/acr/v1/foundation/_tags/nosuch", { writeEnabled: false })).status).to.equal(
            404,
        );
    });

    it("point uploads at the host that clients know", async () => {
        const token = await pushToken("repository:foundation:pull,push");
        const upload = await fetch(`https://${host}/v2/foundation/blobs/uploads/`, {
            method: "POST",
            headers: { authorization: `Bearer ${token}` },
        });
        expect(upload.status).to.equal(202);
        expect(upload.headers.get("location")).to.match(
            new RegExp(`^https://${host}/v2/foundation/blobs/uploads/`),
        );
    });

    it("leave nothing behind", async () => {
        const fake = await startFakeAzure();
        let loginServer = "";
        const containers = async () =>
            (await docker("container", "ls", "--all", "--quiet", "--filter", `label=${label}=${loginServer}`))
                .all;
        let volume = "";
        try {
            const { registry } = await createFoundation(clientsOf(fake));
            loginServer = registry.loginServer;
            await fetch(`https://${loginServer}/v2/foundation/tags/list`);
            const format = "{{range .Mounts}}{{.Name}}{{end}}";
            volume = (await docker("container", "inspect", "--format", format, await containers())).all;
            expect((await docker("volume", "inspect", volume)).exitCode).to.equal(0);
        } finally {
            await fake.stop();
        }
        expect(await containers()).to.equal("");
        expect((await docker("volume", "inspect", volume)).exitCode).to.equal(1);
    });

    it("leave no container behind when nobody stops the fake", async () => {
        const program = `
            import { startFakeAzure } from "./azure.ts";
            import { clientsOf, createFoundation } from "./clients.ts";
            const { registry } = await createFoundation(clientsOf(await startFakeAzure()));
            const { status } = await fetch("https://" + registry.loginServer + "/v2/foundation/tags/list");
            console.log(registry.loginServer, status);
            throw new Error("a test that fails");
        `;
        const { exitCode, stdout } = await execa(
            process.execPath,
            ["--input-type=module-typescript", "--eval", program],
            {
                cwd: join(import.meta.dirname, "../azure"),
                reject: false,
            },
        );
        const [loginServer = "", status] = stdout.split(" ");
        expect([exitCode, status]).to.deep.equal([1, "401"]);
        const filter = `label=${label}=${loginServer}`;
        expect((await docker("container", "ls", "--all", "--quiet", "--filter", filter)).all).to.equal("");
    });
});
