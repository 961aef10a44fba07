import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { afterEach } from "mocha";
import { gitModes } from "../../../components/workspace/gitModes.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { folderTag, stage } from "../../support/staging.ts";

describe("a build context in a Git checkout", () => {
    const folder = temporaryFolders();
    const shell = { ...process.env };
    afterEach(() => {
        for (const name of ["PATH", "GIT_DIR", "GIT_INDEX_FILE", "GIT_TEST_ASSUME_DIFFERENT_OWNER"]) {
            if (shell[name] === undefined) Reflect.deleteProperty(process.env, name);
            else process.env[name] = shell[name];
        }
    });

    const git = (root: string, ...args: string[]): void => {
        execFileSync("git", ["-C", root, ...args], { stdio: "ignore" });
    };

    /** A repository with everything added, and the path of its build context. */
    function checkout(...init: string[]): { root: string; context: string } {
        const root = folder({
            "foundation/Dockerfile": "FROM scratch\n",
            "foundation/bin/tool": "#!/bin/sh\n",
            "foundation/\u00e9tc/motd": "official\n",
        });
        const context = path.join(root, "foundation");
        fs.chmodSync(path.join(context, "bin/tool"), 0o755);
        fs.symlinkSync("bin/tool", path.join(context, "link"));
        git(root, "init", ...init);
        git(root, "add", ".");
        return { root, context };
    }

    const makeUpModes = (context: string): void => {
        for (const name of ["Dockerfile", "bin/tool", "\u00e9tc/motd"]) {
            fs.chmodSync(path.join(context, name), 0o777);
        }
    };

    for (const format of ["sha1", "sha256"]) {
        it(`has the modes of its ${format} index`, () => {
            const { context } = checkout(`--object-format=${format}`);
            expect([...gitModes(context)]).to.have.deep.members([
                ["Dockerfile", "100644"],
                ["bin/tool", "100755"],
                ["link", "120000"],
                ["\u00e9tc/motd", "100644"],
            ]);
        });
    }

    it("keeps its tag on a file system that makes modes up", () => {
        const { root, context } = checkout();
        const before = folderTag(context);
        git(root, "config", "core.fileMode", "false");
        makeUpModes(context);
        // Git has to look at it again.
        fs.writeFileSync(path.join(context, "\u00e9tc/motd"), "official\n");
        expect(folderTag(context)).to.equal(before);
    });

    it("takes no executable bit from such a file system for an untracked file", () => {
        const { root, context } = checkout();
        fs.writeFileSync(path.join(context, "new"), "");
        const before = folderTag(context);
        git(root, "config", "core.fileMode", "false");
        makeUpModes(context);
        fs.chmodSync(path.join(context, "new"), 0o777);
        expect(folderTag(context)).to.equal(before);
    });

    it("changes with a bit that Git would commit, of an untracked file too", () => {
        const { context } = checkout();
        fs.writeFileSync(path.join(context, "new"), "");
        const tags = [folderTag(context)];
        for (const name of ["\u00e9tc/motd", "new"]) {
            fs.chmodSync(path.join(context, name), 0o755);
            tags.push(folderTag(context));
        }
        expect(new Set(tags)).to.have.lengthOf(3);
    });

    it("has symlinks, in the staged copy too, where the checkout has none", () => {
        const { root, context } = checkout();
        const before = folderTag(context);
        git(root, "config", "core.symlinks", "false");
        fs.rmSync(path.join(context, "link"));
        fs.writeFileSync(path.join(context, "link"), "bin/tool");
        const { location, tag } = stage(root, "dev", false);
        expect(tag).to.equal(before);
        expect(fs.readlinkSync(path.join(root, location, "link"))).to.equal("bin/tool");
    });

    it("is refused where a sparse checkout has left out what isn't ignored", () => {
        const { root, context } = checkout();
        git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--message=a");
        git(root, "sparse-checkout", "set", "--no-cone", "/*", "!/foundation/bin");
        expect(() => folderTag(context)).to.throw(
            Problem,
            /foundation is not all here: Git has not checked out bin\/tool; get its folder with `git sparse-checkout add`, or all with `git sparse-checkout disable`, or list it in/,
        );
        fs.writeFileSync(path.join(context, ".dockerignore"), "bin\n");
        expect(() => folderTag(context)).not.to.throw();
        fs.rmSync(path.join(context, ".dockerignore"));
        git(root, "sparse-checkout", "add", "/foundation/bin");
        expect(() => folderTag(context)).not.to.throw();
        git(root, "sparse-checkout", "set", "--cone", "foundation/étc");
        expect(() => folderTag(context)).to.throw(Problem, /has not checked out bin\/tool/);
        git(root, "sparse-checkout", "disable");
        expect(() => folderTag(context)).not.to.throw();
    });

    it("is refused where a submodule was not checked out", () => {
        const { root, context } = checkout();
        const other = checkout().root;
        git(other, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--message=a");
        git(root, "-c", "protocol.file.allow=always", "submodule", "add", other, "foundation/vendor");
        expect(() => folderTag(context)).not.to.throw();
        git(root, "submodule", "deinit", "--force", "foundation/vendor");
        expect(() => folderTag(context)).to.throw(
            Problem,
            /not all here: Git has not checked out vendor; get it with `git submodule update --init`/,
        );
        git(context, "-c", "protocol.file.allow=always", "submodule", "update", "--init");
        expect(() => folderTag(context)).not.to.throw();
    });

    it("is refused with a file that Git LFS has not fetched", () => {
        const { context } = checkout();
        fs.writeFileSync(
            path.join(context, "bin/tool"),
            "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
        );
        expect(() => folderTag(context)).to.throw(Problem, /bin\/tool is a pointer of Git LFS/);
        fs.writeFileSync(path.join(context, "Dockerfile.dockerignore"), "bin/tool\n");
        expect(() => folderTag(context)).not.to.throw();
    });

    it("is staged with the bits that made its tag", () => {
        const { root, context } = checkout();
        git(root, "config", "core.fileMode", "false");
        makeUpModes(context);
        const { location } = stage(root, "dev", false);
        const modes = ["Dockerfile", "bin/tool"].map(
            (name) => fs.statSync(path.join(root, location, name)).mode & 0o777,
        );
        expect(modes).to.deep.equal([0o644, 0o755]);
    });

    it("has them where another user has made the checkout, and runs no program that it names", () => {
        const { root, context } = checkout();
        const program = path.join(root, "program");
        fs.writeFileSync(program, `#!/bin/sh\ntouch '${root}/ran'\n`, { mode: 0o755 });
        git(root, "config", "core.fsmonitor", program);
        // What Git has for its own tests, as only root can give files away.
        process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1";
        expect(gitModes(context)).to.have.property("size", 4);
        expect(fs.existsSync(path.join(root, "ran"))).to.equal(false);
    });

    it("is not mistaken for what a hook is about", () => {
        const { context } = checkout();
        process.env["GIT_DIR"] = ".git";
        process.env["GIT_INDEX_FILE"] = "elsewhere";
        expect(gitModes(context)).to.have.property("size", 4);
    });

    it("starts Git once, and not at all outside of a checkout", () => {
        const { root } = checkout();
        const elsewhere = folder({ "foundation/Dockerfile": "FROM scratch\n" });
        const bin = folder({
            git: `#!/bin/sh\necho >>"\${0%/*}/calls"\nPATH='${shell["PATH"] ?? ""}' exec git "$@"\n`,
        });
        fs.chmodSync(path.join(bin, "git"), 0o755);
        process.env["PATH"] = `${bin}:${shell["PATH"] ?? ""}`;
        stage(root, "dev", false);
        stage(elsewhere, "dev", false);
        expect(fs.readFileSync(path.join(bin, "calls"), "utf8")).to.equal("\n");
    });

    it("has the file system's modes where Git can't be asked", () => {
        const { context } = checkout();
        process.env["PATH"] = "";
        expect(gitModes(context)).to.have.property("size", 0);
        process.env["PATH"] = shell["PATH"];
        expect(gitModes(folder({ ".git": "not a repository\n" }))).to.have.property("size", 0);
    });
});
