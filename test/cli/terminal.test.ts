import { expect } from "chai";
import { paintFor, shortened, table, wrap } from "../../cli/terminal.ts";

describe("terminal", () => {
    it("colours on a terminal", () => {
        expect(paintFor({ isTTY: true }, {}).good("x")).to.equal("\u001b[32mx\u001b[39m");
    });

    for (const [title, stream, environment] of [
        ["no terminal", {}, {}],
        ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }],
        ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }],
    ] as const) {
        it(`doesn't with ${title}`, () => {
            expect(paintFor(stream, environment).good("x")).to.equal("x");
        });
    }

    it("colours where NO_COLOR is empty, as it asks for", () => {
        expect(paintFor({ isTTY: true }, { NO_COLOR: "" }).bad("x")).to.not.equal("x");
    });

    it("aligns columns by what is seen of them", () => {
        const paint = paintFor({ isTTY: true }, {});
        expect(
            table([
                [paint.good("a"), "b"],
                ["ccc", "d"],
            ]).map((line) => line.indexOf(line.includes("b") ? "b" : "d")),
        ).to.deep.equal([paint.good("a").length + 4, 5]);
    });

    it("wraps between words and never loses one", () => {
        expect(wrap("one two three", 7)).to.deep.equal(["one two", "three"]);
    });

    it("leaves out the middle of long names", () => {
        expect(shortened("reporting-exporter-006", 14)).to.equal("reporting…-006");
        expect(shortened("short", 14)).to.equal("short");
    });
});
