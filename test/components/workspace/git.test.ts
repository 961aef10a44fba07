import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { Git } from "../../../components/workspace/git.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("Git", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    const fake = (script: string): void => {
        const bin = folder();
        fakeProgram(bin, "git", script);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
    };

    it("is known to have no repository, whatever the language of its user is", async () => {
        setEnvironment("LC_ALL", "de_DE.UTF-8");
        fake(
            '[ "$LC_ALL" = C ] && echo "fatal: not a git repository" >&2 || echo "fatal: kein" >&2; exit 128',
        );
        expect(await new Git(folder()).prefix()).to.equal(undefined);
    });

    it("is not waited for longer than it may take", async () => {
        fake("exec sleep 10");
        const asked = new Git(folder(), { seconds: 0.2 }).ignored(["a"]);
        const problem = await asked.catch((error: unknown) => error);
        expect(problem).to.be.instanceOf(Problem);
        expect(problem).to.have.property("message", "git check-ignore took longer than 0.2 seconds");
    });

    /** A repository with these files, none of them committed. */
    const repository = (files: Readonly<Record<string, string>>): string => {
        const root = folder(files);
        execFileSync("git", ["init", "--quiet"], { cwd: root });
        return root;
    };

    it("is asked where a folder is in its repository", async () => {
        const root = repository({ "in here/a": "" });
        expect(await new Git(root).prefix()).to.equal("");
        expect(await new Git(path.join(root, "in here")).prefix()).to.equal("in here/");
    });

    it("is not taken for missing where it fails otherwise", async () => {
        fake('echo "fatal: dubious ownership" >&2; exit 128');
        const problem: unknown = await new Git(folder()).prefix().catch((error: unknown) => error);
        expect(problem).to.have.property("message", "git rev-parse failed: fatal: dubious ownership");
    });

    it("tells which files it would not take, whatever their names are", async () => {
        const root = repository({ ".gitignore": "*.log\n" });
        const names = ["a.log", "a", "b c.log", "é\n.log"];
        expect(await new Git(root).ignored(names)).to.deep.equal(["a.log", "b c.log", "é\n.log"]);
        expect(await new Git(root).ignored(["a"])).to.deep.equal([]);
    });

    it("lists what it has, and hears what is said to it", async () => {
        const root = repository({ "b c": "1", a: "1" });
        const git = new Git(root);
        await git.input("b c\0a\0", "update-index", "-z", "--add", "--stdin");
        expect(await git.list("ls-files", "-z")).to.deep.equal(["a", "b c"]);
        expect(await git.list("ls-files", "-z", "none")).to.deep.equal([]);
        expect(await git.run("hash-object", "-w", "a")).to.match(/^[0-9a-f]{40}$/);
        // Only the last line break is Git's.
        expect((await git.input("x\n\ny\n", "stripspace")).split("\n")).to.deep.equal(["x", "", "y"]);
    });

    it("hears nothing where nothing is said, and has the language of its user", async () => {
        setEnvironment("LC_ALL", "de_DE.UTF-8");
        fake('echo "[$(cat)] $LC_ALL $GIT_INDEX_FILE"');
        expect(await new Git(folder(), { env: { GIT_INDEX_FILE: "i" } }).run("status")).to.equal(
            "[] de_DE.UTF-8 i",
        );
    });

    it("is told with its own words, or else with how it ended", async () => {
        fake('[ "$1" = silent ] || echo "  why  " >&2; exit 3');
        const messageOf = (command: string): Promise<unknown> =>
            new Git(folder()).run(command).catch((error: unknown) => (error as Error).message);
        expect(await messageOf("fetch")).to.equal("git fetch failed: why");
        expect(await messageOf("silent")).to.match(/^git silent failed: Command failed: git silent/);
    });
});
