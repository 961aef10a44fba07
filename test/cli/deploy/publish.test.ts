import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { expectedFiles } from "../../../components/workspace/expectedFiles.ts";
import { publishEmitted } from "../../../cli/deploy/publish.ts";
import { Problem } from "../../../components/problem.ts";
import { oneImage } from "../../support/example.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

const branch = "foundation/prod";
const image = "acme.azurecr.io/foundation:content-0123456789ab";

describe("publishing the emitted files", function () {
    this.timeout(30_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    let home: string;
    let checkout: string;

    const git = (cwd: string, ...args: string[]): string =>
        execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
    const shared = (...args: string[]): string => git(`${home}/shared.git`, ...args);
    const write = (name: string, text: string): void => {
        fs.mkdirSync(path.dirname(`${checkout}/${name}`), { recursive: true });
        fs.writeFileSync(`${checkout}/${name}`, text);
    };
    const commit = (cwd: string): void => {
        git(cwd, "add", "--all");
        git(cwd, "commit", "--quiet", "--message", "Change");
    };
    /** A checkout of its own, as a runner gets one. */
    const clone = (name: string): string => {
        git(home, "clone", "--quiet", "--branch", "main", "shared.git", name);
        for (const [key, value] of [
            ["user.name", "Somebody"],
            ["user.email", "somebody@example.com"],
        ]) {
            git(`${home}/${name}`, "config", key ?? "", value ?? "");
        }
        return `${home}/${name}`;
    };
    /** What `pulumi up` writes, for an image of this digest. */
    const emit = (digit: string): void => {
        const emitted = { image, digest: `sha256:${digit.repeat(64)}`, stack: "prod" };
        for (const [name, file] of Object.entries(expectedFiles(new Clone(checkout), emitted))) {
            if (file.kind !== "link") write(name, file.text ?? "");
        }
    };
    const digestOn = (revision: string): string | undefined =>
        /FOUNDATION_DIGEST='?sha256:(\w)/.exec(shared("show", `${revision}:foundation/.env`))?.[1];
    const problem = (): Promise<string> =>
        publishEmitted(new Clone(checkout), "prod").then(
            () => "",
            (error: unknown) => (error instanceof Problem ? error.message : String(error)),
        );

    beforeEach(() => {
        home = folder();
        git(home, "init", "--quiet", "--bare", "--initial-branch", "main", "shared.git");
        git(home, "init", "--quiet", "--initial-branch", "main", "first");
        git(home, "-C", "first", "remote", "add", "origin", `${home}/shared.git`);
        checkout = `${home}/first`;
        git(checkout, "config", "user.name", "Somebody");
        git(checkout, "config", "user.email", "somebody@example.com");
        write("Pulumi.yaml", oneImage(fs.readFileSync("Pulumi.yaml", "utf8")));
        write("foundation/Dockerfile", "FROM scratch\n");
        write("apps/one/Dockerfile", "FROM foundation\n");
        write("apps/two/Dockerfile", "FROM foundation\n");
        commit(checkout);
        git(checkout, "push", "--quiet", "origin", "main");
        checkout = clone("runner");
    });

    it("puts them in one commit on a branch of their own, and leaves the checkout as it was", async () => {
        emit("1");
        write("apps/one/notes", "mine");
        const before = git(checkout, "status", "--porcelain", "--branch");
        expect(await publishEmitted(new Clone(checkout), "prod")).to.include(`published on ${branch}`);
        expect(git(checkout, "status", "--porcelain", "--branch")).to.equal(before);
        expect(shared("diff", "--name-only", "main", branch).split("\n")).to.deep.equal([
            "apps/one/.env",
            "apps/one/compose.yaml",
            "apps/two/.env",
            "apps/two/compose.yaml",
            "foundation.lock.json",
            "foundation/.env",
            "foundation/compose.yaml",
        ]);
        expect(shared("rev-parse", `${branch}^`)).to.equal(shared("rev-parse", "main"));
        expect(shared("log", "-1", "--format=%s", branch)).to.equal(
            "Build on foundation:content-0123456789ab",
        );
        expect(shared("log", "-1", "--format=%(trailers:key=Foundation-Stack,valueonly)", branch)).to.equal(
            "prod",
        );
    });

    it("publishes nothing twice", async () => {
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        const tip = shared("rev-parse", branch);
        expect(await publishEmitted(new Clone(checkout), "prod")).to.include(
            "has these emitted files already",
        );
        expect(shared("rev-parse", branch)).to.equal(tip);
    });

    it("replaces what a deployment before has offered", async () => {
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        checkout = clone("later");
        emit("2");
        await publishEmitted(new Clone(checkout), "prod");
        expect(digestOn(branch)).to.equal("2");
        expect(shared("rev-list", "--count", `main..${branch}`)).to.equal("1");
    });

    it("does so where the project is in a folder of the repository", async () => {
        const top = checkout;
        git(top, "rm", "--quiet", "-r", "--cached", ".");
        const files = fs.readdirSync(top).filter((name) => name !== ".git");
        fs.mkdirSync(`${top}/platform`);
        for (const name of files) fs.renameSync(`${top}/${name}`, `${top}/platform/${name}`);
        checkout = `${top}/platform`;
        emit("1");
        commit(top);
        git(top, "push", "--quiet", "origin", "main");
        emit("2");
        await publishEmitted(new Clone(checkout), "prod");
        expect(shared("diff", "--name-only", "main", branch).split("\n")).to.include(
            "platform/foundation.lock.json",
        );
    });

    it("replaces it, too, where the main branch was merged into it in the meantime", async () => {
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        const developer = clone("developer");
        fs.writeFileSync(`${developer}/other`, "");
        commit(developer);
        git(developer, "push", "--quiet", "origin", "main");
        git(developer, "switch", "--quiet", branch);
        git(developer, "merge", "--quiet", "--no-edit", "origin/main", "main");
        git(developer, "push", "--quiet", "origin", branch);
        checkout = clone("later");
        emit("2");
        await publishEmitted(new Clone(checkout), "prod");
        expect(digestOn(branch)).to.equal("2");
    });

    for (const [way, merge] of [
        ["merged", ["merge", "--quiet", "--no-ff", "--no-edit"]],
        ["squashed", ["merge", "--quiet", "--squash"]],
    ] as const) {
        it(`removes the branch once it was ${way}`, async () => {
            emit("1");
            await publishEmitted(new Clone(checkout), "prod");
            const developer = clone("developer");
            git(developer, ...merge, `origin/${branch}`);
            if (way === "squashed") commit(developer);
            git(developer, "push", "--quiet", "origin", "main");
            checkout = clone("later");
            emit("1");
            expect(await publishEmitted(new Clone(checkout), "prod")).to.include("is gone");
            expect(shared("branch", "--list", branch)).to.equal("");
            expect(await publishEmitted(new Clone(checkout), "prod")).to.include("committed already");
        });
    }

    it("publishes that an app is no more", async () => {
        emit("1");
        commit(checkout);
        git(checkout, "push", "--quiet", "origin", "main");
        fs.rmSync(`${checkout}/apps/two/Dockerfile`);
        commit(checkout);
        for (const name of [".env", "compose.yaml"]) fs.rmSync(`${checkout}/apps/two/${name}`);
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        expect(shared("diff", "--name-status", `${branch}^`, branch).split("\n")).to.deep.equal([
            "D\tapps/two/.env",
            "D\tapps/two/compose.yaml",
            "M\tfoundation.lock.json",
        ]);
    });

    it("publishes that there is no .env at the root any more, which the others were links to", async () => {
        emit("1");
        write(".env", "FOUNDATION_STACK=prod\n");
        commit(checkout);
        git(checkout, "push", "--quiet", "origin", "main");
        fs.rmSync(`${checkout}/.env`);
        emit("2");
        await publishEmitted(new Clone(checkout), "prod");
        expect(shared("diff", "--name-status", "main", branch).split("\n")).to.include("D\t.env");
    });

    it("keeps somebody else's work on the branch, and says whose it is not", async () => {
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        const developer = clone("developer");
        git(developer, "switch", "--quiet", branch);
        fs.writeFileSync(`${developer}/mine`, "");
        git(developer, "add", "mine");
        git(developer, "commit", "--quiet", "--message", "Try something");
        git(developer, "push", "--quiet", "origin", branch);
        const tip = shared("rev-parse", branch);
        checkout = clone("later");
        emit("2");
        expect(await problem()).to.match(
            /foundation\/prod has commits that are not .*\n {2}- \w+ Try something$/,
        );
        expect(shared("rev-parse", branch)).to.equal(tip);
    });

    for (const [title, offered] of [
        ["was made", false],
        ["has moved", true],
    ] as const) {
        it(`replaces no branch that ${title} since it was looked up`, async function () {
            if (process.platform === "win32") this.skip();
            emit("1");
            if (offered) await publishEmitted(new Clone(checkout), "prod");
            const developer = clone("developer");
            if (offered) git(developer, "switch", "--quiet", branch);
            fs.writeFileSync(`${developer}/mine`, "");
            commit(developer);
            // Somebody pushes at the last moment: before the first push of this stage's.
            const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
            const race = `"${real}" -C "${developer}" push --quiet origin HEAD:refs/heads/${branch}`;
            const bin = folder();
            fakeProgram(bin, "git", `if [ "$1" = push ]; then ${race}; fi\nexec "${real}" "$@"`);
            emit("2");
            setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
            expect(await problem()).to.match(/^git push failed: [^]*stale info/);
            expect(shared("rev-parse", branch)).to.equal(git(developer, "rev-parse", "HEAD"));
        });
    }

    it("says that they are ignored, and forces nothing", async () => {
        write(".gitignore", ".env\ncompose.yaml\nfoundation.lock.json\n");
        emit("1");
        expect(await publishEmitted(new Clone(checkout), "prod")).to.include(
            "are git-ignored; take their lines out",
        );
        expect(shared("branch", "--list", branch)).to.equal("");
    });

    it("publishes them without each .env that is ignored, for Compose files do without", async () => {
        write(".gitignore", ".env\n");
        commit(checkout);
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        expect(shared("diff", "--name-only", `${branch}^`, branch).split("\n")).to.deep.equal([
            "apps/one/compose.yaml",
            "apps/two/compose.yaml",
            "foundation.lock.json",
            "foundation/compose.yaml",
        ]);
    });

    it("publishes no half of them", async () => {
        write(".gitignore", "compose.yaml\n");
        emit("1");
        expect(await problem()).to.match(
            /some of the emitted files are git-ignored[^]*\n {2}- apps\/one\/compose.yaml/,
        );
        expect(shared("branch", "--list", branch)).to.equal("");
    });

    it("publishes no Compose file that only an ignored .env names", async () => {
        write(".gitignore", ".env\n");
        write("apps/two/compose.yaml", "services: { two: { build: . } }\n");
        write("apps/two/compose.override.yaml", "services: { two: { environment: [A=1] } }\n");
        commit(checkout);
        emit("1");
        expect(await problem()).to.match(/of no use without them[^]*- apps\/two\/\.env$/);
        expect(shared("branch", "--list", branch)).to.equal("");
    });

    it("publishes them wherever they are, and that they are no more where an app is gone", async () => {
        const images = "  images: { value: { base: { folder: docker/base }, tool: {} } }\n";
        write("Pulumi.yaml", `name: foundation\nconfig:\n${images}  apps: { value: ["services/**", "."] }\n`);
        write("docker/base/Dockerfile", "FROM scratch\n");
        write("tool/Dockerfile", "FROM base\n");
        write("docker-compose.yml", "services: { web: { build: web } }\n");
        write("web/Dockerfile", "FROM tool\n");
        write("services/a/b/Dockerfile", "FROM base\n");
        write("services/c/compose.yaml", "services: { c: { build: . } }\n");
        write("services/c/compose.override.yaml", "services: { c: { environment: [A=1] } }\n");
        write("services/c/Dockerfile", "FROM base\n");
        const emitBoth = (): void => {
            const emitted = { image, digest: `sha256:${"1".repeat(64)}` };
            const images = { base: emitted, tool: emitted };
            const files = expectedFiles(new Clone(checkout), { ...emitted, stack: "prod", images });
            for (const [name, file] of Object.entries(files)) {
                if (file.kind !== "link") write(name, file.text ?? "");
            }
        };
        commit(checkout);
        git(checkout, "push", "--quiet", "origin", "HEAD:main");
        emitBoth();
        await publishEmitted(new Clone(checkout), "prod");
        expect(shared("diff", "--name-only", `${branch}^`, branch).split("\n")).to.deep.equal([
            ".env",
            "compose.override.yaml",
            "docker/base/.env",
            "docker/base/compose.yaml",
            "foundation.lock.json",
            "services/a/b/.env",
            "services/a/b/compose.yaml",
            "services/c/.env",
            "services/c/compose.foundation.yaml",
            "tool/.env",
            "tool/compose.yaml",
        ]);

        commit(checkout);
        git(checkout, "push", "--quiet", "origin", "HEAD:main");
        write("services/c/Dockerfile", "FROM alpine\n");
        commit(checkout);
        for (const name of [".env", "compose.foundation.yaml"]) fs.rmSync(`${checkout}/services/c/${name}`);
        write("services/c/compose.yaml", "services: { c: { build: . } }\n# not committed\n");
        emitBoth();
        await publishEmitted(new Clone(checkout), "prod");
        expect(shared("diff", "--name-status", `${branch}^`, branch).split("\n")).to.deep.equal([
            "M\tfoundation.lock.json",
            "D\tservices/c/.env",
            "D\tservices/c/compose.foundation.yaml",
        ]);
    });

    it("does not judge a branch that a shallow clone can't show", async () => {
        emit("1");
        await publishEmitted(new Clone(checkout), "prod");
        git(
            home,
            "clone",
            "--quiet",
            "--depth",
            "1",
            "--branch",
            "main",
            `file://${home}/shared.git`,
            "shallow",
        );
        checkout = `${home}/shallow`;
        emit("2");
        expect(await problem()).to.include("this clone is shallow");
    });
});
