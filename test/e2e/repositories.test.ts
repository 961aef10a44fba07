import * as fs from "node:fs";
import { expect } from "chai";
import { dockerfile, Repository } from "../support/repository.ts";

describe("the original example's layout", function () {
    this.timeout(600_000);
    let repository: Repository;
    const image = "foundationrepository.example.com/foundation";
    const files = {
        "foundation/Dockerfile": dockerfile("official"),
        "foundation/content": "official\n",
        "foundation/docker-compose.yaml": `services:\n  foundation:\n    build: .\n    image: ${image}\n`,
        "app1/Dockerfile": `FROM ${image}\nLABEL app=1\n`,
        "app1/docker-compose.yaml": "services:\n  web:\n    build: .\n    environment: [A=1]\n",
        "app1/.env": "MINE=1",
        "app2/Dockerfile": `FROM ${image}:latest\nLABEL app=2\n`,
        "app2/docker-compose.yaml": "services: { job: { build: { context: . } } }",
    };

    before(async () => {
        repository = await Repository.create(files, { "replaces[0]": image, "apps[0]": "app*" });
        await repository.sandbox.up();
        await repository.sandbox.login();
    });

    after(async () => {
        await repository.sandbox.dispose();
    });

    it("is adopted by two keys, and nothing of it is touched", () => {
        expect(repository.theirs()).to.deep.equal(files);
        expect(repository.emitted(".", "foundation", "app1", "app2")).to.include.members([
            "foundation.lock.json",
            "foundation/.env",
            "foundation/compose.override.yaml",
            "app1/compose.override.yaml",
            "app2/.env",
            "app2/compose.override.yaml",
        ]);
    });

    it("builds its apps on the official foundation, on one of the developer's own, and back", async () => {
        const builds = async (variant: string): Promise<void> => {
            expect(await repository.builtOn("app1", "web")).to.deep.equal([variant]);
            expect(await repository.builtOn("app2", "job")).to.deep.equal([variant]);
        };
        await builds("official");
        await repository.withOverride(() => builds("mine"));
        await builds("official");
    });

    it("is as it was after a destroy", async () => {
        const { sandbox } = repository;
        await sandbox.up("--expect-no-changes");
        await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", sandbox.stack]);
        expect(repository.theirs()).to.deep.equal(files);
        expect(sandbox.read("app1/.env")).to.equal("MINE=1");
        expect(repository.emitted("foundation", "app1", "app2")).to.deep.equal([]);
        expect(fs.existsSync(sandbox.path("foundation.lock.json"))).to.equal(false);
    });
});

describe("a repository with a Compose file at its root, and apps in folders of any depth", function () {
    this.timeout(600_000);
    let repository: Repository;
    const files = {
        "foundation/Dockerfile": dockerfile("official"),
        "foundation/content": "official\n",
        "docker-compose.yml": [
            "services:",
            "  web: { build: { context: ., dockerfile: web/Dockerfile, target: run } }",
            "  worker: { build: ./worker, profiles: [work] }",
            "  idle: { build: ./idle }",
            "  db: { image: registry:3 }",
            "",
        ].join("\n"),
        "web/Dockerfile": "FROM scratch AS other\nFROM foundation AS run\nLABEL a=b\nFROM other\n",
        "worker/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\nLABEL a=b\n",
        "idle/Dockerfile": "FROM scratch\nLABEL a=b\n",
        "services/api/Dockerfile": "FROM foundation\nLABEL a=b\n",
        "tools/deep/lint/compose.yml": "services: { lint: { build: . } }\n",
        "tools/deep/lint/compose.override.yml":
            "services: { lint: { build: { dockerfile: Dockerfile.dev } } }\n",
        "tools/deep/lint/Dockerfile": "FROM scratch\nLABEL a=b\n",
        "tools/deep/lint/Dockerfile.dev": "FROM foundation\nLABEL a=b\n",
    };
    const config = { "apps[0]": ".", "apps[1]": "services/*", "apps[2]": "tools/**", "apps[3]": "gone/*" };
    let said: string;

    before(async () => {
        repository = await Repository.create(files, config);
        said = await repository.sandbox.up();
        await repository.sandbox.login();
    });

    after(async () => {
        await repository.sandbox.dispose();
    });

    it("gets a file of ours beside each Compose file, and says what is out of the ordinary", () => {
        expect(repository.theirs()).to.deep.equal(files);
        expect(repository.emitted(".", "services/api", "tools/deep/lint")).to.include.members([
            "compose.override.yaml",
            "services/api/compose.yaml",
            "tools/deep/lint/compose.foundation.yaml",
        ]);
        expect(said).to.include('apps: "gone/*" names no folder');
        expect(said).to.include(
            "tools/deep/lint has compose.override.yml, so ours is compose.foundation.yaml",
        );
    });

    it("has every built service in the manifest, with what it uses", () => {
        const { workspaces } = JSON.parse(repository.sandbox.read("foundation.lock.json")) as {
            workspaces: Record<string, { emitted: string; services: Record<string, object> }>;
        };
        expect(Object.keys(workspaces)).to.deep.equal([".", "services/api", "tools/deep/lint"]);
        expect(
            Object.entries(workspaces["."]?.services ?? {}).map(([name, uses]) => [name, Object.keys(uses)]),
        ).to.deep.equal([
            ["idle", []],
            ["web", ["foundation"]],
            ["worker", ["foundation"]],
        ]);
    });

    it("builds every service on the official foundation, on one of the developer's own, and back", async () => {
        const builds = async (variant: string): Promise<void> => {
            expect(await repository.builtOn(repository.root, "web")).to.deep.equal([variant]);
            expect(await repository.builtOn("services/api", "api")).to.deep.equal([variant]);
            expect(await repository.builtOn("tools/deep/lint", "lint")).to.deep.equal([variant]);
        };
        await builds("official");
        await repository.withOverride(() => builds("mine"));
        await builds("official");
    });

    it("builds on the official foundation without any .env", async () => {
        repository.sandbox.write("kept", repository.sandbox.read("services/api/.env"));
        fs.rmSync(repository.sandbox.path("services/api/.env"));
        try {
            expect(await repository.builtOn("services/api", "api")).to.deep.equal(["official"]);
        } finally {
            repository.sandbox.write("services/api/.env", repository.sandbox.read("kept"));
        }
    });

    it("moves ours out of the way of an override that the user adds", async () => {
        const { sandbox } = repository;
        sandbox.write("docker-compose.override.yml", "services: { web: { environment: [A=1] } }\n");
        await sandbox.up();
        expect(repository.emitted(".")).to.include("compose.foundation.yaml");
        expect(fs.existsSync(sandbox.path("compose.override.yaml"))).to.equal(false);
        expect(await repository.builtOn(repository.root, "web")).to.deep.equal(["official"]);
        expect(repository.theirs()).to.deep.equal(files);
        await sandbox.up("--expect-no-changes");
    });
});
