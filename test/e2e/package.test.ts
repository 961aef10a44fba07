import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { program } from "../../cli/init/files.ts";
import { newPackageJson } from "../../cli/init/packageJson.ts";
import { VERSION } from "../../components/versions.js";
import { backendUrl, ensurePassphrase } from "../../toolchain/environment.ts";
import { registryProject } from "../../components/stackName.ts";
import { freePorts } from "../support/sandbox.ts";

/** Repositories of different shape, and the foundation that each service has to be built on. */
const shapes: readonly {
    readonly title: string;
    readonly files: Readonly<Record<string, string>>;
    /** Where `init` puts the project. */
    readonly folder: string;
    /** By folder and service, the name of a foundation. */
    readonly apps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}[] = [
    {
        title: "a foundation beside its apps",
        files: {
            ...foundationIn("foundation"),
            "apps/one/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\nLABEL app=1\n",
            "apps/two/Dockerfile": "FROM foundation\nLABEL app=2\n",
        },
        folder: ".",
        apps: { "apps/one": { one: "foundation" }, "apps/two": { two: "foundation" } },
    },
    {
        title: "a program at the root, a base image in docker/ and a hard-coded name for it",
        files: {
            ...foundationIn("docker/base"),
            "package.json": '{ "name": "shop", "main": "index.js" }\n',
            "index.js": "module.exports = 1;\n",
            "services/api/Dockerfile": "FROM ghcr.io/acme/base:1.2\nLABEL app=1\n",
            "services/web/Dockerfile": "FROM ghcr.io/acme/base:1.2\nLABEL app=2\n",
            "services/db/Dockerfile": "FROM scratch\nLABEL app=3\n",
        },
        folder: "infra",
        apps: { "services/api": { api: "base" }, "services/web": { web: "base" } },
    },
    {
        title: "one Compose file at the root, and one base image on another",
        files: {
            ...foundationIn("images/base"),
            "images/python/Dockerfile": "FROM acme/base\nARG FOUNDATION_TAG\nLABEL python=3\n",
            "docker-compose.yml": [
                "services:",
                "  web: { build: ./web }",
                "  job: { build: { context: ., dockerfile: job/Dockerfile } }",
                "  tool: { build: tool }",
                "  db: { image: postgres:16 }",
                "",
            ].join("\n"),
            "web/Dockerfile": "FROM acme/python:3\nLABEL app=1\n",
            "job/Dockerfile": "FROM acme/python:3\nLABEL app=2\n",
            "tool/Dockerfile": "FROM acme/base\nLABEL app=3\n",
        },
        folder: ".",
        apps: { ".": { web: "python", job: "python", tool: "base" } },
    },
    {
        title: "everything at the root, each with a Compose file of its own",
        files: {
            ...foundationIn("foundation"),
            "foundation/docker-compose.yaml":
                "services: { foundation: { build: ., image: acme.example.com/foundation } }\n",
            "app1/Dockerfile": "FROM acme.example.com/foundation\nLABEL app=1\n",
            "app1/docker-compose.yaml": "services: { web: { build: . } }\n",
            "app2/Dockerfile": "FROM acme.example.com/foundation\nLABEL app=2\n",
            "app2/docker-compose.yaml": "services: { job: { build: { context: . } } }\n",
        },
        folder: ".",
        apps: { app1: { web: "foundation" }, app2: { job: "foundation" } },
    },
];

/** Before each of an adopter's commands. */
let unseen: readonly string[] = [];

describe("the package", function () {
    this.timeout(600_000);
    let home: string;
    let tarball: string;

    before(async () => {
        unseen = await withoutCheckout();
        home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "foundation-package-"));
        // Into a folder that it makes.
        const { stdout } = await execa("node", ["toolchain/pack.ts", path.join(home, "packed")]);
        expect(stdout).to.equal(path.join(home, "packed", `foundation-image-${VERSION}.tgz`));
        tarball = stdout;
    });

    after(async () => {
        // What npm has kept of `npm exec`.
        const { stdout: cache } = await execa("npm", ["config", "get", "cache"]);
        for (const manifest of fs.globSync("_npx/*/package.json", { cwd: cache })) {
            const file = path.join(cache, manifest);
            if (!fs.readFileSync(file, "utf8").includes(path.basename(home))) continue;
            fs.rmSync(path.dirname(file), { recursive: true });
        }
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
            ...["bringUp", "cacheFolders", "command", "environment", "failures", "stack"].map(
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

        it("is where nobody can see this checkout", async function () {
            // Elsewhere the tests below run beside it.
            if (unseen.length === 0) this.skip();
            const adopter = await adopt({ Dockerfile: "FROM scratch\n" });
            const list = await adopter.run("ls", ["--almost-all", process.cwd()]);
            expect(list.stdout).to.equal("");
        });

        for (const { title, files, folder, apps } of shapes) {
            it(`takes three commands from there to apps on published foundations, with ${title}`, async () => {
                const adopter = await adopt(files, folder);
                const said = await adopter.init(tarball);
                await adopter.install();
                await adopter.start();
                expect(said).to.include("Written.");
                // Nothing of it is where it was packed.
                const modules = path.posix.join(folder, "node_modules/foundation-image");
                expect(fs.realpathSync(adopter.path(modules))).to.equal(adopter.path(modules));
                const tags = await adopter.tags();
                for (const [app, services] of Object.entries(apps)) {
                    const expected = Object.values(services).map((foundation) => tags[foundation]);
                    expect(await adopter.builtOn(app, Object.keys(services)), app).to.deep.equal(expected);
                }
                // Every file is as its owner has left it.
                for (const [name, text] of Object.entries(files)) {
                    expect(fs.readFileSync(adopter.path(name), "utf8"), name).to.equal(text);
                }
                expect(await adopter.foundation("status")).to.include("official");
            });
        }

        it("comes from a Git tag just as well", async () => {
            const repository = path.join(home, "repository");
            const names = ["AUTHOR", "COMMITTER"].flatMap((who) => [
                [`GIT_${who}_NAME`, "somebody"],
                [`GIT_${who}_EMAIL`, "somebody@example.com"],
            ]);
            const options = { cwd: repository, env: Object.fromEntries(names) as Record<string, string> };
            fs.mkdirSync(repository);
            await execa("git", ["init", "--quiet"], options);
            await execa("git", ["commit", "--quiet", "--allow-empty", "--message", "a release"], options);
            const script = path.resolve("toolchain/packageTag.ts");
            const { stdout: tag } = await execa("node", [script, tarball], options);
            const source = `git+file://${repository}#${tag}`;

            const adopter = await adopt({
                ...foundationIn("docker/base"),
                "jobs/one/Dockerfile": "FROM acme/base:1\n",
                "jobs/two/Dockerfile": "FROM acme/base:1\n",
            });
            await adopter.init(source);
            const manifest = JSON.parse(fs.readFileSync(adopter.path("package.json"), "utf8")) as object;
            expect(manifest).to.have.nested.property("dependencies.foundation-image", source);
            await adopter.install();
            expect(await adopter.foundation("--version")).to.equal(VERSION);
            const { stdout: packed } = await execa("tar", ["-tzf", tarball]);
            const installed = packed
                .split("\n")
                .map((name) => path.join("node_modules", name.replace("package/", "foundation-image/")));
            expect(installed.filter((name) => !fs.existsSync(adopter.path(name)))).to.deep.equal([]);
            const plugin = "node_modules/foundation-image/components/plugin/pulumi-resource-foundation";
            fs.accessSync(adopter.path(plugin), fs.constants.X_OK);
        });

        it("makes a project of the template, with `pulumi new`", async () => {
            const adopter = await adopt({ "made/.gitkeep": "" }, "made");
            fs.rmSync(adopter.path("made/.gitkeep"));
            fs.cpSync("template", adopter.path("template"), { recursive: true });
            // There is no package in a registry that it could install.
            const options = ["--yes", "--generate-only", "--name", "made"];
            await adopter.run("pulumi", ["new", adopter.path("template"), ...options]);
            fs.rmSync(adopter.path("made/node_modules"), { recursive: true });
            await adopter.add(tarball);
            adopter.write("made/foundation/Dockerfile", "FROM scratch\n");
            adopter.write("made/apps/one/Dockerfile", "FROM foundation\n");
            // Of a name that no other registry on this machine has.
            await adopter.foundation("pulumi", "stack", "init", `made-${randomBytes(4).toString("hex")}`);
            const preview = await adopter.foundation("pulumi", "preview");
            for (const file of ["foundation/compose.yaml", "foundation.lock.json", "apps/one/compose.yaml"])
                expect(preview).to.include(`+ ${file}`);
        });

        it("upgrades a project of version 0.1 by one line, and loses nothing", async () => {
            const adopter = await adopt({
                ...foundationIn("foundation"),
                "apps/one/Dockerfile": "FROM foundation\nCOPY own /own\n",
                "apps/one/own": "one\n",
                "Pulumi.yaml": pulumiYaml("upgraded"),
                "index.ts": program,
                "package.json": newPackageJson("upgraded", {}),
            });
            const former = path.join(home, "foundation-image-0.1.0.tgz");
            fs.copyFileSync("test/e2e/fixtures/foundation-image-0.1.0.tgz", former);
            await adopter.add(former);
            await adopter.upWithoutStart();
            const before = await adopter.facts();
            expect([before.containers, before.volumes].map((found) => found.join())).not.to.include("");
            fs.appendFileSync(adopter.path("apps/one/.env"), "OWN=kept\n");

            await adopter.add(tarball);
            await adopter.start();
            expect(await adopter.facts()).to.deep.equal(before);
            expect(fs.readFileSync(adopter.path("apps/one/.env"), "utf8")).to.match(/^OWN=kept$/m);
            const { foundation } = await adopter.tags();
            expect(await adopter.builtOn("apps/one", ["one"])).to.deep.equal([foundation]);
        });
    });
});

/**
 * Put before a program and its arguments, it hides this checkout from them: in a view of the file system that is theirs,
 * an empty folder is in its place. Nothing where that can't be done.
 */
async function withoutCheckout(): Promise<readonly string[]> {
    const script = 'mount -t tmpfs none "$1" && shift && exec "$@"';
    const prefix = ["unshare", "--mount", "--", "sh", "-c", script, "sh", process.cwd()];
    const { exitCode } = await execa("unshare", [...prefix.slice(1), "true"], { reject: false });
    return exitCode === 0 ? prefix : [];
}

/** As version 0.1 had it, which knew one foundation and apps/ alone. */
function pulumiYaml(name: string): string {
    return `name: ${name}
runtime:
  name: nodejs
  options:
    typescript: false
main: index.ts
plugins:
  providers:
    - name: foundation
      path: ./node_modules/foundation-image/components/plugin
`;
}

function foundationIn(folder: string): Record<string, string> {
    return {
        [`${folder}/Dockerfile`]: "FROM scratch\nARG FOUNDATION_TAG\nCOPY content /content\n",
        [`${folder}/content`]: "official\n",
    };
}

/** A repository with a stack, ports and a Docker login of its own; the project is in one of its folders. */
class Adopter {
    static #installed: string | undefined;
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
        const [first = "", ...rest] = [...unseen, program, ...args];
        return execa(first, rest, { cwd: this.path(folder), env: this.#env, all: true });
    }

    /** The first of the three commands, from the package and nothing else. */
    async init(tarball: string): Promise<string> {
        const args = ["exec", "--yes", "--package", tarball, "--", "foundation", "init", "--yes"];
        return (await this.run("npm", args, ".")).all;
    }

    /** The second. */
    async install(): Promise<void> {
        await this.#npmInstall();
    }

    /** In the place of the version there is. */
    async add(tarball: string): Promise<void> {
        await this.#npmInstall("--prefix", ".", tarball);
    }

    /** With the packages that an earlier one has, which npm then doesn't have to unpack again. */
    async #npmInstall(...args: readonly string[]): Promise<void> {
        const own = this.path(path.join(this.#folder, "node_modules"));
        if (Adopter.#installed !== undefined && !fs.existsSync(own))
            await execa("cp", ["-al", Adopter.#installed, own]);
        await this.run("npm", ["install", "--no-audit", "--no-fund", ...args]);
        Adopter.#installed = own;
    }

    /** As before there was `foundation start`, with the state and the passphrase where that has them. */
    async upWithoutStart(): Promise<void> {
        const state = this.path(".foundation/state");
        fs.mkdirSync(state, { recursive: true });
        const env = {
            ...this.#env,
            PULUMI_BACKEND_URL: backendUrl(state),
            PULUMI_CONFIG_PASSPHRASE_FILE: await ensurePassphrase(this.path(".foundation")),
        };
        this.#configure();
        for (const args of [
            ["stack", "init", this.#stack],
            ["up", "--yes", "--skip-preview", "--stack", this.#stack],
        ])
            await execa("pulumi", args, { cwd: this.path("."), env, all: true });
    }

    /** What an upgrade must not touch. */
    async facts() {
        const project = ["--filter", `label=com.docker.compose.project=${registryProject(this.#stack)}`];
        // The one that developers pull from; what pushes may be another one afterwards.
        const pull = [...project, "--filter", "label=com.docker.compose.service=pull"];
        const list = ["container", "ls", "--quiet", "--no-trunc", ...pull];
        const { stdout: containers } = await this.run("docker", list);
        const { stdout: volumes } = await this.run("docker", ["volume", "ls", "--quiet", ...project]);
        const args = ["stack", "output", "--json", "--show-secrets", "--stack", this.#stack];
        const env = {
            ...this.#env,
            PULUMI_BACKEND_URL: backendUrl(this.path(".foundation/state")),
            PULUMI_CONFIG_PASSPHRASE_FILE: this.path(".foundation/passphrase"),
        };
        const { stdout } = await execa("pulumi", args, { cwd: this.path("."), env });
        const { image, digest, pullPassword } = JSON.parse(stdout) as Readonly<Record<string, string>>;
        return {
            containers: containers.split("\n"),
            volumes: volumes.split("\n"),
            ...{ image, digest, pullPassword },
        };
    }

    async foundation(...args: string[]): Promise<string> {
        return (await this.run("npx", ["--no-install", "foundation", ...args])).all;
    }

    async start(): Promise<string> {
        this.#configure();
        return this.foundation("start", "--stack", this.#stack);
    }

    #configure(): void {
        const [pull = 0, push = 0] = this.#ports;
        this.write(
            path.join(this.#folder, `Pulumi.${this.#stack}.yaml`),
            `config:\n  registry: local\n  pullPort: ${pull}\n  pushPort: ${push}\n`,
        );
    }

    /** The tag of each foundation, by its name. */
    async tags(): Promise<Readonly<Record<string, string>>> {
        const args = ["stack", "output", "images", "--json", "--stack", this.#stack];
        const { stdout } = await this.run("npx", ["--no-install", "foundation", "pulumi", ...args]);
        const images = JSON.parse(stdout) as Readonly<Record<string, { readonly image: string }>>;
        return Object.fromEntries(
            Object.entries(images).map(([name, { image }]) => [name, image.split(":").at(-1) ?? ""]),
        );
    }

    /** Builds in the folder as a developer does, and tells the tags of the foundations that the images stand on. */
    async builtOn(folder: string, services: readonly string[]): Promise<string[]> {
        await this.run("docker", ["compose", "build"], folder);
        const { stdout } = await this.run("docker", ["compose", "config", "--format", "json"], folder);
        const { name } = JSON.parse(stdout) as { readonly name: string };
        this.#projects.add(name);
        const format = '{{index .Config.Labels "foundation.tag"}}';
        const images = services.map((service) => `${name}-${service}`);
        const inspected = await this.run("docker", ["image", "inspect", "--format", format, ...images]);
        return inspected.stdout.split("\n");
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
