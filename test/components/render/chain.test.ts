import { expect } from "chai";
import { imageSettings, type ConfiguredImage } from "../../../components/imageConfig.ts";
import { readChain } from "../../../components/render/chain.ts";

/** Names in order, each with those that it is built on; or the problems. */
function chainOf(
    images: Readonly<Record<string, string | (ConfiguredImage & { readonly text: string })>>,
): readonly string[] {
    const reading = readChain(
        Object.entries(images).map(([name, given]) =>
            imageSettings(name, typeof given === "string" ? {} : given),
        ),
        ({ name }) => {
            const given = images[name];
            return typeof given === "object" ? given.text : (given ?? "");
        },
    );
    if ("problems" in reading) return reading.problems;
    return reading.chain.map(({ image, uses }) => [image.name, ...uses.keys()].join(" < "));
}

describe("a chain of foundations", () => {
    it("has parents before children, in whichever way a Dockerfile names them", () => {
        expect(
            chainOf({
                last: "FROM a\nCOPY --from=java /x /y\nRUN --mount=from=acme/base,target=/b true\n",
                java: "ARG BASE=x\nFROM ${BASE}\n",
                base: { argument: "BASE", replaces: ["acme/base"], text: "FROM debian\n" },
                alone: "FROM scratch\n",
            }),
        ).to.deep.equal(["base", "alone", "java < base", "last < java < base"]);
    });

    it("counts only the stages that the target needs", () => {
        const text = "FROM base AS one\nFROM scratch AS two\n";
        expect(chainOf({ base: "FROM a\n", x: { target: "two", text } })).to.deep.equal(["base", "x"]);
        expect(chainOf({ base: "FROM a\n", x: { target: "one", text } })).to.deep.equal(["base", "x < base"]);
    });

    it("takes an image's own configuration of an argument for what it says", () => {
        const text = "ARG BASE\nFROM ${BASE}\n";
        const base = { argument: "BASE", text: "FROM a\n" };
        expect(chainOf({ base, x: { buildArgs: { BASE: "debian" }, text } })).to.deep.equal(["base", "x"]);
        expect(chainOf({ base, x: { buildArgs: { BASE: "base" }, text } })).to.deep.equal([
            "base",
            "x < base",
        ]);
    });

    it("lets an image start from another one of its own name and argument", () => {
        const debian = { argument: "BASE", text: "ARG BASE=debian\nFROM ${BASE}\n" };
        expect(chainOf({ debian, x: "ARG BASE\nFROM ${BASE}\n" })).to.deep.equal(["debian", "x < debian"]);
    });

    it("reads no Dockerfile of an only image, which the builder may know better", () => {
        expect(chainOf({ only: "NONSENSE\n" })).to.deep.equal(["only"]);
    });

    it("refuses a circle with its names, and not what leads into it or out of it", () => {
        expect(
            chainOf({ into: "FROM a\n", a: "FROM b\n", b: "FROM c\n", c: "FROM a\n", z: "FROM scratch\n" }),
        ).to.deep.equal([
            "a is built on b is built on c is built on a, which can't be: have one of them start from something else",
        ]);
        expect(
            chainOf({ base: "FROM scratch\n", a: "FROM base\nCOPY --from=b /x /y\n", b: "FROM a\n" }),
        ).to.deep.equal([
            "a is built on b is built on a, which can't be: have one of them start from something else",
        ]);
        expect(
            chainOf({ into: "FROM a\n", a: "FROM b\n", b: "FROM c\n", c: "FROM scratch\n" }),
        ).to.deep.equal(["c", "b < c", "a < b", "into < a"]);
    });

    it("tells every Dockerfile that can't be read, with its place", () => {
        const b = { dockerfile: "x/Dockerfile.b", text: "FROM a:${X}\n" };
        expect(chainOf({ a: "NONSENSE\n", b })).to.deep.equal([
            "a/Dockerfile: line 1: unknown instruction NONSENSE",
            "x/Dockerfile.b: line 1: FROM a:${X}: X is used here, but no ARG before the first FROM declares it: add ARG X there",
        ]);
        const declared = { ...b, text: `ARG X\n${b.text}` };
        expect(chainOf({ a: "FROM scratch\n", b: declared })).to.deep.equal(["a", "b"]);
    });
});
