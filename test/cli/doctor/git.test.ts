import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { checkGit, gitOutcome } from "../../../cli/doctor/git.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("doctor, of what Git ignores", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };

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
        const root = projectIn(folder);
        emit(root, emitted);
        const look = () => checkGit(new Clone(root));
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
            const root = projectIn((files) => folder({ ...files, ".gitignore": ignored }));
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
            const look = () => checkGit(new Clone(root));
            const outcome = await look();
            expect(outcome.state).to.equal("warn");
            expect(outcome.detail).to.include(told);
            expect(outcome.remedy).to.include(remedy);

            if (remedy.includes("pulumi up")) write();
            else fs.writeFileSync(`${root}/.gitignore`, "");
            git("add", "--all");
            git("commit", "--message", "emitted");
            expect((await look()).state).to.equal("ok");
            const elsewhere = folder();
            git("clone", root, elsewhere);
            for (const file of ["foundation.lock.json", "apps/one/compose.yaml", "foundation/compose.yaml"]) {
                expect(fs.existsSync(path.join(elsewhere, file)), file).to.equal(true);
            }
        });
    }
});
