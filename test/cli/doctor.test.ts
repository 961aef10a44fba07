import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as net from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../components/workspace/clone.ts";
import {
    checkComposeFiles,
    checkEmitted,
    checkStatus,
    cloneChecks,
    gitOutcome,
} from "../../cli/doctor/clone.ts";
import { builderOutcome } from "../../cli/doctor/builder.ts";
import { failed } from "../../cli/doctor/check.ts";
import { checkPort } from "../../cli/doctor/ports.ts";
import { surroundingChecks } from "../../cli/doctor/surroundings.ts";
import { statusOf } from "../../cli/status/model.ts";
import type { FoundationFacts } from "../../cli/status/facts.ts";
import { attempt, Problem } from "../../components/problem.ts";
import { composeMark } from "../../components/render/composeMark.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import { blockFor } from "../support/emitted.ts";
import { emit, projectIn } from "../support/project.ts";
import { app, facts, foundation, override } from "./facts.ts";
import { standInDocker } from "../support/docker.ts";
import { smallRegistries } from "../support/registry.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "../toolchain/support.ts";

describe("doctor, of a port", () => {
    const open: net.Server[] = [];

    afterEach(() => {
        for (const server of open.splice(0)) server.close();
    });

    async function listen(server: net.Server): Promise<number> {
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const address = server.address();
        return typeof address === "object" ? (address?.port ?? 0) : 0;
    }

    function registry(realm: string): http.Server {
        return http.createServer((_, response) => {
            response.writeHead(401, { "www-authenticate": `Basic realm="${realm}"`, connection: "close" });
            response.end();
        });
    }

    it("is well where our registry answers", async () => {
        const port = await listen(registry("foundation"));
        expect((await checkPort(port, "pullPort", true)).state).to.equal("ok");
    });

    it("is another clone's where a registry answers, and nothing was published from here", async () => {
        const port = await listen(registry("foundation"));
        const { state, remedy } = await checkPort(port, "pullPort", false);
        expect(state).to.equal("warn");
        expect(remedy).to.match(/^run `pulumi destroy` there; .*pullPort/);
    });

    for (const [title, server] of [
        ["answers otherwise", () => registry("other")],
        ["speaks something else", () => net.createServer((socket) => socket.end("220 mail\r\n"))],
    ] as const) {
        it(`belongs to another program where that ${title}`, async () => {
            const { detail, remedy } = await checkPort(await listen(server()), "pullPort", true);
            expect(detail).to.match(/^\d+ belongs to another program$/);
            expect(remedy).to.include("pullPort");
        });
    }

    it("is nobody else's for keeping silent, as a registry does that is paused", async () => {
        const sockets: net.Socket[] = [];
        const port = await listen(net.createServer((socket) => sockets.push(socket)));
        const { state, detail, remedy } = await checkPort(port, "pullPort", true);
        for (const socket of sockets) socket.destroy();
        expect(state).to.equal("fail");
        expect(detail).to.include("does not answer").and.not.include("belongs to");
        expect(remedy).to.include(`docker ps --filter publish=${port}`);
    });

    it("is free where nothing listens", async () => {
        const port = await listen(net.createServer());
        await new Promise((resolve) => open.splice(0)[0]?.close(resolve));
        expect((await checkPort(port, "pullPort", true)).detail).to.include("is free");
    });
});

describe("doctor, of the emitted files", () => {
    const folder = temporaryFolders();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };
    const block = blockFor(emitted);
    const files = { "compose.yaml": composeMark, ".env": block };
    const lookAt = (clone: Clone) => checkEmitted(clone, clone.manifest);
    const look = (env: string, own: Readonly<Record<string, string>> = files) => {
        const app = { ...own, ...(".env" in own && { ".env": `${block}${env}` }), Dockerfile: "" };
        const below = (home: string, names: Readonly<Record<string, string>>) =>
            Object.fromEntries(Object.entries(names).map(([name, text]) => [`${home}/${name}`, text]));
        return lookAt(new Clone(folder({ ...below("foundation", files), ...below("apps/app1", app) })));
    };

    it("finds one that is missing", () => {
        expect(look("", { "compose.yaml": composeMark }).detail).to.equal(
            "apps/app1 has no .env of the foundation",
        );
        expect(look("", { ".env": block }).detail).to.equal(
            "apps/app1 has no compose.yaml of the foundation",
        );
    });

    it("finds a .env that makes Compose read other files", () => {
        expect(look("COMPOSE_FILE=other.yaml\n")).to.deep.equal({
            state: "fail",
            detail: "in apps/app1 Compose reads other.yaml, and not compose.yaml",
            remedy: "where a line of your own sets COMPOSE_FILE, remove that or name compose.yaml in it as well; then write the files again with `foundation sync`",
        });
        expect(look(`COMPOSE_FILE=other.yaml${path.delimiter}compose.yaml\n`).state).to.equal("ok");
    });

    for (const env of [
        "",
        `COMPOSE_FILE=./compose.yaml${path.delimiter}other.yaml\n`,
        "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=compose.yaml,other.yaml\n",
    ]) {
        it(`is content with ${JSON.stringify(env)}, which keeps ours`, () => {
            expect(look(env)).to.deep.equal({ state: "ok", detail: "of stack dev" });
        });
    }
});

describe("doctor, of a clone", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };
    const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le").toString("latin1");

    it("finds a .env that Compose can't read, for it is in UTF-16", () => {
        const root = folder({ "foundation/x": "" });
        const block = blockFor(emitted);
        for (const text of [utf16(block), `${block}${"A=1\n".repeat(500)}${utf16("B=2").slice(2)}`]) {
            fs.writeFileSync(path.join(root, "foundation/.env"), text, "latin1");
            const clone = new Clone(root);
            const { state, detail } = checkEmitted(
                clone,
                attempt(() => clone.manifest),
            );
            expect(state).to.equal("fail");
            expect(detail).to.equal("Compose can't read foundation/.env, in UTF-16");
            const encoding = text.includes(block) ? "latin1" : "utf16le";
            const saved = fs.readFileSync(path.join(root, "foundation/.env"), encoding);
            fs.writeFileSync(path.join(root, "foundation/.env"), saved.replaceAll("\0", ""));
            const fixed = new Clone(root);
            expect(checkEmitted(fixed, fixed.manifest).detail).to.equal(
                "foundation has no compose.yaml of the foundation",
            );
        }
    });

    it("finds a .env that says otherwise than what was published", () => {
        const root = folder({});
        emit(projectAt(root), { image: "localhost:5050/f:2", digest: "sha256:2", stack: "dev" });
        const file = path.join(root, "apps/one/.env");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("f:2", "f:1"));
        const clone = new Clone(root);
        expect(checkEmitted(clone, clone.manifest)).to.deep.equal({
            state: "warn",
            detail: "apps/one would build on localhost:5050/f:1, and localhost:5050/f:2 was published",
            remedy: "write the files again with `foundation sync`",
        });
        emit(root, { image: "localhost:5050/f:2", digest: "sha256:2", stack: "dev" });
        expect(checkEmitted(clone, clone.manifest).state).to.equal("ok");
    });

    it("finds a compose.foundation.yaml that no COMPOSE_FILE names", () => {
        const root = projectAt(folder({}));
        const own = { "compose.yaml": "services: { web: { build: . } }", "compose.override.yaml": "{}" };
        for (const [name, text] of Object.entries(own)) {
            fs.writeFileSync(path.join(root, "apps/one", name), text);
        }
        emit(root, emitted);
        const look = () => {
            const clone = new Clone(root);
            return checkEmitted(clone, clone.manifest);
        };
        expect(look().state).to.equal("ok");
        fs.rmSync(path.join(root, "apps/one/.env"));
        expect(look()).to.deep.include({
            state: "fail",
            detail: "in apps/one Compose reads compose.yaml and compose.override.yaml, and not compose.foundation.yaml",
            remedy: "where a line of your own sets COMPOSE_FILE, remove that or name compose.foundation.yaml in it as well; then write the files again with `foundation sync`",
        });
        emit(root, emitted);
        expect(look().state).to.equal("ok");
    });

    it("blames no file for what the shell says", () => {
        const root = folder({});
        emit(projectAt(root), emitted);
        setEnvironment("FOUNDATION_IMAGE", "other");
        const clone = new Clone(root);
        expect(checkEmitted(clone, clone.manifest).state).to.equal("ok");
    });

    it("finds files of one kind of which Compose reads one", () => {
        const root = folder({});
        emit(projectAt(root), emitted);
        const clone = () => new Clone(root);
        expect(checkComposeFiles(clone()).state).to.equal("ok");
        for (const name of ["compose.override.yml", "docker-compose.override.yml"]) {
            fs.writeFileSync(path.join(root, "apps/one", name), "{}\n");
        }
        const { state, detail } = checkComposeFiles(clone());
        expect(state).to.equal("warn");
        expect(detail).to.equal(
            "in apps/one Compose reads compose.override.yml and not docker-compose.override.yml",
        );
        fs.rmSync(path.join(root, "apps/one/docker-compose.override.yml"));
        expect(checkComposeFiles(clone()).state).to.equal("ok");
    });

    it("finds what the next deployment would have in its way", () => {
        const root = projectAt(folder({}));
        emit(root, emitted);
        const look = () => checkComposeFiles(new Clone(root));
        const file = path.join(root, "apps/one/.env");
        fs.renameSync(file, `${file}-kept`);
        fs.mkdirSync(file);
        expect(look()).to.deep.equal({
            state: "fail",
            detail: "not all can be written: apps/one/.env: something that is no file is in the way; move it elsewhere",
            remedy: "fix each of them",
        });
        fs.renameSync(file, `${file}-moved`);
        expect(look().state).to.equal("ok");
    });

    function projectAt(root: string): string {
        return projectIn((files) => {
            for (const [name, text] of Object.entries(files)) {
                fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
                fs.writeFileSync(path.join(root, name), text);
            }
            return root;
        });
    }

    for (const [title, envFiles, others, kept, complete, registry, state, said] of [
        ["nothing", [], [], ["a"], true, "azure", "ok", "ignores no emitted file"],
        ["a .env that isn't needed", ["a/.env"], [], ["a"], true, "azure", "ok", "a clone builds without"],
        ["a .env that is needed", ["a/.env"], [], ["a"], false, "azure", "warn", "a clone can't build"],
        ["everything", ["a/.env"], ["a"], [], true, "azure", "warn", "nobody else gets them"],
        ["what is for this machine", ["a/.env"], ["a"], [], true, "local", "ok", "of this machine"],
        ["a part", [], ["a"], ["b"], true, "local", "warn", "without a"],
    ] as const) {
        it(`says what it means that Git ignores ${title}`, () => {
            const outcome = gitOutcome({ envFiles, others, kept }, complete, registry);
            expect(outcome.state).to.equal(state);
            expect(outcome.detail).to.include(said);
        });
    }

    it("says what keeps Git from telling what it ignores, and only without a repository that it isn't used", async () => {
        const root = projectAt(folder({}));
        emit(root, emitted);
        const look = () => {
            const clone = new Clone(root);
            return cloneChecks(clone, clone.manifest)
                .find(({ title }) => title === "Git")
                ?.look();
        };
        expect(await look()).to.deep.equal({ state: "ok", detail: "isn't used here" });
        const bin = folder();
        fakeProgram(bin, "git", 'echo "fatal: detected dubious ownership" >&2; exit 128');
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        expect(await look()).to.deep.equal({
            state: "warn",
            detail: "can't be asked (git rev-parse failed: fatal: detected dubious ownership)",
            remedy: "see whether `git status` works by itself",
        });
    });

    for (const [title, ignored, complete, told, remedy] of [
        ["a part", "foundation.lock.json\n", true, "without foundation.lock.json", "take their lines out"],
        ["everything", ".env\ncompose.yaml\n*.json\n", true, "nobody else gets", "take their lines out"],
        ["a .env that is needed", ".env\n", false, "a clone can't build", "take their lines out"],
        ["a .env that is needed", ".env\n", false, "a clone can't build", "or run `pulumi up`"],
    ] as const) {
        it(`is content with a repository where Git ignored ${title}, once "${remedy}" is done`, async () => {
            const root = projectAt(folder({ ".gitignore": ignored }));
            const git = (...args: readonly string[]) =>
                execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.example", ...args], {
                    cwd: root,
                    stdio: "ignore",
                });
            git("init");
            const write = () => {
                emit(root, emitted);
                const lock = `${root}/foundation.lock.json`;
                const text = fs.readFileSync(lock, "utf8");
                fs.writeFileSync(lock, text.replace('"kind": "local"', '"kind": "azure"'));
            };
            write();
            if (!complete) {
                const file = `${root}/apps/one/compose.yaml`;
                fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll(/:-[^}]*\}/g, "}"));
            }
            const look = () => {
                const clone = new Clone(root);
                const checks = cloneChecks(clone, clone.manifest);
                return checks.find((check) => check.title === "Git")?.look();
            };
            const outcome = await look();
            expect(outcome?.state).to.equal("warn");
            expect(outcome?.detail).to.include(told);
            expect(outcome?.remedy).to.include(remedy);

            if (remedy.includes("pulumi up")) write();
            else fs.writeFileSync(`${root}/.gitignore`, "");
            git("add", "--all");
            git("commit", "--message", "emitted");
            expect((await look())?.state).to.equal("ok");
            const elsewhere = folder();
            git("clone", root, elsewhere);
            for (const file of ["foundation.lock.json", "apps/one/compose.yaml", "foundation/compose.yaml"]) {
                expect(fs.existsSync(path.join(elsewhere, file)), file).to.equal(true);
            }
        });
    }

    it("says what is behind, in the order to build it, and that an override doesn't outlast --pull", () => {
        const java = foundation({
            name: "java",
            image: "r/java:1",
            folder: "docker/java",
            uses: ["foundation"],
        });
        const status = (foundations: readonly FoundationFacts[]) =>
            checkStatus(statusOf(facts({ foundations, images: [override], services: [] })));
        expect(status([foundation(), java])).to.deep.equal({
            state: "warn",
            detail: "java isn't built on your own foundation yet",
            remedy: "in this order: `cd docker/java && docker compose build`",
        });
        expect(status([foundation()])).to.deep.equal({
            state: "warn",
            detail: "your own foundation is in use, which a build with --pull passes over",
            remedy: "build without --pull, or go back to the official one with `foundation revert`",
        });
        const pulling = facts({ images: [override], services: [app({ pulled: true })] });
        expect(checkStatus(statusOf(pulling))).to.deep.include({
            remedy: "remove it while you try yours; and 1 more, see `foundation status`",
        });
        expect(
            checkStatus(statusOf(facts({ services: [app({ problem: "no .env; get it" })] }))).state,
        ).to.equal("fail");
        expect(checkStatus(statusOf(facts())).state).to.equal("ok");
    });
});

describe("doctor, of the login", () => {
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const registry = smallRegistries();
    const setEnvironment = withEnvironment();

    it("warns of what it may pull that is not for this machine", async () => {
        const manifests = [{ digest: "sha256:1", platform: { os: "linux", architecture: "s390x" } }];
        const index = JSON.stringify({ manifests });
        const digest = `sha256:${createHash("sha256").update(index).digest("hex")}`;
        const content = {
            "/v2/foundation/manifests/1": index,
            "/v2/java/manifests/1": index,
        };
        const { server } = await registry({ public: true, content });
        const version = (Arch: string) =>
            docker([], [{ path: "/version", body: { ApiVersion: "1.45", Os: "linux", Arch } }]);
        setEnvironment("DOCKER_CONFIG", folder());
        const root = projectIn(folder);
        emit(root, { image: `${server}/foundation:1`, digest, stack: "dev" });
        const clone = new Clone(root);
        const look = () =>
            surroundingChecks(clone, clone.manifest, clone.config("dev"))
                .find(({ title }) => title === "Login")
                ?.look();

        version("amd64");
        const outcome = await look();
        expect(outcome).to.deep.include({
            state: "warn",
            detail: "the foundation in the registry is for linux/s390x, and not for linux/amd64",
        });
        expect(outcome?.remedy).to.include("'platforms[1]=linux/amd64'");

        const { images } = clone.manifest;
        const java = { ...images["foundation"], reference: `${server}/java:1` };
        const both = { ...clone.manifest, images: { ...images, java } } as Manifest;
        const [login] = surroundingChecks(clone, both, clone.config("dev")).filter(
            ({ title }) => title === "Login",
        );
        expect((await login?.look())?.detail).to.equal(
            "the foundation in the registry is for linux/s390x, and not for linux/amd64; " +
                "the foundation java in the registry is for linux/s390x, and not for linux/amd64",
        );
        version("s390x");
        expect(await look()).to.deep.equal({ state: "ok", detail: `${server} lets anybody pull` });
    });
});

describe("doctor, of the builder", () => {
    const own = { name: "default", driver: "docker" };
    const use = { reference: "f:1", ownLine: undefined, contextImage: undefined, pulled: false };
    const look = (form: "image" | "service" | undefined, store: "classic" | "containerd") =>
        builderOutcome(own, store, [
            { folder: "apps/app2", uses: new Map([["foundation", { ...use, form }]]) },
        ]);

    it("is well where every app would get a foundation of one's own", () => {
        for (const [form, store] of [
            ["image", "classic"],
            ["service", "classic"],
            ["service", "containerd"],
            [undefined, "containerd"],
        ] as const) {
            expect(look(form, store), `${form ?? "argument"} ${store}`).to.deep.equal({
                state: "ok",
                detail: `default with the ${store} image store, which sees local images`,
            });
        }
    });

    it("warns of apps that would not, for what the store and their files are", () => {
        const { state, detail, remedy } = look("image", "containerd");
        expect(state).to.equal("warn");
        expect(detail).to.match(/containerd image store .* ignored by apps\/app2$/);
        expect(remedy).to.equal("`pulumi config set contexts service`, and `pulumi up`");
    });

    it("warns of one that sees no local images, whatever the files are", () => {
        const other = { name: "other", driver: "docker-container" };
        expect(builderOutcome(other, "classic", [])).to.include({ state: "warn" });
    });
});

describe("doctor, of several problems at once", () => {
    it("tells each of them, with its remedy", () => {
        const problem = Problem.of("the configuration can't be used", [
            "a: is wrong; mend a",
            "b: is wrong; mend b",
        ]);
        expect(failed(problem)).to.deep.equal({
            state: "fail",
            detail: "the configuration can't be used: (1) a: is wrong; mend a (2) b: is wrong; mend b",
            remedy: "fix each of them",
        });
    });
});
