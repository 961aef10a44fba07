import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { readManifest } from "../../../components/workspace/manifest.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the manifest of a clone", () => {
    const folder = temporaryFolders();

    it("may be missing", () => {
        expect(readManifest(folder())).to.equal(undefined);
    });

    it("is what was emitted", () => {
        const root = folder({ "foundation.lock.json": '{"version":1,"stack":"dev"}' });
        expect(readManifest(root)).to.deep.include({ version: 1, stack: "dev" });
    });

    it("is refused when it can't be read, or is of a newer format", () => {
        expect(() => readManifest(folder({ "foundation.lock.json": "<<<<<<< HEAD" }))).to.throw(
            Problem,
            /foundation.lock.json can't be read \(.*\); get it again/,
        );
        for (const [text, found] of [
            ['{"version":2}', "version 2"],
            ["{}", "version undefined"],
        ] as const) {
            expect(() => readManifest(folder({ "foundation.lock.json": text }))).to.throw(
                Problem,
                `${found}; update foundation-image`,
            );
        }
    });
});
