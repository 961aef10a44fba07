import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { VERSION } from "../../components/versions.js";
import { freePorts } from "../support/sandbox.ts";

describe("the package", function () {
    this.timeout(600_000);
    let home: string;
    let tarball: string;

    before(async () => {
        home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "foundation-package-"));
        await execa("node", ["toolchain/pack.js", home]);
        tarball = path.join(home, `foundation-image-${VERSION}.tgz`);
    });

    after(() => {
        fs.rmSync(home, { recursive: true, force: true });
    });

    it("holds the compiled components and commands, and nothing that an adopter doesn't need", async () => {
        const { stdout } = await execa("tar", ["-tzf", tarball]);
        const files = stdout.split("\n").map((name) => name.replace(/^package\//, ""));
        const { stdout: tracked } = await execa("git", [
            ...["ls-files", "--cached", "--others", "--exclude-standard", "components", "cli"],
        ]);
        const sources = tracked.split("\n").filter((name) => /\.(ts|js|cjs)$/.test(name));
        const compiled = [
            ...sources,
            ...["bringUp", "cache", "command", "environment", "problem", "stack"].map(
                (name) => `toolchain/${name}.js`,
            ),
        ].map((name) => name.replace(/\.ts$/, ".js"));
        const types = sources
            .filter((name) => /^components\/(?!plugin\/)/.test(name))
            .map((name) => name.replace(/\.[jt]s$/, ".d.ts"));
        expect(files).to.have.members([
            ...["package.json", "README.md", "CHANGELOG.md", "LICENSE"],
            "components/plugin/pulumi-resource-foundation",
            "components/plugin/pulumi-resource-foundation.cmd",
            ...compiled,
            ...compiled.map((name) => `${name}.map`),
            ...types,
        ]);
        expect(fs.statSync(tarball).size).to.be.lessThan(1_000_000);
    });

    it("is as npm, Node and TypeScript want it", async () => {
        const bin = (name: string): string => path.resolve("node_modules", ".bin", name);
        await execa(bin("publint"), ["run", tarball, "--strict"]);
        await execa(bin("attw"), [tarball, "--profile", "esm-only"]);
    });

    describe("in a repository that has nothing else of ours", () => {
        const adopters: Adopter[] = [];

        afterEach(async () => {
            for (const adopter of adopters.splice(0)) await adopter.dispose();
        });

        const adopt = async (files: Readonly<Record<string, string>>, folder = "."): Promise<Adopter> => {
            const adopter = await Adopter.create(
                path.join(home, randomBytes(4).toString("hex")),
                files,
                folder,
            );
            adopters.push(adopter);
            return adopter;
        };

        it("takes three commands from there to an app on a published foundation", async () => {
            const adopter = await adopt({
                ...foundationIn("foundation"),
                "apps/one/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\nCOPY own /own\n",
                "apps/one/own": "one\n",
                "apps/two/Dockerfile": "FROM foundation\nCOPY own /own\n",
                "apps/two/own": "two\n",
            });
            await adopter.install(tarball);
            await adopter.foundation("init", "--yes");
            const said = await adopter.start();
            expect(said).to.include("(cd apps/one && docker compose up)");
            const tag = await adopter.tag();
            expect(await adopter.builtOn("apps/one")).to.equal(tag);
            expect(await adopter.builtOn("apps/two")).to.equal(tag);
            // Nothing of it is where it was packed.
            expect(fs.realpathSync(adopter.path("node_modules/foundation-image"))).to.equal(
                adopter.path("node_modules/foundation-image"),
            );
            const status = await adopter.foundation("status");
            expect(status).to.include("official");
        });
    });
});

function foundationIn(folder: string): Record<string, string> {
    return {
        [`${folder}/Dockerfile`]: "FROM scratch\nARG FOUNDATION_TAG\nCOPY content /content\n",
        [`${folder}/content`]: "official\n",
    };
}

/** A repository with a stack, ports and a Docker login of its own; the project is in one of its folders. */
class Adopter {
    readonly #root: string;
    readonly #folder: string;
    readonly #env: Readonly<Record<string, string | undefined>>;
    readonly #stack = `package-${randomBytes(4).toString("hex")}`;
    readonly #ports: readonly number[];
    /** Compose projects whose images were built. */
    readonly #projects = new Set<string>();

    static async create(
        root: string,
        files: Readonly<Record<string, string>>,
        folder: string,
    ): Promise<Adopter> {
        const adopter = new Adopter(root, folder, await freePorts(2));
        for (const [name, text] of Object.entries(files)) adopter.write(name, text);
        await execa("git", ["init", "--quiet"], { cwd: root });
        return adopter;
    }

    private constructor(root: string, folder: string, ports: readonly number[]) {
        this.#root = root;
        this.#folder = folder;
        this.#ports = ports;
        const docker = `${root}.docker`;
        fs.mkdirSync(docker, { recursive: true });
        const plugins = path.join(os.homedir(), ".docker", "cli-plugins");
        fs.writeFileSync(
            path.join(docker, "config.json"),
            JSON.stringify({ cliPluginsExtraDirs: [plugins] }),
        );
        this.#env = {
            DOCKER_CONFIG: docker,
            PULUMI_BACKEND_URL: undefined,
            PULUMI_CONFIG_PASSPHRASE: undefined,
            PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
            npm_config_prefer_offline: "true",
        };
    }

    path(name: string): string {
        return path.join(this.#root, name);
    }

    write(name: string, text: string): void {
        fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
        fs.writeFileSync(this.path(name), text);
    }

    /** Runs a program in the project's folder, or in another one. */
    async run(program: string, args: readonly string[], folder = this.#folder) {
        return execa(program, args, { cwd: this.path(folder), env: this.#env, all: true });
    }

    async install(tarball: string): Promise<void> {
        fs.mkdirSync(this.path(this.#folder), { recursive: true });
        await this.run("npm", ["install", "--no-audit", "--no-fund", "--prefix", ".", tarball]);
    }

    async foundation(...args: string[]): Promise<string> {
        return (await this.run("npx", ["--no-install", "foundation", ...args])).all;
    }

    async start(): Promise<string> {
        const [pull = 0, push = 0] = this.#ports;
        this.write(
            path.join(this.#folder, `Pulumi.${this.#stack}.yaml`),
            `config:\n  registry: local\n  pullPort: ${pull}\n  pushPort: ${push}\n`,
        );
        return this.foundation("start", "--stack", this.#stack);
    }

    async tag(): Promise<string> {
        const args = ["stack", "output", "image", "--stack", this.#stack];
        const { stdout } = await this.run("npx", ["--no-install", "foundation", "pulumi", ...args]);
        return stdout.split(":").at(-1) ?? "";
    }

    /** Builds in the folder as a developer does, and tells the tag of the foundation that the image stands on. */
    async builtOn(folder: string, service = path.basename(folder)): Promise<string> {
        await this.run("docker", ["compose", "build"], folder);
        const { stdout } = await this.run("docker", ["compose", "config", "--format", "json"], folder);
        const { name } = JSON.parse(stdout) as { readonly name: string };
        this.#projects.add(name);
        const format = '{{index .Config.Labels "foundation.tag"}}';
        return (await this.run("docker", ["image", "inspect", "--format", format, `${name}-${service}`]))
            .stdout;
    }

    /** Whatever has failed, nothing stays. */
    async dispose(): Promise<void> {
        const quietly = { cwd: this.path(this.#folder), env: this.#env, reject: false } as const;
        const destroy = [
            "foundation",
            "pulumi",
            "destroy",
            "--yes",
            "--skip-preview",
            "--stack",
            this.#stack,
        ];
        await execa("npx", ["--no-install", ...destroy], quietly);
        const references = [
            ...this.#ports.map((port) => `localhost:${port}/**`),
            ...[...this.#projects].map((name) => `${name}-*`),
        ];
        for (const reference of references) {
            const list = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"];
            const { stdout } = await execa("docker", [...list, "--filter", `reference=${reference}`]);
            const names = stdout.split("\n").filter((line) => line !== "");
            if (names.length > 0) await execa("docker", ["image", "rm", ...names], quietly);
        }
    }
}
