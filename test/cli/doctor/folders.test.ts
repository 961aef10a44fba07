import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { checkDisk } from "../../../cli/doctor/disk.ts";
import { checkFolders } from "../../../cli/doctor/folders.ts";
import { attempt } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { standInDocker } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";

// A file system of its own is the one way to fill it, and to have it read-only for root as well.
describe("doctor, of a folder that is a file system of its own", () => {
    let root = "";
    let mounted = "";

    beforeEach(function () {
        if (process.platform !== "linux" || process.getuid?.() !== 0) this.skip();
        root = projectIn(folder);
        mounted = path.join(root, "apps/one");
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted]);
        fs.writeFileSync(path.join(mounted, "Dockerfile"), "FROM foundation\n");
    });

    afterEach(() => {
        if (mounted !== "") execFileSync("umount", [mounted]);
        mounted = "";
    });

    // What it removes must be unmounted before.
    const folder = temporaryFolders();
    const docker = standInDocker(folder);

    it("says that nothing can be written there, until something can", () => {
        const look = () => {
            const clone = new Clone(root);
            const manifest = attempt(() => clone.manifest);
            return checkFolders(clone, manifest);
        };
        const fine = { state: "ok", detail: "can be written to" };
        expect(look()).to.deep.equal(fine);
        emit(root, { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" });
        expect(look()).to.deep.equal(fine);
        execFileSync("mount", ["-o", "remount,ro", mounted]);
        expect(look()).to.deep.equal({
            state: "warn",
            detail: `nothing can be written to ${mounted} (needed only to publish)`,
            remedy: "make it yours, as with `sudo chown -R $USER <folder>`, or writable",
        });
        execFileSync("mount", ["-o", "remount,rw", mounted]);
        expect(look()).to.deep.equal(fine);
    });

    it("says that there is little room, with what is there to be removed, until there is more", async () => {
        const info = (store: string) => docker([{ to: "info *", prints: store }]);
        info("/");
        expect(await checkDisk(mounted)).to.deep.equal({
            state: "fail",
            detail: `0.0 GB free in ${mounted}`,
            remedy: "make room there",
        });
        info(mounted);
        expect((await checkDisk(mounted)).remedy).to.equal(
            "make room, for instance with `docker builder prune`",
        );
        execFileSync("mount", ["-o", "remount,size=1t", mounted]);
        expect((await checkDisk(mounted)).detail).not.to.include(mounted);
    });

    it("says that there is room for no more files, until there is, or nobody counts them", async () => {
        docker([{ to: "info *", prints: "/" }]);
        const remount = (options: string) =>
            execFileSync("mount", ["-o", `remount,size=1t,${options}`, mounted]);
        // The folder and what is in it have two.
        remount("nr_inodes=5");
        expect(await checkDisk(mounted)).to.deep.equal({
            state: "fail",
            detail: `inodes are left for only 3 more files in ${mounted}`,
            remedy: "make room there",
        });
        for (const options of ["nr_inodes=9000", "nr_inodes=0"]) {
            remount(options);
            expect((await checkDisk(mounted)).detail).not.to.include(mounted);
        }
    });
});
