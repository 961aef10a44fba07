import { appendFileSync, chmodSync, mkdirSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { temporaryFolders } from "../support/folder.ts";

describe("the tag that has the package", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const identity = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    const names = { GIT_AUTHOR_NAME: "a", GIT_COMMITTER_NAME: "a" };
    const env = {
        ...identity,
        ...names,
        GIT_AUTHOR_EMAIL: "a@example.com",
        GIT_COMMITTER_EMAIL: "a@example.com",
    };

    const git = async (cwd: string, ...args: string[]): Promise<string> =>
        (await execa("git", args, { cwd, env })).stdout;

    /** A repository whose root is another thing than the package. */
    const repository = async (): Promise<string> => {
        const root = folder({ "package.json": '{ "private": true }\n', ".gitignore": "node_modules/\n" });
        await git(root, "init", "--quiet", "--initial-branch", "main");
        // Settings of a person that the package isn't to be changed by.
        appendFileSync(join(root, ".git/info/exclude"), "*.map\n");
        await git(root, "config", "core.autocrlf", "input");
        await git(root, "add", "--all");
        await git(root, "commit", "--quiet", "--message", "a release");
        return root;
    };

    const pack = async (files: Readonly<Record<string, string>>): Promise<string> => {
        const root = folder(files);
        mkdirSync(join(root, "package"));
        for (const name of Object.keys(files)) renameSync(join(root, name), join(root, "package", name));
        chmodSync(join(root, "package", "run"), 0o755);
        const tarball = join(root, "thing.tgz");
        await execa("tar", ["-czf", tarball, "-C", root, "package"]);
        return tarball;
    };

    const manifest = '{ "name": "thing", "version": "1.2.3" }\n';
    const tag = async (cwd: string, tarball: string) =>
        execa("node", [resolve("toolchain/packageTag.ts"), tarball], { cwd, env, reject: false });

    it("is a commit of its own with the tarball's files, and changes nothing else", async () => {
        const root = await repository();
        const before = await git(root, "rev-parse", "main");
        const tarball = await pack({ "package.json": manifest, run: "1\r\n2", "run.js.map": "{}\n" });
        expect((await tag(root, tarball)).stdout).to.equal("package-v1.2.3");
        expect(
            (await git(root, "ls-tree", "--format=%(objectmode) %(path)", "package-v1.2.3")).split("\n"),
        ).to.have.members(["100644 package.json", "100755 run", "100644 run.js.map"]);
        expect(await git(root, "show", "package-v1.2.3:run")).to.equal("1\r\n2");
        expect(await git(root, "log", "--format=%B%P", "package-v1.2.3")).to.equal(
            `thing 1.2.3\n\nPacked from ${before}\n`,
        );
        expect(await git(root, "status", "--porcelain")).to.equal("");
        expect(await git(root, "for-each-ref", "--format=%(refname)")).to.equal(
            "refs/heads/main\nrefs/tags/package-v1.2.3",
        );
    });

    it("is the same where a release is run again, and never another one under its name", async () => {
        const root = await repository();
        const clone = join(folder(), "clone");
        await git(root, "clone", "--quiet", root, clone);
        const tarball = await pack({ "package.json": manifest, run: "1" });
        await tag(root, tarball);
        await tag(clone, tarball);
        const commit = await git(root, "rev-parse", "package-v1.2.3");
        expect(await git(clone, "rev-parse", "package-v1.2.3")).to.equal(commit);

        const other = await tag(root, await pack({ "package.json": manifest, run: "2" }));
        expect(other.exitCode).to.equal(1);
        expect(other.stderr).to.include("tag 'package-v1.2.3' already exists");
        expect(await git(root, "rev-parse", "package-v1.2.3")).to.equal(commit);
    });
});
