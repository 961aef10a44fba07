import { expect } from "chai";
import { Problem } from "../../components/problem.ts";

describe("a problem", () => {
    it("is told as one sentence: what is wrong, what was found, what to do", () => {
        const problem = new Problem({ wrong: "tag: must be one word", found: '"a; b"', remedy: "change it" });
        expect(problem.message).to.equal('tag: must be one word, found "a; b"; change it');
    });

    it("keeps the pieces, whatever is in them", () => {
        const parts = { wrong: "one; two", found: '"a; b"', remedy: "three; four" };
        expect(new Problem(parts).parts).to.equal(parts);
    });

    it("lists all that was found, and what a program said below", () => {
        const findings = [{ wrong: "a: is wrong\nin two lines", remedy: "fix a" }, { wrong: "b: is wrong" }];
        const problem = new Problem({ wrong: "nothing was written", findings, said: "error: a\nerror: b" });
        expect(problem.message.split("\n")).to.deep.equal([
            "nothing was written",
            "  - a: is wrong",
            "    in two lines; fix a",
            "  - b: is wrong",
            "error: a",
            "error: b",
        ]);
    });

    it("keeps the error behind it", () => {
        const cause = new Error("ECONNREFUSED");
        expect(new Problem({ wrong: "the registry is silent" }, { cause }).cause).to.equal(cause);
    });
});
