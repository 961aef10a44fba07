import { expect } from "chai";
import fc from "fast-check";

import {
    blockOf,
    blockProblem,
    envBlock,
    withBlock,
    withoutBlock,
} from "../../../components/render/envFile.ts";
import { blockFor } from "../../support/emitted.ts";

const values = {
    image: "localhost:5050/foundation:content-0123456789ab",
    digest: "sha256:0123",
    stack: "dev",
};
const block = blockFor(values);
const other = blockFor({ ...values, stack: "prod" });
const [begin = "", ...rest] = block.trimEnd().split("\n");
const end = rest.at(-1) ?? "";

describe("envBlock", () => {
    it("is these lines", () => {
        expect(block).to.equal(
            [
                "# >>> foundation: written by `pulumi up`, do not edit between the markers >>>",
                "# The base image everyone uses, and the stack it comes from.",
                "FOUNDATION_IMAGE='localhost:5050/foundation:content-0123456789ab'",
                "FOUNDATION_DIGEST='sha256:0123'",
                "FOUNDATION_STACK='dev'",
                "# Build with the Docker engine itself, the only builder that sees a foundation of your own.",
                'BUILDX_CONFIG="${DOCKER_CONFIG:-${HOME:-${USERPROFILE:-/tmp}}}/.docker/foundation-buildx"',
                "# <<< foundation <<<",
                "",
            ].join("\n"),
        );
    });

    it("has what each of several foundations is, and the Compose files where Compose needs to be told", () => {
        const images = [
            { name: "foundation", image: "r/foundation:1", digest: "sha256:1" },
            { name: "java-21", image: "r/java:2", digest: "sha256:2" },
        ];
        const composeFiles = ["docker-compose.yml", "compose.foundation.yaml"];
        expect(envBlock({ images, stack: "dev", composeFiles })).to.equal(
            [
                "# >>> foundation: written by `pulumi up`, do not edit between the markers >>>",
                "# The base images everyone uses, and the stack they come from.",
                "FOUNDATION_IMAGE='r/foundation:1'",
                "FOUNDATION_DIGEST='sha256:1'",
                "FOUNDATION_JAVA_21_IMAGE='r/java:2'",
                "FOUNDATION_JAVA_21_DIGEST='sha256:2'",
                "FOUNDATION_STACK='dev'",
                "# Build with the Docker engine itself, the only builder that sees a foundation of your own.",
                'BUILDX_CONFIG="${DOCKER_CONFIG:-${HOME:-${USERPROFILE:-/tmp}}}/.docker/foundation-buildx"',
                "# Your own Compose files, and ours after them.",
                "COMPOSE_FILE='docker-compose.yml:compose.foundation.yaml'",
                "COMPOSE_PATH_SEPARATOR=':'",
                "# <<< foundation <<<",
                "",
            ].join("\n"),
        );
    });

    it("escapes quotes as Compose reads them", () => {
        expect(blockFor({ ...values, stack: "it's 'x'" })).to.include(
            String.raw`FOUNDATION_STACK='it\'s \'x\''` + "\n",
        );
    });

    for (const bad of ["a\nb", "a\rb", "a\0b", "\n"]) {
        it(`refuses ${JSON.stringify(bad)} and names the variable`, () => {
            expect(() => blockFor({ ...values, stack: bad })).to.throw(
                `FOUNDATION_STACK must be a single line, found ${JSON.stringify(bad)}`,
            );
        });
    }

    for (const bad of ["a\\", "a\\'b", "\\\\"]) {
        it(`refuses ${JSON.stringify(bad)}, which Compose cannot read back`, () => {
            expect(() => blockFor({ ...values, image: bad })).to.throw(
                /^FOUNDATION_IMAGE must not have a backslash/,
            );
        });
    }
});

describe("a block in a .env", () => {
    // One character per byte, with what makes lines and with lines that are nearly ours.
    const users = fc
        .array(
            fc.oneof(
                fc.string({
                    unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
                }),
                fc.constantFrom("\n", "\r\n", "\r", "A=1\n", "\u00EF\u00BB\u00BF", "\uFEFF"),
                fc.constantFrom(
                    ` ${begin}\n`,
                    `${begin} \n`,
                    `${begin}${end}`,
                    `# ${end}\n`,
                    "FOUNDATION_IMAGE=x\n",
                ),
            ),
            { maxLength: 12 },
        )
        .map((parts) => parts.join(""))
        .filter((text) => !markerLine(text));

    it("comes out again and leaves the user's bytes as they were", () => {
        fc.assert(
            fc.property(users, (text) => {
                expect(withoutBlock(withBlock(text, block))).to.equal(text);
                expect(withoutBlock(text)).to.equal(text);
            }),
            { numRuns: 1000 },
        );
    });

    it("is found again, is there once, and is replaced by the next", () => {
        fc.assert(
            fc.property(users, (text) => {
                const once = withBlock(text, block);
                expect(blockOf(text)).to.equal(undefined);
                expect(blockOf(once)).to.equal(block);
                expect(withBlock(once, block)).to.equal(once);
                expect(withBlock(once, other)).to.equal(withBlock(text, other));
                expect(withBlock(withBlock(once, other), block)).to.equal(once);
            }),
            { numRuns: 1000 },
        );
    });

    it("is replaced where the user has moved it to", () => {
        fc.assert(
            fc.property(users, users, (before, after) => {
                const top = `${before}\n`;
                expect(withBlock(top + block + after, other)).to.equal(top + other + after);
                expect(withoutBlock(top + block + after)).to.equal(top + after);
            }),
        );
    });

    it("is still ours, and left alone, after git has given the file CRLF", () => {
        fc.assert(
            fc.property(users, (text) => {
                const crlf = withBlock(text, block).replace(/\r?\n/g, "\r\n");
                expect(blockOf(crlf)).to.equal(block);
                expect(withBlock(crlf, block)).to.equal(crlf);
                expect(blockOf(withBlock(crlf, other))).to.equal(other);
                expect(withoutBlock(crlf)).to.equal(text.replace(/\r?\n/g, "\r\n"));
            }),
        );
    });

    it("goes first, after a byte order mark", () => {
        expect(withBlock("", block)).to.equal(block);
        expect(withBlock("A=1", block)).to.equal(`${block}A=1`);
        expect(withBlock("\u00EF\u00BB\u00BFA=1\r\n", block)).to.equal(`\u00EF\u00BB\u00BF${block}A=1\r\n`);
        expect(withBlock("\uFEFFA=1\r\n", block)).to.equal(`\uFEFF${block}A=1\r\n`);
    });

    it("may have lost the end of its last line", () => {
        const cut = `A=1\n${block.trimEnd()}`;
        expect(blockOf(cut)).to.equal(block);
        expect(withBlock(cut, block)).to.equal(cut);
        expect(withBlock(cut, other)).to.equal(`A=1\n${other}`);
    });

    it("keeps no edit between the markers", () => {
        const edited = block.replace("'dev'", "'mine'");
        expect(withBlock(`${edited}A=1\n`, block)).to.equal(`${block}A=1\n`);
    });
});

describe("blockProblem", () => {
    it("has nothing to say about a file without markers or with one block", () => {
        expect(blockProblem("")).to.equal(undefined);
        expect(blockProblem("A=1\n")).to.equal(undefined);
        expect(blockProblem(`A=1\n${block}B=2`)).to.equal(undefined);
        expect(blockProblem(` ${begin}\n`)).to.equal(undefined);
    });

    const damaged: readonly (readonly [string, string, string])[] = [
        ["a begin without end", `A=1\n${begin}\nB=2\n`, "2"],
        ["an end without begin", `A=1\r\n\r\n${end}\r\n`, "3"],
        ["an end before the begin", `${end}\n${begin}\n`, "1, 2"],
        ["two blocks", block + block, "1, 8, 9, 16"],
        ["two begins", `${begin}\n${block}`, "1, 2, 9"],
        ["two ends", `${block}${end}`, "1, 8, 9"],
    ];
    for (const [title, text, where] of damaged) {
        it(`says what to do about ${title}, and nothing is changed`, () => {
            const problem = `expected one line "${begin}" and one "${end}" after it, or neither, found markers on line ${where}: delete the marker lines and what was written between them`;
            expect(blockProblem(text)).to.equal(problem);
            expect(() => withBlock(text, block)).to.throw(problem);
            expect(() => withoutBlock(text)).to.throw(problem);
            expect(() => blockOf(text)).to.throw(problem);
        });
    }
});

function markerLine(text: string): boolean {
    return text
        .replace(/^(?:\u00EF\u00BB\u00BF|\uFEFF)/, "")
        .split("\n")
        .some((line) => [begin, end].includes(line.replace(/\r$/, "")));
}
