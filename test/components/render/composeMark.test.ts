import { expect } from "chai";
import { composeMark, isMarked } from "../../../components/render/composeMark.ts";

describe("isMarked", () => {
    it("is not fooled by a file that only mentions the mark", () => {
        for (const text of [
            "",
            "services: {}\n",
            `services: {}\n${composeMark}\n`,
            `${composeMark} (not)\n`,
            // Cut off within the first line, as far as one can tell.
            composeMark,
        ]) {
            expect(isMarked(text)).to.equal(false);
        }
    });
});
