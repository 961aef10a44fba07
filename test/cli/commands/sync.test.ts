import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { run } from "../../../cli/commands/sync.ts";
import { checkFiles } from "../../../cli/verify/files.ts";
import { Problem } from "../../../components/problem.ts";
import { readEmitted } from "../../../components/workspace/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { capturedOutput } from "../../support/output.ts";
import { projectIn } from "../../support/project.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("foundation sync", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const output = capturedOutput();
    const emitted = {
        image: "localhost:5050/foundation:1",
        digest: `sha256:${"1".repeat(64)}`,
        stack: "dev",
    };

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** Has Pulumi know a stack with these outputs, and those that each has. */
    function withOutputs(outputs: object): void {
        const login = { pullUsername: "u", pullPassword: "p", pullPasswordExpiresAt: "never" };
        const bin = folder({
            outputs: JSON.stringify({ registryServer: "localhost:5050", ...login, ...outputs }),
        });
        const script = `echo "$*" >>"${bin}/calls"\ncase "$*" in *--show-name*) echo acme/foundation/dev ;; *) cat "${bin}/outputs" ;; esac`;
        fakeProgram(bin, "pulumi", script);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
    }

    /** A clone without emitted files, of a stack that Pulumi knows. */
    function clone(): string {
        const { image, digest } = emitted;
        withOutputs({ image, digest });
        return projectIn(folder);
    }

    const names = [
        "foundation/compose.yaml",
        "foundation.lock.json",
        "apps/one/compose.yaml",
        "foundation/.env",
        "apps/one/.env",
    ];

    it("writes what the stack emits, and names each file", async () => {
        const root = clone();
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
        expect(output().split("\n")).to.deep.equal([
            ...names.map((name) => `+ ${name}`),
            "5 written, 0 already as stack dev has them",
        ]);
        expect(readEmitted(root)).to.deep.equal(emitted);
    });

    it("writes again only what has changed", async () => {
        const root = clone();
        await run({ clone: new Clone(root), options: {} });
        const before = output().split("\n").length;
        const file = `${root}/apps/one/compose.yaml`;
        const text = fs.readFileSync(file, "utf8");
        fs.appendFileSync(file, "# changed\n");
        expect(await run({ clone: new Clone(root), options: { stack: "dev" } })).to.equal(0);
        expect(output().split("\n").slice(before)).to.deep.equal([
            "~ apps/one/compose.yaml",
            "1 written, 4 already as stack dev has them",
        ]);
        expect(fs.readFileSync(file, "utf8")).to.equal(text);
    });

    it("writes the files of every image, around a project in a folder of the repository", async () => {
        const images = Object.fromEntries(
            ["base", "java"].map((name, index) => [
                name,
                { image: `localhost:5050/${name}:1`, digest: `sha256:${String(index).repeat(64)}` },
            ]),
        );
        const channels = Object.entries(images).map(([name, image]) => {
            return [name, { ...image, channelImage: `localhost:5050/${name}:latest` }];
        });
        withOutputs({ ...images["base"], images: Object.fromEntries(channels) as object });
        const root = folder({
            "infra/Pulumi.yaml":
                "name: acme\nconfig:\n  root: { value: .. }\n  images: { value: { base: {}, java: {} } }\n",
            "infra/Pulumi.dev.yaml": "",
            "base/Dockerfile": "FROM scratch\n",
            "java/Dockerfile": "FROM base\n",
            "apps/one/Dockerfile": "FROM java\n",
        });
        expect(await run({ clone: Clone.find(`${root}/infra`), options: {} })).to.equal(0);
        const clone = Clone.find(root);
        expect(clone.project).to.equal(`${root}/infra`);
        expect(clone.emitted).to.deep.include({ images });
        expect(fs.readFileSync(`${root}/apps/one/compose.yaml`, "utf8")).to.include("localhost:5050/java:1");
        // As verify and doctor have it.
        expect(checkFiles(clone, clone.emitted)).to.deep.equal([]);
    });

    it("writes nothing where a file of the user's is in the way", async () => {
        const root = clone();
        fs.mkdirSync(`${root}/apps/one/.env`);
        const error: unknown = await run({ clone: new Clone(root), options: {} }).catch(
            (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(Problem);
        expect(String(error)).to.match(/nothing was written:\n {2}- apps\/one\/\.env: /);
        expect(String(error)).to.match(/; move it elsewhere$/);
        expect(fs.existsSync(`${root}/foundation/.env`)).to.equal(false);
        expect(output()).to.equal("");
        fs.renameSync(`${root}/apps/one/.env`, `${root}/apps/one/env`);
        expect(await run({ clone: new Clone(root), options: {} })).to.equal(0);
    });
});

describe("foundation sync --from another repository's manifest", () => {
    const folder = temporaryFolders();
    const output = capturedOutput();
    const digest = `sha256:${"1".repeat(64)}`;
    const source = (version = 1): string => {
        const image = (name: string) => ({
            reference: `acme.azurecr.io/${name}:${version}`,
            digest,
            channel: "latest",
            folder: `docker/${name}`,
        });
        const use = { buildArg: false, contexts: ["base"] };
        const manifest = {
            version: 1,
            stack: "prod",
            project: "infra",
            registry: { kind: "azure", server: "acme.azurecr.io", username: "u" },
            images: {
                base: { ...image("base"), uses: {} },
                java: { ...image("java"), uses: { base: use } },
            },
            workspaces: { "apps/theirs": { services: {} } },
        };
        return `${folder({ "foundation.lock.json": JSON.stringify(manifest) })}/foundation.lock.json`;
    };
    const own = {
        "foundation.json": JSON.stringify({
            name: "shop",
            apps: ["services/*"],
            images: { java: { argument: "BASE_IMAGE", replaces: ["acme/java"] } },
        }),
        "services/api/Dockerfile": "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n",
        "services/web/docker-compose.yml": "services: { web: { build: . }, db: { image: postgres } }\n",
        "services/web/Dockerfile": "FROM acme/java:8\n",
        "services/web/.env": "MINE=1\n",
    };
    const sync = (root: string, from: string): Promise<number> =>
        run({ clone: Clone.find(root), options: { from } });
    const read = (root: string, name: string): string => fs.readFileSync(`${root}/${name}`, "utf8");
    const faultOf = (root: string, options: Record<string, string>): Promise<string> =>
        run({ clone: Clone.find(root), options }).then(
            () => "",
            (error: unknown) => (error instanceof Problem ? error.message : `no problem: ${String(error)}`),
        );

    it("writes what the apps of this one need, beside their files, and the second time nothing", async () => {
        const root = folder(own);
        const from = source();
        expect(await sync(root, from)).to.equal(0);
        expect(output().split("\n")).to.have.members([
            "+ services/api/compose.yaml",
            "+ services/web/compose.override.yaml",
            "+ foundation.lock.json",
            "+ services/api/.env",
            "~ services/web/.env",
            "5 written, 0 already as stack prod has them",
        ]);
        expect(read(root, "services/api/compose.yaml")).to.include(
            "BASE_IMAGE: ${FOUNDATION_JAVA_IMAGE:-acme.azurecr.io/java:1}",
        );
        expect(read(root, "services/web/.env")).to.match(/\nMINE=1\n$/);
        expect(read(root, "services/web/docker-compose.yml")).to.equal(
            own["services/web/docker-compose.yml"],
        );
        const { emitted, manifest, folders } = Clone.find(root);
        expect(emitted.images).to.deep.equal({
            base: { image: "acme.azurecr.io/base:1", digest },
            java: { image: "acme.azurecr.io/java:1", digest },
        });
        expect(manifest.images["java"]).to.not.have.property("folder");
        expect(manifest).to.not.have.property("project");
        expect(folders).to.deep.equal(["services/api", "services/web"]);

        expect(await sync(root, from)).to.equal(0);
        expect(output().split("\n").at(-1)).to.equal("0 written, 5 already as stack prod has them");
    });

    it("brings what has been published since, and takes away what is no longer wanted, of ours alone", async () => {
        const root = folder(own);
        await sync(root, source());
        fs.rmSync(`${root}/services/api/Dockerfile`);
        fs.writeFileSync(`${root}/services/web/docker-compose.override.yml`, "services: {}\n");
        expect(await sync(root, source(2))).to.equal(0);
        expect(fs.readdirSync(`${root}/services/api`)).to.deep.equal([]);
        expect(fs.readdirSync(`${root}/services/web`).sort()).to.deep.equal([
            ".env",
            "Dockerfile",
            "compose.foundation.yaml",
            "docker-compose.override.yml",
            "docker-compose.yml",
        ]);
        expect(read(root, "services/web/.env")).to.match(/java:2[^]*COMPOSE_FILE[^]*\nMINE=1\n$/);
    });

    it("tells equally named folders of two repositories apart by their names", async () => {
        const names = ["shop", "mail"].map(async (name) => {
            const root = folder({
                ...own,
                "foundation.json": JSON.stringify({
                    name,
                    apps: ["services/api"],
                    images: { java: { argument: "BASE_IMAGE" } },
                }),
            });
            await sync(root, source());
            return /^name: (.*)$/m.exec(read(root, "services/api/compose.yaml"))?.[1];
        });
        const [one, other] = await Promise.all(names);
        expect(one).to.match(/^api-[0-9a-f]{6}$/);
        expect(one).to.not.equal(other);
    });

    it("says what an app isn't built on, and writes nothing for it", async () => {
        const root = folder({ ...own, "services/api/Dockerfile": "FROM debian\n" });
        await sync(root, source());
        expect(output()).to.include(
            "! services/api/Dockerfile: the foundation cannot be found in the Dockerfile",
        );
        expect(fs.existsSync(`${root}/services/api/compose.yaml`)).to.equal(false);
    });

    it("is refused where it would do something else than was meant", async () => {
        const from = source();
        const shop = folder(own);
        expect(await faultOf(shop, {})).to.match(
            /published from another one; name that one's .* with --from$/,
        );
        expect(await faultOf(shop, { from, stack: "dev" })).to.equal(
            "--from and --stack exclude each other; take one of them",
        );
        expect(await faultOf(folder({ "Pulumi.yaml": "name: a" }), { from })).to.match(
            /publishes its foundations itself, so --from is not for it; name its stack with --stack/,
        );
        const unknown = { name: "shop", images: { python: {} } };
        expect(await faultOf(folder({ "foundation.json": JSON.stringify(unknown) }), { from })).to.match(
            /images\.python: no such foundation is published; name one of base, java$/,
        );
        const known = { name: "shop", images: { java: {} } };
        expect(await faultOf(folder({ "foundation.json": JSON.stringify(known) }), { from })).to.equal("");
        expect(await faultOf(shop, { from })).to.equal("");
    });
});
