import { expect } from "chai";
import { parse } from "yaml";
import { composeYaml, literal } from "../../../components/render/composeYaml.ts";

describe("YAML for Compose", () => {
    // As compose.test.ts has them read by Compose itself.
    for (const [text, yaml] of [
        ["a b", "a b"],
        ["0b1", '"0b1"'],
        ["2001-01-01", '"2001-01-01"'],
        ["a\tb", String.raw`"a\tb"`],
        ["a\u007Fb", String.raw`"a\u007fb"`],
        ["a\u0085b", String.raw`"a\u0085b"`],
        ["a\u2028b", String.raw`"a\u2028b"`],
        ["a\uFFFEb", String.raw`"a\ufffeb"`],
        ["a\uFEFFb", "a\uFEFFb"],
    ] as const) {
        it(`has ${JSON.stringify(text)} as ${yaml}`, () => {
            const written = composeYaml({ a: text });
            expect(written).to.equal(`a: ${yaml}\n`);
            expect(parse(written)).to.deep.equal({ a: text });
        });
    }

    it("escapes what is delicate in lines and in keys as well", () => {
        const value = { "a\u0085": ["x\ty\n\u2029z\n", 1, true] };
        const written = composeYaml(value);
        expect(written).to.not.match(/[\t\u0085\u2029]/);
        expect(parse(written)).to.deep.equal(value);
    });

    it("doubles the dollars of a literal text", () => {
        expect(literal("$a $$")).to.equal("$$a $$$$");
    });
});
