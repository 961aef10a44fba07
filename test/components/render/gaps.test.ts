import { expect } from "chai";
import fc from "fast-check";
import { literal } from "../../../components/render/composeYaml.ts";
import { fill, gap } from "../../../components/render/gaps.ts";

describe("a gap in an emitted text", () => {
    it("is filled wherever it is", () => {
        const text = `a: \${A:-${gap("java.image")}}\nb: ${gap("java.digest")}${gap("java.image")}`;
        expect(fill(text, { "java.image": "r/j:1", "java.digest": "sha256:1" })).to.equal(
            "a: ${A:-r/j:1}\nb: sha256:1r/j:1",
        );
    });

    it("makes the whole text unknown while its value is", () => {
        expect(fill(gap("a.image"), { "a.image": undefined })).to.equal(undefined);
        expect(fill("nothing", { "a.image": undefined })).to.equal("nothing");
    });

    it("is left alone without a value, for it is none of ours", () => {
        expect(fill("$<b> $<toString>", { "a.image": "x" })).to.equal("$<b> $<toString>");
    });

    it("is never taken for a user's own text, whose dollar signs are doubled", () => {
        const piece = fc.constantFrom("$", "$$", "<a.image>", "$<a.image>", "x", "{", "}");
        fc.assert(
            fc.property(fc.array(piece), (pieces) => {
                const own = literal(pieces.join(""));
                expect(fill(own, { "a.image": "!" })).to.equal(own);
                expect(fill(`${own}|${gap("a.image")}`, { "a.image": "!" })).to.equal(`${own}|!`);
            }),
        );
    });
});
