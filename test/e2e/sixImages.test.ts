import * as fs from "node:fs";
import { expect } from "chai";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Repository } from "../support/repository.ts";
import { files, sixImages } from "../support/sixImages.ts";

describe("a repository of six images and twelve services, whose project is in a folder of it", function () {
    this.timeout(900_000);
    const folders = [
        ...[".", "services/api", "services/mail", "services/queue", "tools/lint", "tools/deep/gen"],
        ...["base", "runtime", "java", "python", "node", "tools"].map((name) => `docker/${name}`),
    ];
    let repository: Repository;

    const manifest = (): Manifest => JSON.parse(repository.sandbox.read("foundation.lock.json")) as Manifest;
    const status = async (): Promise<string> =>
        (await repository.sandbox.run("node", ["cli/foundation.cjs", "status"])).output;
    /** What a service's image says of the images that it is made of. */
    const labels = async (folder: string, service: string): Promise<Record<string, string>> => {
        const { sandbox } = repository;
        const name = `${sandbox.stack}-${folder.split("/").at(-1) ?? ""}-${service}`;
        const format = ["--format", "{{json .Config.Labels}}"];
        const all = JSON.parse(await sandbox.docker("image", "inspect", ...format, name)) as Record<
            string,
            string
        >;
        const images = Object.keys(manifest().images);
        return Object.fromEntries(Object.entries(all).filter(([label]) => images.includes(label)));
    };

    before(async () => {
        repository = await sixImages();
        await repository.sandbox.up();
        await repository.sandbox.login();
    });

    after(async () => {
        await repository.sandbox.dispose();
    });

    it("has what is emitted where its images and apps are, and nothing of it is touched", () => {
        expect(repository.theirs()).to.deep.equal(files);
        expect(repository.emitted(...folders)).to.include.members([
            ...["compose.override.yaml", "foundation.lock.json", ".env"],
            ...["docker/java/compose.yaml", "docker/java/.env"],
            ...["services/api/compose.override.yaml", "services/mail/compose.yaml"],
            ...["services/queue/compose.foundation.yaml", "tools/deep/gen/compose.override.yaml"],
        ]);
        expect(fs.readdirSync(repository.sandbox.path("infra")).sort()).to.deep.equal([
            ...[".foundation", "Pulumi.yaml", `Pulumi.${repository.sandbox.stack}.yaml`, "index.ts"].sort(),
        ]);
    });

    it("is verified, each image by its name", async () => {
        const { sandbox } = repository;
        const args = ["cli/foundation.cjs", "verify", "--stack", sandbox.stack];
        const { output, exitCode } = await sandbox.run("node", args);
        expect(exitCode, output).to.equal(0);
        expect(output).to.match(/^verified: 6 images of stack \S+, as named in 12 folders, can be pulled,$/m);
        for (const { reference } of Object.values(manifest().images))
            expect(output).to.include(`  ${reference}`);
    });

    it("has a manifest of all its images, parents first, and of every service with what it uses", () => {
        const { project, images, workspaces } = manifest();
        expect(project).to.equal("infra");
        const order = Object.keys(images);
        expect(order.toSorted()).to.deep.equal(["base", "java", "node", "python", "runtime", "tools"]);
        for (const [name, { uses }] of Object.entries(images)) {
            for (const parent of Object.keys(uses))
                expect(order.indexOf(parent)).to.be.below(order.indexOf(name));
        }
        const services = Object.entries(workspaces).flatMap(([folder, { services }]) =>
            Object.entries(services).map(([name, uses]) => [`${folder} ${name}`, Object.keys(uses).sort()]),
        );
        expect(Object.fromEntries(services)).to.deep.equal({
            ". admin": ["node"],
            ". batch": ["java"],
            ". idle": [],
            ". web": ["node", "tools"],
            "services/api api": ["java"],
            "services/api migrate": ["java"],
            "services/mail mail": ["python"],
            "services/queue queue": ["python"],
            "services/queue worker": ["runtime"],
            "tools/deep/gen check": ["base"],
            "tools/deep/gen gen": ["base", "tools"],
            "tools/lint lint": ["tools"],
        });
    });

    it("has no changes, nor anything to deploy, while nothing was changed", async () => {
        await repository.sandbox.up("--expect-no-changes");
        const { images } = JSON.parse(
            (await repository.sandbox.run("node", ["cli/foundation.cjs", "status", "--json"])).output,
        ) as { readonly images: readonly { readonly changes: { readonly state: string } }[] };
        expect(images.map(({ changes }) => changes.state)).to.deep.equal(Array(6).fill("none"));
    });

    it("builds its services on the official images", async () => {
        const { sandbox } = repository;
        for (const folder of [repository.root, "services/api", "services/queue", "tools/deep/gen"]) {
            await sandbox.compose(folder, "build");
        }
        const chain = { base: "official", runtime: "official", java: "official" };
        expect(await labels("services/api", "api")).to.deep.equal(chain);
        expect(await labels("services/queue", "queue")).to.deep.equal({
            base: "official",
            python: "official",
        });
        expect(await labels("project", "web")).to.deep.equal({ base: "official", node: "official" });
        expect(await labels("tools/deep/gen", "gen")).to.deep.equal({ tools: "official" });
    });

    it("has a developer's own image reach a service through every link of a chain of three", async () => {
        const { sandbox } = repository;
        const text = files["docker/base/Dockerfile"];
        sandbox.write("docker/base/Dockerfile", text.replace("base=official", "base=mine"));
        await sandbox.compose("docker/base", "build");
        const behind = await status();
        expect(behind).to.include("runtime is behind: cd docker/runtime && docker compose build");
        expect(behind).to.include("java is behind: cd docker/java && docker compose build");
        await sandbox.compose("docker/runtime", "build");
        expect(await status()).not.to.include("runtime is behind");
        await sandbox.compose("docker/java", "build");
        expect(await status()).not.to.include("java is behind");
        await sandbox.compose("services/api", "build");
        const chain = { base: "mine", runtime: "official", java: "official" };
        expect(await labels("services/api", "api")).to.deep.equal(chain);

        sandbox.write("docker/base/Dockerfile", text);
        for (const folder of ["docker/base", "docker/runtime", "docker/java"]) {
            await sandbox.compose(folder, "pull", "--ignore-buildable");
            await sandbox.compose(folder, "pull");
        }
        await sandbox.compose("services/api", "build");
        expect(await labels("services/api", "api")).to.deep.equal({ ...chain, base: "official" });
    });

    it("is as it was after a destroy", async () => {
        const { sandbox } = repository;
        await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", sandbox.stack]);
        expect(repository.theirs()).to.deep.equal(files);
        expect(repository.emitted(...folders.filter((folder) => folder !== "."))).to.deep.equal([]);
        for (const file of [".env", "compose.override.yaml", "foundation.lock.json"]) {
            expect(fs.existsSync(sandbox.path(file)), file).to.equal(false);
        }
    });
});
