import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { cached, cacheDirectory } from "../../toolchain/cacheFolders.js";
import { fill } from "../../toolchain/cache.ts";
import { Problem } from "../../components/problem.ts";
import { temporaryFolders } from "../support/folder.ts";
import { withEnvironment } from "./support.ts";

describe("fill", () => {
    const folder = temporaryFolders();
    const set = withEnvironment();

    beforeEach(() => {
        set("XDG_CACHE_HOME", folder());
    });

    const write =
        (text: string) =>
        async (partial: string): Promise<void> => {
            await sleep(5);
            writeFileSync(join(partial, "file"), text);
        };

    it("makes a folder once", async () => {
        await fill("part-1.0.0", write("first"));
        const made = await fill("part-1.0.0", () => Promise.reject(new Error("made again")));
        expect(made).to.equal(cached("part-1.0.0"));
        expect(readdirSync(made)).to.deep.equal(["file"]);
    });

    it("says where it can't write, until XDG_CACHE_HOME is a folder that can be written", async () => {
        set("XDG_CACHE_HOME", join(folder({ file: "" }), "file"));
        const failure = await fill("part-1.0.0", write("whole")).catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(Problem);
        expect(failure)
            .to.have.property("message")
            .that.includes("set XDG_CACHE_HOME to a folder that can (");
        set("XDG_CACHE_HOME", folder());
        expect(readdirSync(await fill("part-1.0.0", write("whole")))).to.deep.equal(["file"]);
    });

    it("leaves nothing where making it fails", async () => {
        const failure = await fill("part-1.0.0", async (partial) => {
            await write("half")(partial);
            throw new Error("the disk is full");
        }).catch((error: unknown) => error);
        expect(failure).to.have.property("message", "the disk is full");
        expect(readdirSync(cacheDirectory())).to.deep.equal([]);
    });

    it("takes either result of two at the same time", async () => {
        const both = await Promise.all([fill("part-1.0.0", write("a")), fill("part-1.0.0", write("b"))]);
        expect(new Set(both).size).to.equal(1);
        expect(readdirSync(cacheDirectory())).to.have.lengthOf(1);
    });

    it("removes what a killed set-up left, but not what one may be making", async () => {
        const old = `${cached("part-1.0.0")}.partial-1-1`;
        const young = `${cached("part-1.0.0")}.partial-2-2`;
        for (const path of [old, young]) mkdirSync(path, { recursive: true });
        utimesSync(old, 0, 0);
        await fill("part-1.0.0", write("whole"));
        expect(existsSync(old)).to.equal(false);
        expect(existsSync(young)).to.equal(true);
    });
});
