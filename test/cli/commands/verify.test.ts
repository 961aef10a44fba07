import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { run } from "../../../cli/commands/verify.ts";
import { commandSetting } from "../../support/commandSetting.ts";
import { emit, projectIn } from "../../support/project.ts";
import { smallRegistries, type Stock } from "../../support/registry.ts";
import { fakeProgram } from "../../toolchain/support.ts";

const digest = `sha256:${"1".repeat(64)}`;
const upload = "POST /v2/foundation/blobs/uploads/";

describe("foundation verify", function () {
    this.timeout(60_000);
    const { folder, docker, setEnvironment, output } = commandSetting();
    const registry = smallRegistries();

    /** A deployed project: its registry has the image, and one that takes pushes refuses the pull credential. */
    async function deployed(stock: Stock = { images: { "foundation:1": digest } }, published = digest) {
        const pull = await registry(stock);
        const push = await registry({ password: "another" });
        const [pullPort, pushPort] = [pull, push].map(({ server }) => server.split(":")[1]);
        const ports = `pull\t127.0.0.1:${pullPort}->5000/tcp\npush\t127.0.0.1:${pushPort}->5000/tcp\n`;
        docker([
            { to: "ps --filter label=com.docker.compose.project=foundation-registry-dev *", prints: ports },
        ]);
        setEnvironment("FOUNDATION_PULL_USERNAME", "foundation-pull");
        setEnvironment("FOUNDATION_PULL_PASSWORD", "secret");
        const image = `${pull.server}/foundation:1`;
        const root = projectIn(folder);
        emit(root, { image, digest: published, stack: "dev", pullUsername: "foundation-pull" });
        return { root, image, asked: pull.asked };
    }

    /** The stack's outputs, as Pulumi gives them. */
    function outputs(image: string, pullPasswordExpiresAt: string): void {
        setEnvironment("FOUNDATION_PULL_USERNAME", undefined);
        setEnvironment("FOUNDATION_PULL_PASSWORD", undefined);
        const registryServer = image.split("/")[0];
        const all = {
            registryServer,
            image,
            digest,
            pullUsername: "foundation-pull",
            pullPassword: "secret",
        };
        const bin = folder({ outputs: JSON.stringify({ ...all, pullPasswordExpiresAt }) });
        fakeProgram(bin, "pulumi", `case "$*" in *--show-name*) echo dev ;; *) cat "${bin}/outputs" ;; esac`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
    }

    it("says what was proven when all is well", async () => {
        const { root, image, asked } = await deployed();
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        expect(output()).to.equal(
            `verified: ${image} of stack dev, as named in 2 folders, can be pulled,\nwith a credential that can only pull.`,
        );
        expect(asked).to.include("HEAD /v2/foundation/manifests/1");
        expect(asked).not.to.include("GET /v2/foundation-another/tags/list");
    });

    it("warns of images that are not for this machine, each by its name where there are several", async () => {
        const manifests = [{ digest, platform: { os: "linux", architecture: "s390x" } }];
        const index = JSON.stringify({ manifests });
        const foreign = `sha256:${createHash("sha256").update(index).digest("hex")}`;
        const { root, image } = await deployed(
            {
                images: { "foundation:1": foreign, "java:1": foreign },
                content: {
                    [`/v2/foundation/manifests/${foreign}`]: index,
                    [`/v2/java/manifests/${foreign}`]: index,
                },
            },
            foreign,
        );
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        expect(output()).to.match(
            /^warning: the foundation in the registry is for linux\/s390x, and not for linux\/\w+; .*'platforms\[0\]=linux\/s390x'.*\nverified: /,
        );

        const lock = `${root}/foundation.lock.json`;
        const manifest = JSON.parse(fs.readFileSync(lock, "utf8")) as { images: Record<string, object> };
        const java = { ...manifest.images["foundation"], reference: image.replace("/foundation:", "/java:") };
        fs.writeFileSync(lock, JSON.stringify({ ...manifest, images: { ...manifest.images, java } }));
        await run({ clone: new Clone(root), options: {} });
        expect(output())
            .to.match(/warning: the foundation in the registry .*'platforms\[0\]=linux\/s390x'/)
            .and.match(/warning: the foundation java in .* images\.java\.platforms set to \[linux\/s390x, /);
    });

    it("names each image where there are several", async () => {
        const images = { "foundation:1": digest, "java:1": digest };
        const { root, image } = await deployed({ images });
        const config = "config: { foundation:images: { foundation: {}, java: {} } }\n";
        fs.writeFileSync(path.join(root, "Pulumi.dev.yaml"), config);
        fs.mkdirSync(path.join(root, "java"));
        fs.writeFileSync(path.join(root, "java/Dockerfile"), "FROM foundation\n");
        const java = image.replace("/foundation:", "/java:");
        const published = { foundation: { image, digest }, java: { image: java, digest } };
        emit(root, { image, digest, stack: "dev", pullUsername: "foundation-pull", images: published });
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        expect(output()).to.equal(
            "verified: 2 images of stack dev, as named in 3 folders, can be pulled,\nwith a credential that can only pull.\n" +
                `  ${image}\n  ${java}`,
        );
    });

    it("says once what the credential can do too much in each repository", async () => {
        const { root, image } = await deployed({
            images: { "foundation:1": digest, "java:1": digest },
            allowed: { [upload]: 202, [upload.replace("foundation", "java")]: 202 },
        });
        const lock = `${root}/foundation.lock.json`;
        const manifest = JSON.parse(fs.readFileSync(lock, "utf8")) as { images: Record<string, object> };
        const java = { ...manifest.images["foundation"], reference: image.replace("/foundation:", "/java:") };
        fs.writeFileSync(lock, JSON.stringify({ ...manifest, images: { ...manifest.images, java } }));
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(1);
        expect(output().match(/error: the pull credential can start an upload/g)).to.have.length(1);
    });

    it("names the manifest where no folder has a .env, and counts folders as they are", async () => {
        const { root, image } = await deployed();
        const verifyAnew = async (): Promise<void> => {
            emit(root, { image, digest, stack: "dev", pullUsername: "foundation-pull" });
            expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        };
        fs.rmSync(path.join(root, "apps/one"), { recursive: true });
        await verifyAnew();
        expect(output()).to.include("as named in 1 folder, can");
        fs.writeFileSync(path.join(root, "Pulumi.dev.yaml"), "config: { foundation:envFiles: none }\n");
        fs.rmSync(path.join(root, "foundation/.env"));
        await verifyAnew();
        expect(output()).to.include("as named in foundation.lock.json, can");
    });

    it("claims no more than it could try", async () => {
        const { root, image } = await deployed();
        docker([]);
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        expect(output()).to.match(/^warning: skipped: could not check that the push port/);
        expect(output().endsWith(`${image} of stack dev, as named in 2 folders, can be pulled.`)).to.equal(
            true,
        );
    });

    for (const [title, stock, told] of [
        [
            "the tag is not in the registry",
            {},
            /^error: \S+, named in the \.env of foundation, apps\/one, is not in/,
        ],
        [
            "the tag has another digest there",
            { images: { "foundation:1": "sha256:2" } },
            /^error: \S+, named in .*, is sha256:2 in the registry, expected sha256:1+; get the newest/,
        ],
        [
            "the credential can start an upload",
            { images: { "foundation:1": digest }, allowed: { [upload]: 202 } },
            /^error: the pull credential can start an upload; replace it/,
        ],
        [
            "the credential can delete an image",
            {
                images: { "foundation:1": digest },
                allowed: { [`DELETE /v2/foundation/manifests/sha256:${"0".repeat(64)}`]: 404 },
            },
            /^error: the pull credential can delete an image; replace it/,
        ],
        [
            "the password is refused",
            { password: "renewed" },
            /^error: localhost:\d+ refuses the login of foundation-pull, whose password may have expired; .* FOUNDATION_PULL_PASSWORD$/,
        ],
    ] as const) {
        it(`fails where ${title}, and proves nothing`, async () => {
            const { root } = await deployed(stock);
            expect(await run({ clone: new Clone(root), options: {} })).to.equal(1);
            expect(output()).to.match(told);
            expect(output()).not.to.include("verified");
        });
    }

    it("verifies once the renewed password is where it says, and is of one that may only pull", async () => {
        const allowed: Record<string, number> = { [upload]: 202 };
        const { root } = await deployed({ images: { "foundation:1": digest }, password: "renewed", allowed });
        const verify = () => run({ clone: new Clone(root), options: {} });
        expect(await verify()).to.equal(1);
        expect(output()).to.match(/FOUNDATION_PULL_PASSWORD$/);
        setEnvironment("FOUNDATION_PULL_PASSWORD", "renewed");
        expect(await verify()).to.equal(1);
        expect(output()).to.match(
            /replace it with one that may only pull this repository; `pulumi up` makes one$/,
        );
        Reflect.deleteProperty(allowed, upload);
        expect(await verify()).to.equal(0);
    });

    it("fails where a file is not what the stack emits", async () => {
        const { root } = await deployed();
        fs.appendFileSync(`${root}/apps/one/compose.yaml`, "# mine\n");
        fs.rmSync(`${root}/foundation/compose.yaml`);
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(1);
        expect(output().split("\n")).to.deep.equal([
            "error: foundation/compose.yaml is missing; write them again with `pulumi up` or `npx foundation sync`",
            "error: apps/one/compose.yaml is not what the stack emits; write them again with `pulumi up` or `npx foundation sync`",
        ]);
    });

    it("fails where the files are of another stack than is meant", async () => {
        const { root } = await deployed();
        expect(await run({ clone: new Clone(root), options: { stack: "acme/foundation/prod" } })).to.equal(1);
        expect(output()).to.match(
            /^error: foundation\/\.env is of the stack dev, expected prod; get those of this/,
        );
    });

    it("sends the password to no other registry that a file names", async () => {
        const { root } = await deployed();
        const other = await registry({ images: { "foundation:1": digest } });
        fs.appendFileSync(`${root}/apps/one/.env`, `FOUNDATION_IMAGE=${other.server}/foundation:1\n`);
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(1);
        expect(output()).to.match(
            /^error: localhost:\d+\/foundation:1, named in the \.env of apps\/one, is in another registry than localhost:\d+; remove apps\/one\/\.env:\d+/,
        );
        expect(other.asked).to.deep.equal([]);

        const [, line = ""] = /remove apps\/one\/\.env:(\d+)/.exec(output()) ?? [];
        const lines = fs.readFileSync(`${root}/apps/one/.env`, "utf8").split("\n");
        fs.writeFileSync(`${root}/apps/one/.env`, lines.toSpliced(Number(line) - 1, 1).join("\n"));
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
    });

    it("tries to read another repository where the registry is shared with others", async () => {
        const another = "GET /v2/foundation-another/tags/list";
        const { root, asked } = await deployed({
            images: { "foundation:1": digest },
            allowed: { [another]: 404 },
        });
        const lock = `${root}/foundation.lock.json`;
        fs.writeFileSync(lock, fs.readFileSync(lock, "utf8").replace('"kind": "local"', '"kind": "azure"'));
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(1);
        expect(asked).to.include(another);
        expect(output()).to.include("error: the pull credential can read another repository");
    });

    describe("without a credential in the environment", () => {
        it("takes that of the stack, and warns when its password is to be renewed", async () => {
            const { root, image } = await deployed();
            const tomorrow = new Date(Date.now() + 36 * 3600 * 1000).toISOString();
            outputs(image, tomorrow);
            expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
            expect(output()).to.match(
                /^warning: the pull password expires in 1 day \(\S+\); `pulumi up` makes a new one; then log in again with `npx foundation login`\nverified: /,
            );
        });

        it("says nothing of a password that never ends", async () => {
            const { root, image } = await deployed();
            outputs(image, "never");
            expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
            expect(output()).to.match(/^verified: /);
        });

        it("tells a program all that it found", async () => {
            const { root, image } = await deployed();
            outputs(image, "never");
            expect(
                await run({ clone: new Clone(root), options: { stack: "dev" }, flags: ["json"] }),
            ).to.equal(0);
            expect(JSON.parse(output())).to.deep.equal({
                version: 1,
                ok: true,
                stack: "dev",
                server: image.split("/")[0],
                expiresAt: "never",
                references: [
                    { image, digest, folders: ["foundation", "apps/one"], ownLines: [], found: digest },
                ],
                findings: [],
            });
        });
    });

    it("tells a program that no more is known of a password from the environment", async () => {
        const { root } = await deployed({});
        expect(await run({ clone: new Clone(root), options: {}, flags: ["json"] })).to.equal(1);
        expect(JSON.parse(output())).to.deep.include({ ok: false, expiresAt: null });
        expect(JSON.parse(output())).to.have.nested.property("references[0].found", null);
    });
});
