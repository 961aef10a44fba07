import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { parse } from "yaml";
import { readStackConfig } from "../../../components/workspace/stackConfig.ts";
import { temporaryFolders } from "../../support/folder.ts";

const launcher = path.resolve("cli/foundation.cjs");

const shared = {
    "docker/base/Dockerfile": "FROM debian\n",
    "services/a/Dockerfile": "FROM acme/base:1\n",
    "services/b/Dockerfile": "FROM acme/base:1\n",
};

describe("foundation init", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const init = async (cwd: string, ...args: string[]) => {
        const options = { cwd, reject: false, stdin: "ignore" } as const;
        const { stdout, stderr, exitCode } = await execa("node", [launcher, "init", ...args], options);
        return {
            stdout,
            stderr,
            exitCode,
            read: (name: string) => fs.readFileSync(path.join(cwd, name), "utf8"),
        };
    };

    it("writes a project that the program takes, and says what was found and what comes next", async () => {
        const root = folder(shared);
        const { stdout, exitCode, stderr } = await init(root, "--yes");
        expect(exitCode, stderr).to.equal(0);
        expect(stdout).to.match(/acme\/base:1 +2 \(services\/a, services\/b\)/);
        expect(stdout).to.include("npm install").and.include("npx foundation start");
        const { images, apps, root: up } = readStackConfig(root, "dev");
        expect(images).to.have.lengthOf(1);
        expect(images[0]).to.deep.include({ name: "base", folder: "docker/base", replaces: ["acme/base"] });
        expect({ apps, up }).to.deep.equal({ apps: ["services/*"], up: "." });
        expect(fs.readdirSync(root)).to.have.members([
            ...["docker", "services"],
            ...["Pulumi.yaml", "Pulumi.dev.yaml", "index.ts", "package.json", ".gitignore"],
        ]);
    });

    it("writes into the folder that is asked for, which then knows where the root is", async () => {
        const root = folder({ ...shared, "package.json": '{ "name": "x" }\n' });
        const { exitCode, stdout } = await init(root, "--yes", "--folder", "deploy/infra");
        expect(exitCode).to.equal(0);
        expect(stdout).to.include("cd deploy/infra");
        expect(readStackConfig(path.join(root, "deploy/infra"), "dev").root).to.equal("../..");
        expect(fs.readFileSync(path.join(root, "package.json"), "utf8")).to.equal('{ "name": "x" }\n');
    });

    it("overwrites nothing, and says all that is in the way", async () => {
        const files = {
            ...shared,
            "Pulumi.yaml": "name: theirs\n",
            "index.ts": "export {};\n",
            "package.json": '{ "type": "commonjs" }\n',
        };
        const root = folder(files);
        const { stderr, exitCode, read } = await init(root, "--yes", "--folder", ".");
        expect(exitCode).to.equal(2);
        for (const name of ["Pulumi.yaml", "index.ts", "package.json"])
            expect(stderr).to.include(`- ${name} `);
        for (const [name, text] of Object.entries(files)) expect(read(name)).to.equal(text);
        // Without being asked for that folder, it takes another.
        const other = await init(root, "--yes");
        expect(other.exitCode, other.stderr).to.equal(0);
        expect(other.stdout).to.include("! Pulumi.yaml is a Pulumi project already");
        expect(parse(read("infra/Pulumi.yaml"))).to.have.nested.property("config.root.value", "..");
    });

    it("is not for a repository that has foundations already, unless another folder is named", async () => {
        const root = folder({ ...shared, ".git/HEAD": "ref: refs/heads/main\n" });
        expect((await init(root, "--yes", "--folder", "infra")).exitCode).to.equal(0);
        const { exitCode, stderr } = await init(root, "--yes");
        expect(exitCode).to.equal(2);
        expect(stderr).to.include("infra/Pulumi.yaml has foundations already, and nothing was written");
        expect(fs.readdirSync(root)).to.have.members([".git", "docker", "infra", "services"]);
        expect((await init(root, "--yes", "--folder", "other")).exitCode).to.equal(0);
    });

    it("names a folder that is free where something is in the way, and takes it by itself in the end", async () => {
        const root = folder({
            ...shared,
            "Pulumi.yaml": "name: theirs\n",
            "infra/Pulumi.yaml": "name: theirs\n",
            ".git/HEAD": "ref: refs/heads/main\n",
        });
        const infra = path.join(root, "infra");
        const { stderr } = await init(infra, "--yes", "--folder", ".");
        expect(stderr).to.match(
            /written; name another folder with --folder, such as infra\/foundation\n {2}- /,
        );
        const { exitCode, stdout } = await init(infra, "--yes");
        expect(exitCode).to.equal(0);
        expect(stdout).to.include("cd foundation");
        expect(readStackConfig(path.join(infra, "foundation"), "dev").root).to.equal("../..");
    });

    it("says which files get lines more, and with what is installed", async () => {
        const root = folder({ ...shared, "package.json": "{}\n", "pnpm-workspace.yaml": "" });
        const { stdout } = await init(root, "--yes");
        expect(stdout).to.include("index.ts, package.json (gets more lines), .gitignore\n");
        expect(stdout).to.include("  pnpm install\n");
        const yarn = await init(folder({ ...shared, "yarn.lock": "" }), "--yes");
        expect(yarn.stdout).to.include("  yarn install\n");
    });

    it("makes a package.json a module's only where no script would notice", async () => {
        const bare = folder({ ...shared, "package.json": '{ "dependencies": {} }\n' });
        expect(JSON.parse((await init(bare, "--yes")).read("package.json"))).to.include({ type: "module" });
        const scripts = folder({ ...shared, "package.json": "{}\n", "tools/build.js": "" });
        expect((await init(scripts, "--yes")).read("package.json")).to.equal("{}\n");
    });

    it("takes globs of apps from the folder that it is run in, as all other folders", async () => {
        const root = folder({ ...shared, "infra/README.md": "", ".git/HEAD": "ref: refs/heads/main\n" });
        const infra = path.join(root, "infra");
        const args = ["--yes", "--foundation", "../docker/base"];
        const { exitCode, stderr } = await init(infra, ...args, "--apps", "../services/*,!../services/b");
        expect(exitCode, stderr).to.equal(0);
        expect(readStackConfig(infra, "dev").apps).to.deep.equal(["services/*", "!services/b"]);
    });

    it("reads a package.json with a byte order mark, and keeps that", async () => {
        const { exitCode, stderr, read } = await init(
            folder({ ...shared, "package.json": '\uFEFF{ "name": "x" }\n' }),
            "--yes",
        );
        expect(exitCode, stderr).to.equal(0);
        expect(read("package.json").startsWith("\uFEFF{")).to.equal(true);
        expect(JSON.parse(read("package.json").slice(1))).to.include({ name: "x", type: "module" });
    });

    it("says that a package.json is no JSON where one would go, and looks at no other", async () => {
        for (const text of ["{", "[]\n"]) {
            const root = folder({ ...shared, "package.json": text });
            const { exitCode, stderr } = await init(root, "--yes");
            expect(exitCode).to.equal(2);
            expect(stderr).to.include("package.json is no JSON object, and nothing was written; correct it");
            expect((await init(root, "--yes", "--folder", "infra")).exitCode).to.equal(0);
            fs.writeFileSync(path.join(root, "package.json"), "{}\n");
            expect((await init(root, "--yes", "--folder", ".")).exitCode).to.equal(0);
        }
    });

    it("writes the program that this repository has itself", async () => {
        const { read } = await init(folder(shared), "--yes");
        expect(read("index.ts")).to.equal(fs.readFileSync("index.ts", "utf8"));
    });

    it("writes the project that `pulumi new` makes of the template", async () => {
        const root = folder({
            "foundation/Dockerfile": "FROM debian\n",
            "apps/one/Dockerfile": "FROM foundation\n",
            "apps/two/Dockerfile": "FROM foundation\n",
        });
        const { read } = await init(root, "--yes");
        const { name, description, ...project } = parse(read("Pulumi.yaml")) as Record<string, string>;
        const template = (file: string): string =>
            fs.readFileSync(path.join("template", file), "utf8").replaceAll("${PROJECT}", name ?? "");
        for (const file of [".gitignore", "index.ts", "package.json"])
            expect(read(file), file).to.equal(template(file));
        const { template: about, ...made } = parse(template("Pulumi.yaml")) as Record<string, object>;
        expect(made).to.deep.equal({ name, description: "${DESCRIPTION}", ...project });
        expect(about).to.have.property("description", description);
    });

    it("gives the project a name, whatever the folder is called", async () => {
        const root = path.join(folder(), "2026");
        fs.mkdirSync(root);
        for (const [name, text] of Object.entries(shared)) {
            fs.mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
            fs.writeFileSync(path.join(root, name), text);
        }
        expect(parse((await init(root, "--yes")).read("Pulumi.yaml"))).to.have.property("name", "2026");
    });

    it("adds to a .gitignore what it lacks", async () => {
        const root = folder({ ...shared, ".gitignore": "/node_modules\ndist" });
        expect((await init(root, "--yes")).read(".gitignore")).to.equal(
            "/node_modules\ndist\n.foundation/\n",
        );
    });

    it("writes nothing without an answer where there is no terminal", async () => {
        const root = folder(shared);
        const { stderr, exitCode } = await init(root);
        expect(exitCode).to.equal(2);
        expect(stderr).to.include("take what is proposed with --yes");
        expect(fs.readdirSync(root)).to.have.members(["docker", "services"]);
    });

    it("says what would be a foundation where there is none", async () => {
        const root = folder({ "web/Dockerfile": "FROM node:22\n", "api/Dockerfile": "FROM node:22\n" });
        const { stderr, exitCode } = await init(root, "--yes");
        expect(exitCode).to.equal(2);
        expect(stderr).to.include(
            "it may be the one that makes node:22, or a new one whose Dockerfile begins with FROM node:22; api/Dockerfile, web/Dockerfile then begin with FROM and that folder's name",
        );
        fs.mkdirSync(path.join(root, "base"));
        fs.writeFileSync(path.join(root, "base/Dockerfile"), "FROM node:22\n");
        for (const name of ["api", "web"])
            fs.writeFileSync(path.join(root, name, "Dockerfile"), "FROM base\n");
        const fixed = await init(root, "--yes", "--foundation", "base");
        expect(fixed.exitCode, fixed.stderr).to.equal(0);
        const { apps, images } = readStackConfig(root, "dev");
        expect({ apps, folder: images[0].folder }).to.deep.equal({ apps: ["api", "web"], folder: "base" });
    });

    it("says what is left to do where nothing starts from a foundation, or its context is the whole repository", async () => {
        const root = folder({
            "build/tools.Dockerfile": "FROM debian\nCOPY lib /lib\n",
            "docker/web.Dockerfile": "FROM elsewhere/one\n",
            "docker/job.Dockerfile": "FROM elsewhere/one\n",
            "lib/a": "",
        });
        const options = ["--yes", "--foundation", "build"];
        const { stdout } = await init(root, ...options);
        expect(stdout).to.include("elsewhere/one  2 (docker/job.Dockerfile, docker/web.Dockerfile)");
        expect(stdout).to.include("write that into replaces below images.tools in Pulumi.yaml");
        expect(stdout).to.include("keep out what it doesn't copy with build/tools.Dockerfile.dockerignore");
        fs.writeFileSync(path.join(root, "build/tools.Dockerfile.dockerignore"), "*\n!lib\n");
        const other = await init(root, ...options, "--folder", "infra");
        expect(other.stdout).to.include("Written.").and.not.include("keep out");
    });

    it("names a folder that has no Dockerfile", async () => {
        const { stderr, exitCode } = await init(folder(shared), "--yes", "--foundation", "docker/bas");
        expect(exitCode).to.equal(2);
        expect(stderr).to.include("docker/bas has no Dockerfile");
    });

    it("refuses a folder outside of the repository, and takes one in it", async () => {
        const root = folder({ ...shared, ".git/HEAD": "ref: refs/heads/main\n" });
        const { stderr, exitCode } = await init(root, "--yes", "--folder", "../infra");
        expect(exitCode).to.equal(2);
        expect(stderr).to.match(/\.\.\/infra is not in the repository .*; name a folder in it$/);
        expect((await init(root, "--yes", "--folder", "infra")).exitCode).to.equal(0);
    });

    describe("on a terminal", () => {
        before(function () {
            // The program that makes a terminal has other options elsewhere.
            if (process.platform !== "linux") this.skip();
        });

        /** What the screen shows in the end. */
        const asked = async (cwd: string, answers: readonly string[]): Promise<string> => {
            const command = `node ${launcher} init`;
            const options = { cwd, reject: false, env: { TERM: "dumb" } } as const;
            const child = execa("script", ["-qec", command, "/dev/null"], options);
            const left = [...answers];
            // Each when it is asked for, as a person does.
            child.stdout.on("data", (text: Buffer) => {
                if (text.toString().endsWith("] ")) child.stdin.write(`${left.shift() ?? ""}\n`);
            });
            const { stdout } = await child;
            return stdout.replaceAll(/ *\r/g, "").trimEnd();
        };

        it("asks, with what is proposed for an answer", async () => {
            const root = folder(shared);
            const screen = await asked(root, ["", "services/a,services/nope", "infra", "n"]);
            expect(screen).to.include("Folders of the base images that others build on [docker/base]");
            expect(screen).to.include("! the app services/nope has no Dockerfile and no Compose file\n");
            expect(screen).to.not.include("the app services/a has");
            expect(screen).to.match(/apps services\/a, services\/nope\s+files infra\/Pulumi\.yaml/);
            expect(screen).to.include("Nothing was written.");
            expect(fs.readdirSync(root)).to.have.members(["docker", "services"]);
        });

        for (const [key, code] of [
            ["Ctrl+C", "\u0003"],
            ["Ctrl+D", "\u0004"],
        ] as const) {
            it(`writes nothing after ${key} in the place of an answer`, async () => {
                const root = folder(shared);
                const screen = await asked(root, ["", code]);
                expect(screen).to.match(/Folders of the apps \[.*\]\s+Nothing was written\.$/);
                expect(fs.readdirSync(root)).to.have.members(["docker", "services"]);
            });
        }

        it("prints what is recorded in the documents, and writes that", async () => {
            const files = {
                "docker/base/Dockerfile": "FROM debian:bookworm-slim\n",
                "services/api/Dockerfile": "FROM acme/base:1.2\n",
                "services/db/Dockerfile": "FROM postgres:16\n",
                "services/web/Dockerfile": "FROM acme/base:1.2\n",
                "services/web/compose.yaml": "services: { web: { build: . }, cache: { image: redis:8 } }\n",
            };
            const all = folder(
                Object.fromEntries(Object.entries(files).map(([name, text]) => [`acme/${name}`, text])),
            );
            const root = path.join(all, "acme");
            const screen = (await asked(root, ["", "", "infra", ""])).replace(fs.realpathSync(root), "acme");
            const page = fs.readFileSync("docs/init.md", "utf8");
            const [, recorded] = /^```text\n\$ .*\n([^]*?)\n```$/m.exec(page) ?? [];
            expect(screen).to.equal(recorded);
            const [, yaml] = /^```yaml\n([^]*?)^```$/m.exec(page) ?? [];
            expect(fs.readFileSync(path.join(root, "infra/Pulumi.yaml"), "utf8")).to.equal(yaml);

            const readme = fs.readFileSync("README.md", "utf8").replaceAll(/^ {8}/gm, "");
            const [part] = /^4 Dockerfiles\n[^]*?^Folder of the Pulumi project .*$/m.exec(readme) ?? [];
            expect(recorded).to.include(part);
        });
    });
});
