import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { issueCertificates, type Certificates } from "../azure/certificates.ts";
import { goProgram } from "../support/goProgram.ts";
import { pushImage, startRegistry, type RegistryContainer } from "../support/registryContainer.ts";
import { freePorts, Sandbox } from "../support/sandbox.ts";
import { startTokenService, type TokenService } from "../support/tokenService.ts";

/** A project whose one app shows what its foundation says of itself, and builds in no time. */
async function projectFor(server: string, env: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
    const sandbox = await Sandbox.create({ smallFoundation: true, env });
    sandbox.write(
        "foundation/Dockerfile",
        'FROM debian:bookworm-slim\nCOPY content /content\nCMD ["cat", "/content"]\n',
    );
    for (const app of ["app1", "app2"]) fs.rmSync(sandbox.path(`apps/${app}`), { recursive: true });
    sandbox.write("apps/shop/Dockerfile", "FROM foundation\n");
    await sandbox.configure("registry", "existing");
    await sandbox.configure("server", server);
    return sandbox;
}

/** What the README promises: official, one's own, official again. */
async function keepsThePromise(sandbox: Sandbox): Promise<void> {
    const shown = async (...args: string[]): Promise<string> => {
        const output = await sandbox.compose("apps/shop", "up", "--no-log-prefix", ...args);
        await sandbox.compose("apps/shop", "down");
        // An older Compose clears the line before.
        return stripVTControlCharacters(output);
    };
    const first = await shown("--build");
    expect(first, first).to.match(/^official$/m);
    sandbox.write("foundation/content", "mine\n");
    await sandbox.compose("foundation", "build");
    expect(await shown("--build")).to.match(/^mine$/m);
    await sandbox.compose("foundation", "pull");
    expect(await shown("--build")).to.match(/^official$/m);
    sandbox.write("foundation/content", "official\n");
}

const cli = (sandbox: Sandbox, ...args: string[]) => sandbox.run("node", ["cli/foundation.cjs", ...args]);

/** Images that the sandbox doesn't know of, by name. */
async function dispose(sandbox: Sandbox, server: string): Promise<void> {
    const names = await sandbox.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}");
    const ours = names
        .split("\n")
        .filter((name) => name.startsWith(`${server}/`) && !name.endsWith("<none>"));
    if (ours.length > 0) await sandbox.run("docker", ["image", "rm", "--force", ...ours]);
    await sandbox.dispose();
}

describe("an existing registry with passwords, and TLS of a private authority", function () {
    this.timeout(300_000);
    let certificates: Certificates;
    let registry: RegistryContainer;
    let trusted: string;
    let sandbox: Sandbox;

    before(async function () {
        // The engine takes anything for a certificate on the loopback, so this has to be elsewhere.
        const address = Object.values(os.networkInterfaces())
            .flat()
            .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address;
        if (address === undefined || process.getuid?.() !== 0) {
            return this.skip();
        }
        certificates = await issueCertificates(fs.mkdtempSync("/tmp/registry-ca-"), [address]);
        registry = await startRegistry(
            certificates,
            { htpasswd: { realm: "team", path: "/etc/distribution/htpasswd" } },
            { htpasswd: `team:${await bcrypt.hash("team's password", 4)}\n` },
            address,
        );
        trusted = path.join("/etc/docker/certs.d", registry.host);
        sandbox = await projectFor(`${registry.host}/platform`);
    });

    after(async () => {
        fs.rmSync(trusted, { recursive: true, force: true });
        await dispose(sandbox, registry.host);
        await registry.stop();
        certificates.distrust();
        fs.rmSync(path.dirname(certificates.authorityFile), { recursive: true });
    });

    it("is nothing that a preview trusts without its authority, and says where to put that", async () => {
        const { output, exitCode } = await sandbox.tryPreview();
        expect(exitCode).to.not.equal(0);
        expect(output).to.include(`${registry.host} does not answer`);
        expect(output.replaceAll(/\s+/g, " ")).to.include(`${trusted}/ca.crt`);
    });

    it("tells in a preview that nobody is logged in", async () => {
        fs.mkdirSync(trusted, { recursive: true });
        fs.copyFileSync(certificates.authorityFile, path.join(trusted, "ca.crt"));
        const { output, exitCode } = await sandbox.tryPreview();
        expect(exitCode).to.not.equal(0);
        expect(output).to.include(`nobody is logged in to ${registry.host} to push the foundation`);
    });

    it("is published to with Docker's own login, of which the state has nothing", async () => {
        const login = ["login", registry.host, "--username", "team", "--password-stdin"];
        await sandbox.run("docker", login, { input: "team's password" });
        expect(await sandbox.up()).to.not.include("Undefined value");
        const outputs = await sandbox.outputs();
        expect(outputs["image"]).to.match(new RegExp(`^${registry.host}/platform/foundation:content-`));
        expect(outputs).to.include({ loginCommand: `docker login ${registry.host}` });
        expect(outputs).to.not.have.any.keys("pullUsername", "pullPassword", "pullPasswordExpiresAt");
        const state = await sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", sandbox.stack]);
        expect(state).to.not.include("team's password").and.not.include(btoa("team:team's password"));
    });

    it("has nothing to change when the login does", async () => {
        const { output } = await sandbox.tryUp("--expect-no-changes");
        expect(output).to.not.include("error");
    });

    it("keeps the promise", async () => {
        await keepsThePromise(sandbox);
    });

    it("is verified as far as that can be, and says what can't", async () => {
        const { output, exitCode } = await cli(sandbox, "verify", "--stack", sandbox.stack);
        expect(exitCode, output).to.equal(0);
        expect(output).to.include("warning: skipped: developers pull with logins of their own");
        expect(output).to.match(/can be pulled\.$/m);
        const login = await cli(sandbox, "login", "--stack", sandbox.stack);
        expect(login.output).to.include(`Docker is logged in to ${registry.host} as team`);
    });

    it("tells whoever isn't logged in how to", async () => {
        await sandbox.docker("logout", registry.host);
        const { output, exitCode } = await cli(sandbox, "login", "--stack", sandbox.stack);
        expect(exitCode).to.equal(2);
        expect(output).to.include(`docker login ${registry.host}`);
        expect((await cli(sandbox, "status")).output).to.include("log in with `npm run foundation -- login`");
    });
});

describe("an existing registry with a token service, which knows rights by repository", function () {
    this.timeout(300_000);
    let certificates: Certificates;
    let service: TokenService;
    let registry: RegistryContainer;
    let sandbox: Sandbox;
    const repository = "team/platform/foundation";

    before(async () => {
        certificates = await issueCertificates(fs.mkdtempSync("/tmp/registry-ca-"));
        service = await startTokenService(certificates, {
            ci: { password: "the push token", rights: { [repository]: ["pull", "push"] } },
            developers: { password: "the pull token", rights: { [repository]: ["pull"] } },
        });
        registry = await startRegistry(certificates, service.auth, service.files);
        sandbox = await projectFor(`${registry.host}/team/platform`, {
            NODE_EXTRA_CA_CERTS: certificates.authorityFile,
            SSL_CERT_FILE: certificates.bundleFile,
            FOUNDATION_PUSH_USERNAME: "ci",
            FOUNDATION_PUSH_PASSWORD: "the push token",
        });
        await sandbox.configure("pullUsername", "developers");
        await sandbox.pulumi([
            ...["config", "set", "--secret", "--stack", sandbox.stack],
            ...["foundation:pullPassword", "the pull token"],
        ]);
    });

    after(async () => {
        await dispose(sandbox, registry.host);
        await registry.stop();
        await service.close();
        certificates.distrust();
        fs.rmSync(path.dirname(certificates.authorityFile), { recursive: true });
    });

    it("is told of a token that is refused, in a preview", async () => {
        const env = { FOUNDATION_PUSH_PASSWORD: "an old token" };
        const { output, exitCode } = await sandbox.run("pulumi", ["preview", "--stack", sandbox.stack], {
            env,
        });
        expect(exitCode).to.not.equal(0);
        expect(output).to.include(`${registry.host} refuses the login of ci, who is to push`);
        expect(output).to.not.include("an old token");
    });

    it("is published to with the environment's token, which is in no plain text", async () => {
        const output = await sandbox.up();
        expect(output).to.not.include("the push token").and.not.include("the pull token");
        const state = await sandbox.pulumi(["stack", "export", "--stack", sandbox.stack]);
        expect(state).to.not.include("the push token").and.not.include("the pull token");
    });

    it("has nothing to change with another token", async () => {
        const args = ["up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", sandbox.stack];
        const env = { FOUNDATION_PUSH_PASSWORD: "another token" };
        const { output, exitCode } = await sandbox.run("pulumi", args, { env });
        expect(exitCode, output).to.equal(0);
    });

    it("logs developers in, and keeps the promise", async () => {
        const { output, exitCode } = await cli(sandbox, "login", "--stack", sandbox.stack);
        expect(exitCode, output).to.equal(0);
        expect(output).to.include(`Logged in to ${registry.host} as developers.`);
        await keepsThePromise(sandbox);
    });

    it("is proven to give developers nothing but the foundation", async () => {
        const { output, exitCode } = await cli(sandbox, "verify", "--stack", sandbox.stack);
        expect(exitCode, output).to.equal(0);
        expect(output).to.match(/can be pulled,\nwith a credential that can only pull\./);
    });

    it("is not what developers are promised when they can push", async () => {
        const env = { FOUNDATION_PULL_USERNAME: "ci", FOUNDATION_PULL_PASSWORD: "the push token" };
        const verify = (more: object) =>
            sandbox.run("node", ["cli/foundation.cjs", "verify"], { env: { ...env, ...more } });
        expect((await verify({})).output).to.include("skipped: ci pushes as well, so every developer can");
        const other = await verify({ FOUNDATION_PUSH_USERNAME: "", FOUNDATION_PUSH_PASSWORD: "" });
        expect(other.exitCode).to.equal(1);
        expect(other.output).to.include("error: the pull credential can start an upload");
    });

    it("takes the same content as it is, whoever has published it", async () => {
        const before = (await sandbox.outputs())["digest"];
        const state = await sandbox.pulumi(["stack", "--show-urns", "--stack", sandbox.stack]);
        const [urn = ""] = /urn:pulumi:\S+PushedImage::\S+/.exec(state) ?? [];
        const asked = service.asked.length;
        expect(await sandbox.up("--replace", urn)).to.include("with the same content, and is taken as it is");
        expect((await sandbox.outputs())["digest"]).to.equal(before);
        expect(service.asked.slice(asked)).to.not.include(`GET repository:${repository}:pull,push`);
    });

    it("stops before it pushes over what somebody else has published under the tag", async () => {
        sandbox.write("foundation/content", "official 2\n");
        const { output: preview } = await sandbox.tryPreview();
        const { image = "" } = await sandbox.outputs();
        const tags = [...preview.matchAll(/content-[0-9a-f]{12}/g)].map(([found]) => found);
        const tag = tags.find((found) => !image.endsWith(found)) ?? "";
        const access = [{ type: "repository", name: repository, actions: ["pull", "push"] }];
        const bearer = `Bearer ${await service.sign(access)}`;
        const theirs = await pushImage(registry.host, repository, tag, bearer);
        const { output, exitCode } = await sandbox.tryUp();
        expect(exitCode).to.not.equal(0);
        expect(output.replaceAll(/\s+/g, " "))
            .to.include(
                `${repository}:${tag} is there already and is another image, so nothing was built or pushed`,
            )
            .and.include(theirs)
            .and.include("pulumi config set rebuild <a new text>");
        // Not by `rebuild`, which asks Docker Hub for a newer base image.
        sandbox.write("foundation/content", "official 3\n");
        await sandbox.up();
    });
});

describe("an existing registry that lets in whoever comes", function () {
    this.timeout(300_000);
    let server: ChildProcess | undefined;
    let sandbox: Sandbox | undefined;
    let host: string;

    before(async function () {
        const program = await goProgram(
            "go-containerregistry",
            "github.com/google/go-containerregistry/cmd/registry",
            "0.22.1",
        );
        if (program === undefined) return this.skip();
        const [port = 0] = await freePorts(1);
        host = `localhost:${port}`;
        server = spawn(program, ["-port", String(port)], { stdio: "ignore" });
        for (let tries = 0; ; tries += 1) {
            const up = await fetch(`http://${host}/v2/`).then(
                () => true,
                () => false,
            );
            if (up) break;
            if (tries > 100) throw new Error("go-containerregistry's server did not come up");
            await delay(100);
        }
        sandbox = await projectFor(`${host}/acme`);
    });

    after(async () => {
        if (sandbox !== undefined) await dispose(sandbox, host);
        server?.kill();
    });

    it("is published to without any login, keeps the promise, and is verified for anybody", async () => {
        if (sandbox === undefined) throw new Error("no project");
        await sandbox.up();
        await keepsThePromise(sandbox);
        expect((await cli(sandbox, "login", "--stack", sandbox.stack)).output).to.include(
            "Anybody may pull from",
        );
        const { output, exitCode } = await cli(sandbox, "verify", "--stack", sandbox.stack);
        expect(exitCode, output).to.equal(0);
        expect(output).to.include("warning: anybody can start an upload");
        expect((await cli(sandbox, "status")).output).to.include("has nothing newer");
    });
});
