import { expect } from "chai";
import { basesOf } from "../../../components/workspace/bases.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the bases of the foundation", () => {
    const folder = temporaryFolders();

    it("are those of its Dockerfile, and none without one", () => {
        const root = folder({ "foundation/Dockerfile": "ARG V=1\nFROM debian:$V\n" });
        expect(basesOf(root, { buildArgs: { V: "12" } })).to.deep.equal(["debian:12"]);
        expect(basesOf(folder(), { buildArgs: {} })).to.deep.equal([]);
    });
});
