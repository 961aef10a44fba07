import { expect } from "chai";
import { nearest } from "../../components/nearest.ts";

describe("the nearest word", () => {
    const words = ["pullPort", "pushPort", "tag", "target"];

    for (const [word, found] of [
        ["pulPort", "pullPort"],
        ["pullPorts", "pullPort"],
        ["PushPort", "pushPort"],
        ["tagg", "tag"],
        ["tags", "tag"],
        ["traget", "target"],
        ["port", undefined],
        ["xag", "tag"],
        ["ta", undefined],
        ["", undefined],
    ] as const) {
        it(`is ${found ?? "none"} for ${JSON.stringify(word)}`, () => {
            expect(nearest(word, words)).to.equal(found);
        });
    }

    it("is none of none", () => {
        expect(nearest("tag", [])).to.equal(undefined);
    });
});
