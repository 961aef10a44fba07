import * as fs from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { onEachEngine } from "../support/engines.ts";
import { Sandbox } from "../support/sandbox.ts";

/** One stack from its first deployment to its last, in the order in which a team lives through it. */
onEachEngine("a stack's life", function (engine) {
    this.timeout(600_000);
    let sandbox: Sandbox;
    /** A user's own lines, as nobody would want to see them changed. */
    const ownLines = Buffer.from("# caf\xe9\r\nAPP_SECRET='a$b'\n\nlast=line without an end", "latin1");
    const legacyDockerfile =
        'FROM foundationrepository.azurecr.io/foundation\nCMD ["cat", "/etc/foundation-release"]\n';
    const refresh = ["refresh", "--yes", "--skip-preview"];

    before(async () => {
        sandbox = await Sandbox.create({ engine });
        sandbox.write("apps/legacy/Dockerfile", legacyDockerfile);
        fs.writeFileSync(sandbox.path("apps/app2/.env"), ownLines);
        await sandbox.pulumi([
            "config",
            "set",
            "--stack",
            sandbox.stack,
            "--path",
            "foundation:replaces[0]",
            "foundationrepository.azurecr.io/foundation",
        ]);
    });

    after(async () => {
        await sandbox.dispose();
    });

    const emitted = (): string[] =>
        ["foundation", "apps/app1", "apps/app2", "apps/legacy"].flatMap((folder) => [
            `${folder}/compose.yaml`,
            `${folder}/.env`,
        ]);
    const times = (): number[] => emitted().map((file) => fs.statSync(sandbox.path(file)).mtimeMs);
    const environment = (folder: string): Record<string, string> =>
        Object.fromEntries(
            [...sandbox.read(`${folder}/.env`).matchAll(/^(FOUNDATION_\w+)='(.*)'$/gm)].map(
                ([, key = "", value = ""]) => [key, value],
            ),
        );

    /** Asks the registry with Basic authentication, as Docker does. */
    async function ask(method: string, url: string, username: string, password: string): Promise<Response> {
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        const accept =
            "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json";
        return fetch(url, { method, headers: { authorization, accept } });
    }

    /** The variant that an app says its foundation is, after `docker compose up` with these arguments. */
    async function variantOf(folder: string, ...args: string[]): Promise<string> {
        let told: string;
        if (folder === "apps/app1") {
            await sandbox.compose(folder, "up", "--detach", "--wait", ...args);
            told = await (await fetch(`http://127.0.0.1:${sandbox.appPort}/foundation`)).text();
        } else {
            told = await sandbox.compose(folder, "up", ...args);
        }
        await sandbox.compose(folder, "down");
        const [, inWords, inReleaseFile] =
            /\((official|official 2|edited here)\)|VARIANT="([^"]+)"/.exec(told) ?? [];
        return inWords ?? inReleaseFile ?? told;
    }

    describe("from nothing", () => {
        it("previews every file by name and writes none", async () => {
            const { output, exitCode } = await sandbox.tryPreview();
            expect(exitCode, output).to.equal(0);
            for (const file of emitted()) expect(output).to.include(file);
            expect(emitted().filter((file) => fs.existsSync(sandbox.path(file)))).to.deep.equal([
                "apps/app2/.env",
            ]);
            expect(fs.readFileSync(sandbox.path("apps/app2/.env"))).to.deep.equal(ownLines);
        });

        it("gives every output, with the password secret", async () => {
            const log = await sandbox.up();
            const outputs = await sandbox.outputs();
            expect(Object.keys(outputs)).to.have.members([
                "registryServer",
                "images",
                "image",
                "digest",
                "pinnedImage",
                "channelImage",
                "pullUsername",
                "pullPassword",
                "pullPasswordExpiresAt",
                "loginCommand",
                "apps",
                "readme",
            ]);
            for (const [name, value] of Object.entries(outputs)) {
                if (name !== "images") expect(value).to.be.a("string").and.not.empty;
            }
            expect(outputs["image"]).to.match(
                new RegExp(`^localhost:${sandbox.pullPort}/foundation:content-[0-9a-f]{12}$`),
            );
            expect(outputs["pinnedImage"]).to.equal(`${outputs["image"]}@${outputs["digest"]}`);
            expect(outputs["apps"]).to.equal("apps/app1 apps/app2 apps/legacy");

            const password = outputs["pullPassword"] ?? "";
            expect(log).not.to.include(password);
            expect(await sandbox.pulumi(["stack", "output", "--stack", sandbox.stack])).not.to.include(
                password,
            );
            expect(await sandbox.pulumi(["stack", "export", "--stack", sandbox.stack])).not.to.include(
                password,
            );
            for (const file of emitted()) expect(sandbox.read(file)).not.to.include(password);
        });

        it("leaves no copy of a credential in the temporary folder", () => {
            expect(
                fs.readdirSync(`${sandbox.root}/tmp`).filter((name) => name.startsWith("pulumi-docker-")),
            ).to.deep.equal([]);
        });

        it("emits references that the pull credential resolves to the published digest", async () => {
            const { pullUsername = "", pullPassword = "", digest } = await sandbox.outputs();
            for (const folder of ["foundation", "apps/app1", "apps/app2", "apps/legacy"]) {
                const { FOUNDATION_IMAGE = "", FOUNDATION_DIGEST, FOUNDATION_STACK } = environment(folder);
                const [, server, tag] = /^(.*)\/foundation:(.*)$/.exec(FOUNDATION_IMAGE) ?? [];
                const answer = await ask(
                    "HEAD",
                    `http://${server}/v2/foundation/manifests/${tag}`,
                    pullUsername,
                    pullPassword,
                );
                expect(answer.headers.get("docker-content-digest")).to.equal(digest);
                expect([FOUNDATION_DIGEST, FOUNDATION_STACK]).to.deep.equal([digest, sandbox.stack]);
            }
        });

        it("gives a pull credential that cannot start an upload, push or delete, at either door", async () => {
            const { pullUsername = "", pullPassword = "", digest, image = "" } = await sandbox.outputs();
            for (const port of [sandbox.pullPort, sandbox.pushPort]) {
                const url = `http://localhost:${port}/v2/foundation`;
                for (const [method, path] of [
                    ["POST", "blobs/uploads/"],
                    ["PUT", "manifests/stolen"],
                    ["DELETE", `manifests/${digest}`],
                ]) {
                    const answer = await ask(method ?? "", `${url}/${path}`, pullUsername, pullPassword);
                    expect(answer.status, `${method} ${path} on ${port}`).to.be.oneOf([401, 403, 405]);
                }
            }
            await sandbox.login();
            // Something that isn't there yet: Docker sends nothing of what is, and counts that as pushed.
            const stolen = image.replace(/:[^:]*$/, ":stolen");
            await sandbox.docker("tag", "debian:bookworm-slim", stolen);
            const { exitCode } = await sandbox.run("docker", ["push", stolen]);
            expect(exitCode).not.to.equal(0);
            await sandbox.docker("image", "rm", stolen);
        });

        it("lets nobody in without a credential", async () => {
            expect((await fetch(`http://localhost:${sandbox.pullPort}/v2/`)).status).to.equal(401);
        });
    });

    describe("a developer's day", () => {
        it("runs every app on the official foundation, the one that hard-codes its name included", async () => {
            expect(await variantOf("apps/app1")).to.equal("official");
            expect(await variantOf("apps/app2")).to.equal("official");
            expect(await variantOf("apps/legacy")).to.equal("official");
        });

        it("runs them on an edited one after the README's two commands", async () => {
            const release = sandbox.read("foundation/files/foundation-release");
            sandbox.write(
                "foundation/files/foundation-release",
                release.replace('"official"', '"edited here"'),
            );
            await sandbox.compose("foundation", "build");
            for (const app of ["apps/app1", "apps/app2", "apps/legacy"]) {
                expect(await variantOf(app, "--build")).to.equal("edited here");
            }
            sandbox.write("foundation/files/foundation-release", release);
        });

        it("goes back with one command", async () => {
            await sandbox.compose("foundation", "pull");
            for (const app of ["apps/app1", "apps/app2", "apps/legacy"]) {
                expect(await variantOf(app, "--build")).to.equal("official");
            }
        });

        it("touches no Dockerfile", () => {
            expect(sandbox.read("apps/legacy/Dockerfile")).to.equal(legacyDockerfile);
            for (const file of ["foundation/Dockerfile", "apps/app1/Dockerfile", "apps/app2/Dockerfile"]) {
                expect(sandbox.read(file)).to.equal(
                    fs.readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"),
                );
            }
        });
    });

    describe("again", () => {
        it("changes nothing, writes nothing and builds nothing", async () => {
            const before = times();
            await sandbox.up("--expect-no-changes");
            expect(times()).to.deep.equal(before);
        });

        it("shows no change in a second checkout with other modes, times and path", async () => {
            const elsewhere = `${sandbox.root}/elsewhere`;
            fs.cpSync(sandbox.path("."), elsewhere, {
                recursive: true,
                filter: (source) => !source.includes("/.foundation"),
            });
            for (const name of fs.readdirSync(`${elsewhere}/foundation`, { recursive: true }) as string[]) {
                const file = `${elsewhere}/foundation/${name}`;
                if (!fs.lstatSync(file).isFile()) continue;
                fs.chmodSync(file, 0o600);
                fs.utimesSync(file, 1, 1);
            }
            const preview = ["preview", "--expect-no-changes", "--stack", sandbox.stack];
            const { output, exitCode } = await sandbox.run("pulumi", preview, { cwd: elsewhere });
            expect(exitCode, output).to.equal(0);
        });

        it("restores a deleted and an edited file, and keeps the user's lines", async () => {
            const [before, env] = [sandbox.read("apps/app1/compose.yaml"), sandbox.read("foundation/.env")];
            fs.rmSync(sandbox.path("apps/app1/compose.yaml"));
            sandbox.write("foundation/.env", env.replace("content-", "tampered-"));
            const log = await sandbox.up();
            expect(log).to.include("apps/app1/compose.yaml").and.to.include("foundation/.env");
            expect(sandbox.read("apps/app1/compose.yaml")).to.equal(before);
            expect(sandbox.read("foundation/.env")).to.equal(env);
            expect(fs.readFileSync(sandbox.path("apps/app2/.env")).includes(ownLines)).to.equal(true);
            await sandbox.up("--expect-no-changes");
        });

        it("restores a registry that was stopped, without losing an image", async () => {
            const compose = `foundation-registry-${sandbox.stack}`;
            await sandbox.docker("stop", `${compose}-pull-1`);
            await sandbox.docker("rm", "--force", `${compose}-push-1`);
            await sandbox.up();
            await sandbox.docker("pull", "--quiet", (await sandbox.outputs())["image"] ?? "");
            await sandbox.up("--expect-no-changes");
        });

        it("pushes again to a registry that has lost its volume, after a refresh as well", async () => {
            const compose = `foundation-registry-${sandbox.stack}`;
            const { image = "" } = await sandbox.outputs();
            for (const refreshes of [false, true]) {
                await sandbox.docker("rm", "--force", `${compose}-pull-1`, `${compose}-push-1`);
                await sandbox.docker("volume", "rm", `${compose}_images`);
                await sandbox.docker("network", "rm", `${compose}_default`);
                if (refreshes) await sandbox.pulumi([...refresh, "--stack", sandbox.stack]);
                await sandbox.up();
                await sandbox.docker("image", "rm", "--force", image);
                await sandbox.docker("pull", "--quiet", image);
            }
        });

        it("has everything there after it was asked to replace it", async () => {
            const { image = "" } = await sandbox.outputs();
            const state = await sandbox.pulumi(["stack", "--show-urns", "--stack", sandbox.stack]);
            for (const type of ["EmittedFiles", "ComposeProject"]) {
                const [urn = ""] = new RegExp(`urn:pulumi:\\S+${type}::\\S+`).exec(state) ?? [];
                await sandbox.up("--replace", urn);
            }
            expect(emitted().filter((file) => !fs.existsSync(sandbox.path(file)))).to.deep.equal([]);
            await sandbox.docker("image", "rm", "--force", image);
            await sandbox.docker("pull", "--quiet", image);
            await sandbox.up("--expect-no-changes");
        });

        it("has nothing to say against a refresh", async () => {
            await sandbox.pulumi([...refresh, "--expect-no-changes", "--stack", sandbox.stack]);
            await sandbox.up("--expect-no-changes");
        });
    });

    describe("a changed foundation", () => {
        it("gets a new tag and digest, .env follows, and the old tag still pulls", async () => {
            const old = await sandbox.outputs();
            const release = sandbox.read("foundation/files/foundation-release");
            sandbox.write(
                "foundation/files/foundation-release",
                release.replace('"official"', '"official 2"'),
            );
            const { output } = await sandbox.tryPreview();
            await sandbox.up();
            const now = await sandbox.outputs();

            expect(now["image"]).not.to.equal(old["image"]);
            expect(now["digest"]).not.to.equal(old["digest"]);
            expect(output).to.include(now["image"]);
            for (const folder of ["foundation", "apps/app1", "apps/app2", "apps/legacy"]) {
                expect(environment(folder)).to.include({
                    FOUNDATION_IMAGE: now["image"],
                    FOUNDATION_DIGEST: now["digest"],
                });
            }
            await sandbox.docker("image", "rm", "--force", old["image"] ?? "");
            await sandbox.docker("pull", "--quiet", old["image"] ?? "");
            const channel = await ask(
                "HEAD",
                `http://localhost:${sandbox.pullPort}/v2/foundation/manifests/latest`,
                now["pullUsername"] ?? "",
                now["pullPassword"] ?? "",
            );
            expect(channel.headers.get("docker-content-digest")).to.equal(now["digest"]);
            expect(await variantOf("apps/app2", "--build")).to.equal("official 2");
        });

        it("can share one .env through symlinks, and go back to copies", async () => {
            await sandbox.configure("envFiles", "symlink");
            const { output, exitCode } = await sandbox.tryUp();
            // app2's own lines can't live in a link.
            expect(exitCode).not.to.equal(0);
            expect(output).to.include("apps/app2/.env");
            fs.writeFileSync(sandbox.path("apps/app2/.env"), sandbox.read("apps/app1/.env"));
            await sandbox.up();
            for (const folder of ["apps/app1", "apps/app2"]) {
                expect(fs.readlinkSync(sandbox.path(`${folder}/.env`))).to.equal("../../.env");
                const config = parse(await sandbox.compose(folder, "config")) as { services: object };
                expect(JSON.stringify(config.services)).to.include((await sandbox.outputs())["image"]);
            }
            await sandbox.configure("envFiles", "copy");
            await sandbox.up();
            expect(fs.lstatSync(sandbox.path("apps/app1/.env")).isSymbolicLink()).to.equal(false);
            expect(fs.existsSync(sandbox.path(".env"))).to.equal(false);
            fs.writeFileSync(
                sandbox.path("apps/app2/.env"),
                Buffer.concat([fs.readFileSync(sandbox.path("apps/app2/.env")), ownLines]),
            );
        });
    });

    describe("the end", () => {
        it("leaves nothing of ours in Docker or on disk, and everything of the user's", async () => {
            await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", sandbox.stack]);

            const own = (line: string): boolean => line.includes(sandbox.stack) && line.includes("registry");
            for (const list of [
                ["ps", "--all", "--format", "{{.Names}}"],
                ["volume", "ls", "--format", "{{.Name}}"],
                ["network", "ls", "--format", "{{.Name}}"],
            ]) {
                expect((await sandbox.docker(...list)).split("\n").filter(own)).to.deep.equal([]);
            }
            const images = (await sandbox.docker("image", "ls", "--format", "{{.Repository}}")).split("\n");
            expect(images).not.to.include(`localhost:${sandbox.pushPort}/foundation`);
            expect(emitted().filter((file) => fs.existsSync(sandbox.path(file)))).to.deep.equal([
                "apps/app2/.env",
            ]);
            expect(fs.readdirSync(sandbox.path(".foundation/context"))).to.deep.equal([]);
            expect(fs.readFileSync(sandbox.path("apps/app2/.env"))).to.deep.equal(ownLines);
            expect(sandbox.read("apps/app1/compose.override.yaml")).to.include("APP1_PORT");
        });
    });
});
