import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { engines, onEachEngine } from "../support/engines.ts";
import { freePorts, Sandbox, succeeded } from "../support/sandbox.ts";
import { createRemoteBuilder, createSecondBuilder } from "../support/secondBuilder.ts";
import { readStatus } from "../support/status.ts";

type Image = Readonly<Record<"image" | "digest" | "pinnedImage" | "channelImage", string>>;

onEachEngine("several images", function (engine) {
    this.timeout(900_000);
    let sandbox: Sandbox;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true, engine });
        sandbox.write("base/Dockerfile", "FROM scratch\nCOPY content /content\n");
        sandbox.write("base/content", "1\n");
        sandbox.write(
            "java/Dockerfile",
            "ARG FOUNDATION_BASE_IMAGE\nFROM ${FOUNDATION_BASE_IMAGE}\nCOPY java /java\n",
        );
        sandbox.write("java/java", "1\n");
        sandbox.write("docker/tool.Dockerfile", "FROM java\nCOPY tools/tool /tool\n");
        sandbox.write("docker/tool/README.md", "Where its compose.yaml is.\n");
        sandbox.write("tools/tool", "1\n");
        sandbox.write(".dockerignore", "*\n!tools\n");
        sandbox.write("apps/chained/Dockerfile", "FROM tool\nCOPY --from=java /java /of-java\n");
        sandbox.write("apps/chained/.env", `COMPOSE_PROJECT_NAME=${sandbox.stack}-chained\n`);
        for (const [key, value] of [
            ["tool.folder", "docker/tool"],
            ["tool.context", "."],
            ["tool.dockerfile", "docker/tool.Dockerfile"],
            ["tool.repository", "team/tool"],
            ["java.folder", "java"],
            ["base.folder", "base"],
        ] as const) {
            const args = ["--stack", sandbox.stack, "--path", `foundation:images.${key}`, value];
            await sandbox.pulumi(["config", "set", ...args]);
        }
    });

    after(() => sandbox.dispose());

    async function images(): Promise<Readonly<Record<"base" | "java" | "tool", Image>>> {
        const { images = "" } = await sandbox.outputs();
        return images as unknown as Readonly<Record<"base" | "java" | "tool", Image>>;
    }

    /** The layers that the registry has of an image, by the developers' credential. */
    async function layers(repository: string, digest: string): Promise<readonly string[]> {
        const { pullUsername = "", pullPassword = "" } = await sandbox.outputs();
        const authorization = `Basic ${Buffer.from(`${pullUsername}:${pullPassword}`).toString("base64")}`;
        const accept =
            "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
        const url = `http://localhost:${sandbox.pullPort}/v2/${repository}/manifests/${digest}`;
        const answer = await fetch(url, { headers: { authorization, accept } });
        const { layers } = (await answer.json()) as { readonly layers: readonly { digest: string }[] };
        return layers.map((layer) => layer.digest);
    }

    it("are published each on the digest of its parent, whatever their order in the configuration", async () => {
        await sandbox.up();
        const { base, java, tool } = await images();
        const server = `localhost:${sandbox.pullPort}`;
        expect(base.image).to.match(new RegExp(`^${server}/base:content-[0-9a-f]{12}$`));
        expect(tool.pinnedImage).to.equal(`${tool.image}@${tool.digest}`);
        expect(tool.channelImage).to.equal(`${server}/team/tool:latest`);

        const [ofBase, ofJava, ofTool] = [
            await layers("base", base.digest),
            await layers("java", java.digest),
            await layers("team/tool", tool.digest),
        ];
        expect([ofBase.length, ofJava.length, ofTool.length]).to.deep.equal([1, 2, 3]);
        expect(ofTool.slice(0, 2)).to.deep.equal(ofJava);
        expect(ofJava.slice(0, 1)).to.deep.equal(ofBase);
    });

    it("are what an app is built on, and its status is in order", async () => {
        await sandbox.login();
        const options = { cwd: sandbox.path("apps/chained") };
        succeeded(await sandbox.run("docker", ["compose", "build"], options), "docker compose build");
        const status = (option: string) => sandbox.run("node", ["cli/foundation.cjs", "status", option]);
        succeeded(await status("--check"), "status --check");
        const { apps } = readStatus(succeeded(await status("--json"), "status"));
        const chained = apps.find(({ folder }) => folder === "apps/chained");
        expect(chained?.built?.base.state).to.equal("official");
    });

    it("stay as they are when nothing has changed", async () => {
        const before = await images();
        expect(await sandbox.up())
            .to.match(/unchanged/)
            .and.not.match(/updated|replaced|created/);
        expect(await images()).to.deep.equal(before);
    });

    it("are built anew, from the changed byte to the end of the chain and no further back", async () => {
        const before = await images();
        sandbox.write("java/java", "2\n");
        await sandbox.up();
        const half = await images();
        expect(half.base).to.deep.equal(before.base);

        sandbox.write("base/content", "2\n");
        await sandbox.up();
        const after = await images();
        for (const [name, repository] of [
            ["java", "java"],
            ["tool", "team/tool"],
        ] as const) {
            const tags = new Set([before, half, after].map((all) => all[name].image));
            const digests = new Set([before, half, after].map((all) => all[name].digest));
            expect([tags.size, digests.size]).to.deep.equal([3, 3]);
            expect((await layers(repository, after[name].digest))[0]).to.equal(
                (await layers("base", after.base.digest))[0],
            );
        }
    });

    describe("with other builders", () => {
        const removals: (() => Promise<void>)[] = [];
        const builders: string[] = [];

        before(async function () {
            // They have nothing of the engine's, whichever it is.
            if (engine.title !== engines()[0].title) this.skip();
            const [port = 0] = await freePorts(1);
            for (const [name, create] of [
                [`${sandbox.stack}-container`, createSecondBuilder],
                [
                    `${sandbox.stack}-remote`,
                    (at: Sandbox, remote: string) => createRemoteBuilder(at, remote, port),
                ],
            ] as const) {
                const remove = await create(sandbox, name);
                if (remove === undefined) this.skip();
                removals.push(remove);
                builders.push(name);
            }
        });

        after(async () => {
            for (const remove of removals) await remove();
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "foundation:builder"]);
        });

        it("are published each on the digest of its parent, in a container and far away", async () => {
            for (const builder of builders) {
                await sandbox.configure("builder", builder);
                sandbox.write("base/content", `by ${builder}\n`);
                const before = await images();
                await sandbox.up();
                const { base, java, tool } = await images();
                expect(base.digest).not.to.equal(before.base.digest);
                const [ofBase, ofJava, ofTool] = [
                    await layers("base", base.digest),
                    await layers("java", java.digest),
                    await layers("team/tool", tool.digest),
                ];
                expect(ofTool).to.deep.equal([...ofBase, ofJava[1], ofTool[2]]);
            }
        });
    });

    it("are refused in a preview when they are built on each other", async () => {
        const text = sandbox.read("base/Dockerfile");
        sandbox.write("base/Dockerfile", "FROM tool\n");
        const { output, exitCode } = await sandbox.tryPreview();
        sandbox.write("base/Dockerfile", text);
        expect(exitCode).not.to.equal(0);
        expect(output).to.match(
            /(tool|java|base) is built on .* is built on .* is built on \1, which can't be/,
        );
    });

    describe("with secrets", () => {
        // Made up here, as the sandbox has a copy of this file.
        const [env = "", file = "", config = ""] = [1, 2, 3].map(() => randomBytes(12).toString("hex"));
        const values = { env, file, config };

        before(async () => {
            sandbox.write(
                "base/Dockerfile",
                [
                    "FROM debian:bookworm-slim",
                    ...["env", "file", "config"].map(
                        (id) =>
                            `RUN --mount=type=secret,id=${id},required=true cat /run/secrets/${id} && sha256sum < /run/secrets/${id} > /${id}`,
                    ),
                    "COPY content /content\n",
                ].join("\n"),
            );
            fs.writeFileSync(path.join(sandbox.root, "token"), values.file);
            const set = (...args: readonly string[]) =>
                sandbox.pulumi(["config", "set", "--stack", sandbox.stack, ...args]);
            await set("--path", "foundation:images.base.secrets.env.env", "E2E_TOKEN");
            await set("--path", "foundation:images.base.secrets.file.file", path.join(sandbox.root, "token"));
            await set("--path", "foundation:images.base.secrets.config.config", "pip");
        });

        it("are refused in a preview without them", async () => {
            const withoutValue = await sandbox.tryPreview();
            expect(withoutValue.output).to.include("there is no such entry in buildSecrets");
            await sandbox.pulumi([
                ...["config", "set", "--stack", sandbox.stack, "--secret", "--path"],
                ...["foundation:buildSecrets.pip", values.config],
            ]);
            const { output, exitCode } = await sandbox.tryPreview();
            expect(exitCode).not.to.equal(0);
            expect(output).to.include("base/Dockerfile: env: the variable E2E_TOKEN is not set");
        });

        it("have them in the build, and nowhere else", async () => {
            const env = { E2E_TOKEN: values.env };
            const args = ["up", "--yes", "--skip-preview", "--stack", sandbox.stack];
            const said = succeeded(await sandbox.run("pulumi", args, { env }), "pulumi up");
            await sandbox.login();
            const { base, tool } = await images();
            await sandbox.docker("pull", "--quiet", tool.image);
            const proofs = await sandbox.docker(
                ...["run", "--rm", "--entrypoint", "cat", tool.image, "/env", "/file", "/config"],
            );
            expect(proofs.split("\n").filter((line) => /^[0-9a-f]{64} /.test(line))).to.have.length(3);

            const exported = succeeded(
                await sandbox.run("pulumi", ["stack", "export", "--stack", sandbox.stack]),
                "pulumi stack export",
            );
            const shown = JSON.parse(
                succeeded(
                    await sandbox.run("pulumi", [
                        ...["stack", "export", "--show-secrets", "--stack", sandbox.stack],
                    ]),
                    "pulumi stack export",
                ),
            ) as { readonly deployment: { readonly resources: readonly { readonly type: string }[] } };
            const ours = shown.deployment.resources.filter(({ type }) => type.startsWith("foundation:"));
            const places = {
                "the output": said,
                "the state": exported,
                "the state of our resources": JSON.stringify(ours),
                history: await sandbox.docker("image", "history", "--no-trunc", tool.image),
                image: await sandbox.docker("image", "inspect", base.image, tool.image).catch(() => ""),
                "the project's folder": folderText(sandbox.path(".")),
            };
            expectNoValueIn(places);
        });

        function expectNoValueIn(places: Readonly<Record<string, string>>): void {
            for (const [place, text] of Object.entries(places)) {
                for (const value of Object.values(values)) {
                    expect(text.includes(value), `${value} in ${place}`).to.equal(false);
                }
            }
        }

        it("stay as they are when only a value has changed, or is gone", async () => {
            const before = await images();
            await sandbox.up();
            expect(await images()).to.deep.equal(before);
        });

        it("have them in `docker compose build` too, and nowhere else", async () => {
            const { base } = await images();
            // What a Dockerfile itself prints, nothing can keep from a log; and a step that is cached needs no secret.
            const anew = ` : ${randomBytes(4).toString("hex")} &&`;
            const silent = sandbox.read("base/Dockerfile").replaceAll(/ cat \S+ &&/g, anew);
            sandbox.write("base/Dockerfile", silent);
            const said = succeeded(
                await sandbox.run("docker", ["compose", "--progress", "plain", "build"], {
                    cwd: sandbox.path("base"),
                    env: { E2E_TOKEN: values.env, FOUNDATION_SECRET_PIP: values.config },
                }),
                "docker compose build",
            );
            for (const [id, value] of Object.entries(values)) {
                const proof = await sandbox.docker(
                    "run",
                    "--rm",
                    "--entrypoint",
                    "cat",
                    base.image,
                    `/${id}`,
                );
                expect(proof, id).to.include(createHash("sha256").update(value).digest("hex"));
            }
            expectNoValueIn({
                "the log": said,
                history: await sandbox.docker("image", "history", "--no-trunc", base.image),
                image: await sandbox.docker("image", "inspect", base.image),
                "the project's folder": folderText(sandbox.path(".")),
            });
        });
    });
});

/** All that is written in a folder, but for what comes from npm. */
function folderText(folder: string): string {
    return fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "latin1"))
        .join("\n");
}
