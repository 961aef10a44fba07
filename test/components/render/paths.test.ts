import * as path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { joinPath, relativePath } from "../../../components/render/paths.ts";

const inside = fc
    .array(fc.constantFrom("a", "b", "c", "."), { maxLength: 4 })
    .map((parts) => parts.join("/") || ".");
const any = fc
    .array(fc.constantFrom("a", "b", "..", "."), { maxLength: 5 })
    .map((parts) => parts.join("/") || ".");

describe("paths in the repository", () => {
    it("are joined as Node joins them", () => {
        fc.assert(
            fc.property(inside, any, (folder, name) => {
                const expected = path.posix.join(folder, name).replace(/(?<=.)\/$/, "");
                expect(joinPath(folder, name)).to.equal(expected);
            }),
        );
    });

    it("lead from a folder to another as Node has it", () => {
        fc.assert(
            fc.property(inside, inside, (folder, to) => {
                const expected = path.posix.relative(`/${folder}`, `/${to}`) || ".";
                expect(relativePath(folder, to)).to.equal(expected);
            }),
        );
    });
});
