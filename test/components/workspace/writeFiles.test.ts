import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { planFiles, type Change } from "../../../components/workspace/planFiles.ts";
import { writeFiles } from "../../../components/workspace/writeFiles.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";

function write(name: string, bytes: string): Change {
    return { path: name, action: "update", content: { bytes } };
}

async function problemOf(work: Promise<void>): Promise<string> {
    try {
        await work;
    } catch (error) {
        expect(error).to.be.instanceOf(Problem);
        return (error as Problem).message;
    }
    throw new Error("expected a problem");
}

describe("writeFiles", () => {
    const folder = temporaryFolders();

    it("writes, links and deletes, and leaves nothing else behind", async () => {
        const root = folder({ "app/old": "1", "app/changed": "1" });
        await writeFiles(root, [
            write("app/new", "\u00ff\u0000"),
            write("app/changed", "2"),
            { path: "app/link", action: "create", content: { target: "../new" } },
            { path: "app/old", action: "delete" },
        ]);
        expect(fs.readdirSync(path.join(root, "app"))).to.deep.equal(["changed", "link", "new"]);
        expect([...fs.readFileSync(path.join(root, "app/new"))]).to.deep.equal([255, 0]);
        expect(fs.readFileSync(path.join(root, "app/changed"), "utf8")).to.equal("2");
        expect(fs.readlinkSync(path.join(root, "app/link"))).to.equal("../new");
    });

    it("gives new files mode 644 whatever the umask is, and lets others keep theirs", async () => {
        const root = folder({ kept: "1" });
        fs.chmodSync(path.join(root, "kept"), 0o640);
        const umask = process.umask(0o077);
        try {
            await writeFiles(root, [write("made", "1"), write("kept", "2")]);
        } finally {
            process.umask(umask);
        }
        expect(fs.statSync(path.join(root, "made")).mode & 0o777).to.equal(0o644);
        expect(fs.statSync(path.join(root, "kept")).mode & 0o777).to.equal(0o640);
    });

    it("replaces a link, and does not write through it", async () => {
        const outside = folder({ target: "theirs" });
        const root = folder();
        fs.symlinkSync(path.join(outside, "target"), path.join(root, "file"));
        await writeFiles(root, [write("file", "ours")]);
        expect(fs.lstatSync(path.join(root, "file")).isFile()).to.equal(true);
        expect(fs.readFileSync(path.join(outside, "target"), "utf8")).to.equal("theirs");
    });

    it("clears away what a process that was killed has left", async () => {
        // Above the largest process id there can be.
        const root = folder({ ".compose.yaml.99999999.foundation": "half", ".other.foundation": "theirs" });
        await writeFiles(root, [write("compose.yaml", "1")]);
        expect(fs.readdirSync(root)).to.deep.equal([".other.foundation", "compose.yaml"]);
    });

    it("names the file that can't be put in its place", async () => {
        const root = folder({ "file/in the way": "" });
        const text = await problemOf(writeFiles(root, [write("file", "1")]));
        expect(text).to.match(/^file could not be written: .*; other files may have been changed/);
        expect(fs.readdirSync(root)).to.deep.equal(["file"]);
    });

    // A file system of its own is the one way to fill it, and to have it read-only for root as well.
    describe("on a small file system", () => {
        let mounted = "";

        beforeEach(function () {
            if (process.platform !== "linux" || process.getuid?.() !== 0) this.skip();
            mounted = folder();
            execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted]);
        });

        afterEach(() => {
            if (mounted !== "") execFileSync("umount", [mounted]);
            mounted = "";
        });

        it("changes nothing when the disk is full", async () => {
            fs.writeFileSync(path.join(mounted, "small"), "old");
            fs.writeFileSync(path.join(mounted, "large"), "old");
            const changes = [write("small", "new"), write("large", "x".repeat(100_000))];
            const text = await problemOf(writeFiles(mounted, changes));
            // Both are written at once, so either may find the disk full.
            expect(text).to.match(
                /^(small|large) could not be written: no space left on device; nothing was changed; fix that and run it again$/,
            );
            expect(fs.readdirSync(mounted)).to.deep.equal(["large", "small"]);
            expect(fs.readFileSync(path.join(mounted, "small"), "utf8")).to.equal("old");
            expect(fs.readFileSync(path.join(mounted, "large"), "utf8")).to.equal("old");
            execFileSync("mount", ["-o", "remount,size=1m", mounted]);
            await writeFiles(mounted, changes);
            expect(fs.readFileSync(path.join(mounted, "small"), "utf8")).to.equal("new");
        });

        it("is planned only for folders that can be written to", () => {
            fs.writeFileSync(path.join(mounted, ".env"), "A=1\n");
            execFileSync("mount", ["-o", "remount,ro", mounted]);
            const plan = (): ReturnType<typeof planFiles> =>
                planFiles(mounted, { ".env": { kind: "block", text: "B=1\n" } }, {});
            const { changes, problems } = plan();
            expect(changes).to.deep.equal([]);
            expect(problems).to.deep.equal([
                {
                    path: ".",
                    reason: "nothing can be written there (read-only file system); make it writable",
                },
            ]);
            execFileSync("mount", ["-o", "remount,rw", mounted]);
            expect(plan().problems).to.deep.equal([]);
        });
    });
});
