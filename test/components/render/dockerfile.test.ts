import { expect } from "chai";
import fc from "fast-check";

import { readDockerfile, type FoundationUse } from "../../../components/render/dockerfile.ts";
import { expectGolden } from "../../support/golden.ts";

const digest = `sha256:${"a".repeat(64)}`;

function use(text: string, replaces: readonly string[] = []): FoundationUse {
    const reading = readDockerfile(text, replaces);
    if ("problem" in reading) throw new Error(reading.problem);
    return reading.use;
}

function problem(text: string, replaces: readonly string[] = []): string {
    const reading = readDockerfile(text, replaces);
    if ("use" in reading) throw new Error(`expected a problem, found ${JSON.stringify(reading.use)}`);
    return reading.problem;
}

function lines(...text: readonly string[]): string {
    return `${text.join("\n")}\n`;
}

describe("readDockerfile, first way: the build argument", () => {
    const expected = { buildArg: true, contexts: [] };
    const froms = [
        "FROM ${FOUNDATION_IMAGE}",
        "FROM $FOUNDATION_IMAGE",
        'FROM "${FOUNDATION_IMAGE}"',
        "FROM ${FOUNDATION_IMAGE:-debian}",
        "FROM ${FOUNDATION_IMAGE-debian}",
        "FROM ${OTHER:-${FOUNDATION_IMAGE}}",
        "from $FOUNDATION_IMAGE as app",
        "FROM --platform=$BUILDPLATFORM ${FOUNDATION_IMAGE} AS app",
        "FROM \\\n    # the base\n    ${FOUNDATION_IMAGE} \\\n    AS app",
    ];
    for (const from of froms) {
        it(`reads ${JSON.stringify(from)}`, () => {
            expect(use(lines("ARG FOUNDATION_IMAGE", from, "RUN true"))).to.deep.equal(expected);
        });
    }

    it("takes the argument with a default, also one that is listed as replaced", () => {
        const text = lines("ARG FOUNDATION_IMAGE=acme/foundation", "FROM ${FOUNDATION_IMAGE}");
        expect(use(text, ["acme/foundation"])).to.deep.equal(expected);
    });

    it("follows the argument through another one", () => {
        const text = lines("ARG FOUNDATION_IMAGE", 'ARG X=1 BASE="$FOUNDATION_IMAGE"', "FROM $BASE");
        expect(use(text)).to.deep.equal(expected);
    });

    it("refuses the argument when no ARG declares it, and says so", () => {
        expect(problem(lines("FROM ${FOUNDATION_IMAGE}"))).to.contain(
            "line 1: FROM ${FOUNDATION_IMAGE} (FOUNDATION_IMAGE is used here, but no ARG before the first FROM declares it)",
        );
    });

    it("refuses the argument when only a stage declares it", () => {
        expect(problem(lines("FROM debian", "ARG FOUNDATION_IMAGE", "FROM $FOUNDATION_IMAGE"))).to.contain(
            "line 3: FROM $FOUNDATION_IMAGE (FOUNDATION_IMAGE is used here, but no ARG before the first",
        );
    });

    it("refuses any other argument that no ARG declares, even beside a foundation", () => {
        expect(problem(lines("FROM foundation", "FROM $OTHER"))).to.contain("OTHER is used here, but no ARG");
    });

    it("refuses the argument as a part of a reference", () => {
        expect(problem(lines("ARG FOUNDATION_IMAGE", "FROM ${FOUNDATION_IMAGE}:latest"))).to.contain(
            "line 2: FROM ${FOUNDATION_IMAGE}:latest (FOUNDATION_IMAGE is a whole reference, with its tag, and must stand alone)",
        );
    });

    it("does not take an argument that no FROM uses", () => {
        expect(problem(lines("ARG FOUNDATION_IMAGE", "FROM debian"))).to.contain("line 2: FROM debian\n");
    });
});

describe("readDockerfile, second way: the name foundation", () => {
    const expected = { buildArg: false, contexts: ["foundation"] };
    for (const name of ["foundation", "foundation:latest", "docker.io/library/foundation", '"foundation"']) {
        it(`reads FROM ${name}`, () => {
            expect(use(lines(`FROM ${name}`))).to.deep.equal(expected);
        });
    }

    it("reads an argument that comes to the name", () => {
        expect(use(lines("ARG BASE=foundation", "FROM ${BASE}"))).to.deep.equal(expected);
    });

    it("does not take another tag, a longer name or scratch for it", () => {
        expect(problem(lines("FROM foundation:v1", "FROM acme/foundation", "FROM scratch"))).to.contain(
            "line 3",
        );
    });

    it("does not take a stage of that name for it", () => {
        expect(problem(lines("FROM debian AS Foundation", "FROM foundation"))).to.contain(
            "line 2: FROM foundation (an earlier stage)",
        );
        expect(
            problem(lines("FROM debian AS foundation", "FROM a", "COPY --from=Foundation /a /b")),
        ).to.contain("line 2: FROM a\n");
    });

    it("refuses a stage that BuildKit would replace by the foundation", () => {
        const expected = 'the stage "foundation" has the name of the foundation: give the stage another name';
        expect(problem(lines("FROM foundation AS foundation", "RUN make"))).to.equal(expected);
        expect(problem(lines("FROM foundation AS app", "FROM app AS foundation"))).to.equal(expected);
    });

    for (const instruction of [
        "COPY --from=foundation /a /b",
        "COPY --chown=1:1 --from=foundation:latest /a /b",
        "RUN --mount=type=bind,from=foundation,target=/base cp /base/a /b",
    ]) {
        it(`counts ${instruction}`, () => {
            expect(use(lines("FROM debian", instruction))).to.deep.equal(expected);
        });
    }
});

describe("readDockerfile, third way: a replaced reference", () => {
    const name = "acme.azurecr.io/foundation";
    const cases: readonly (readonly [string, string, string])[] = [
        [name, name, name],
        [`${name}:latest`, name, name],
        [`${name}:v3`, name, `${name}:v3`],
        [`${name}@${digest}`, name, `${name}@${digest}`],
        [`${name}:v3@${digest}`, name, `${name}:v3@${digest}`],
        [`${name}:v3`, `${name}:v3`, `${name}:v3`],
        [`${name}:v3@${digest}`, `${name}:v3`, `${name}:v3@${digest}`],
        [name, `${name}:latest`, name],
        [`${name}@${digest}`, `${name}@${digest}`, `${name}@${digest}`],
        ["localhost:5000/foundation", "localhost:5000/foundation", "localhost:5000/foundation"],
        ["docker.io/acme/base:latest", "acme/base", "acme/base"],
        ["base", "docker.io/library/base", "base"],
        ["foundation:v1", "foundation", "foundation:v1"],
    ];
    for (const [from, replaced, context] of cases) {
        it(`finds FROM ${from} by ${replaced}, as BuildKit looks it up`, () => {
            expect(use(lines(`FROM ${from}`), [replaced])).to.deep.equal({
                buildArg: false,
                contexts: [context],
            });
        });
    }

    const others: readonly (readonly [string, string])[] = [
        [name, `${name}:v3`],
        [`${name}:v2`, `${name}:v3`],
        [`${name}@${digest}`, `${name}:latest`],
        [name, `${name}@${digest}`],
        [`${name}-slim`, name],
        ["localhost:5000/foundation", "localhost"],
    ];
    for (const [from, replaced] of others) {
        it(`does not find FROM ${from} by ${replaced}`, () => {
            expect(problem(lines(`FROM ${from}`), [replaced])).to.contain(`it lists ${replaced})`);
        });
    }

    it("puts the defaults of arguments in", () => {
        const text = lines(
            "ARG HOST=acme.azurecr.io TAG",
            "ARG NAME=${HOST}/foundation",
            "FROM ${NAME}:${TAG:-v3}",
        );
        expect(use(text, [name])).to.deep.equal({ buildArg: false, contexts: [`${name}:v3`] });
    });

    const unknown: readonly (readonly [
        title: string,
        args: readonly string[],
        from: string,
        reason: string,
    ])[] = [
        ["has no default", ["ARG TAG"], `FROM ${name}:\${TAG}`, "and TAG has no default; give ARG TAG one"],
        [
            "comes from one without a default",
            ["ARG TAG", `ARG BASE=${name}:$TAG`],
            "FROM $BASE",
            "and TAG has no default; give ARG TAG one",
        ],
        [
            "comes from one that is not declared",
            [`ARG BASE=${name}:$TAG`],
            "FROM $BASE",
            "and TAG has no default; give ARG TAG one",
        ],
        ["BuildKit sets", [], `FROM ${name}:\${TARGETARCH}`, `found ${name}:$TARGETARCH`],
    ];
    for (const [title, args, from, reason] of unknown) {
        it(`refuses a reference with an argument that ${title}, for its name must be known before the build`, () => {
            expect(problem(lines(...args, from), [name])).to.contain(
                `line ${args.length + 1}: ${from} (the name must be known before the build, ${reason})\nname it in one`,
            );
        });
    }

    it("needs no default where one is given in the reference, or for another image", () => {
        const text = lines("ARG TAG EMPTY=", `FROM ${name}:\${TAG:-v3}$EMPTY`, "FROM debian:$TAG");
        expect(use(text, [name])).to.deep.equal({ buildArg: false, contexts: [`${name}:v3`] });
    });

    it("lists every reference once, beside the other ways", () => {
        const text = lines(
            "ARG FOUNDATION_IMAGE",
            `FROM ${name}:v3 AS one`,
            "FROM ${FOUNDATION_IMAGE} AS two",
            "FROM foundation AS three",
            `FROM ${name}:v3`,
            "COPY --from=one /a /b",
            "COPY --from=acme/tools /a /b",
        );
        expect(use(text, [name, "acme/tools"])).to.deep.equal({
            buildArg: true,
            contexts: [`${name}:v3`, "foundation", "acme/tools"],
        });
    });
});

describe("readDockerfile, what it does not take for a FROM", () => {
    const heredocs = [
        ["RUN <<EOF", "FROM foundation", "EOF"],
        ["RUN <<-EOF cat > /x", "\tFROM foundation", "\tEOF"],
        ["RUN cat <<'EOF'", "FROM foundation", "EOF"],
        ["RUN cat <<A <<B", "FROM foundation", "A", "FROM foundation", "B"],
        ["COPY <<EOF /x", "FROM foundation", "EOF"],
        ["RUN cat /dev/fd/3 3<<EOF", "FROM foundation", "EOF"],
    ];
    for (const heredoc of heredocs) {
        it(`the text of ${heredoc[0] ?? ""}`, () => {
            expect(problem(lines("FROM debian", ...heredoc, "FROM alpine"))).to.contain(
                [
                    "which has",
                    "  line 1: FROM debian",
                    `  line ${heredoc.length + 2}: FROM alpine`,
                    "name it",
                ].join("\n"),
            );
        });
    }

    it("a comment, or a continued line", () => {
        const text = lines(
            "# FROM foundation",
            "FROM debian",
            "RUN echo \\",
            "# FROM foundation",
            "FROM foundation",
        );
        expect(problem(text)).to.contain("which has\n  line 2: FROM debian\nname it");
    });

    it("a line that goes on after another escape character", () => {
        const text = ["# escape=`", "FROM `", "  foundation", "COPY x c:\\", "FROM debian", ""];
        expect(use(text.join("\n"))).to.deep.equal({ buildArg: false, contexts: ["foundation"] });
        expect(use(text.join("\r\n"))).to.deep.equal({ buildArg: false, contexts: ["foundation"] });
    });
});

describe("readDockerfile, problems", () => {
    it("lists the FROMs with their lines, and the three ways", () => {
        const text = lines(
            "# syntax=docker/dockerfile:1",
            "ARG BASE=debian:bookworm-slim",
            "ARG EMPTY",
            "FROM --platform=$BUILDPLATFORM golang AS tools",
            "FROM tools",
            "FROM ${BASE} AS app",
            "FROM $EMPTY",
            "FROM acme/base-${TARGETARCH}",
            "FROM ${MISSING}",
        );
        expectGolden(
            new URL("./golden/dockerfile-problem.txt", import.meta.url),
            problem(text, ["acme.azurecr.io/foundation", "acme/foundation:v3"]),
        );
    });

    it("says so when nothing is listed as replaced", () => {
        expect(problem(lines("FROM debian"))).to.equal(
            [
                "the foundation cannot be found in the Dockerfile, which has",
                "  line 1: FROM debian",
                "name it in one of three ways:",
                "  ARG FOUNDATION_IMAGE before the first FROM, then FROM ${FOUNDATION_IMAGE}",
                "  FROM foundation",
                "  FROM an image that foundation:replaces lists (it lists nothing yet)",
            ].join("\n"),
        );
    });

    const syntax: readonly (readonly [string, string, string])[] = [
        ["an empty file", "", "line 1: the Dockerfile has no FROM"],
        ["only comments", "# FROM foundation\n", "line 1: the Dockerfile has no FROM"],
        ["only arguments", "ARG A\n", "line 1: the Dockerfile has no FROM"],
        ["prose", "\n# x\nhello world\nFROM foundation\n", "line 3: unknown instruction HELLO"],
        ["a conflict marker", "<<<<<<< HEAD\nFROM foundation\n", "line 1: unknown instruction <<<<<<<"],
        ["a build before FROM", "ARG A\nRUN x\nFROM foundation\n", "line 2: expected FROM first, found RUN"],
        ["FROM alone", "FROM\n", "line 1: expected FROM <image> or FROM <image> AS <stage>, found FROM "],
        [
            "FROM with too much",
            "FROM foundation # base\n",
            "line 1: expected FROM <image> or FROM <image> AS <stage>, found FROM foundation # base",
        ],
        [
            "a stage without name",
            "FROM a\nFROM foundation AS\n",
            "line 2: expected FROM <image> or FROM <image> AS <stage>, found FROM foundation AS",
        ],
    ];
    for (const [title, text, expected] of syntax) {
        it(`refuses ${title}, with the line`, () => {
            expect(problem(text)).to.equal(expected);
        });
    }

    it("answers any text, and never with an empty use", () => {
        const word = fc.constantFrom(
            ..."FROM|ARG|foundation|AS|x|\n|\\\n|$|${|FOUNDATION_IMAGE|:-|}|=|'|\"|`|<<E|E\n|# |RUN |COPY --from=|\0|é".split(
                "|",
            ),
        );
        const text = fc.oneof(
            fc.string({ unit: "binary" }),
            fc.array(word, { maxLength: 40 }).map((all) => all.join(" ")),
        );
        fc.assert(
            fc.property(text, (any) => {
                const reading = readDockerfile(`FROM a\n${any}`, ["x"]);
                if ("problem" in reading) expect(reading.problem).not.to.equal("");
                else expect(reading.use.buildArg || reading.use.contexts.length > 0).to.equal(true);
            }),
            { numRuns: 500 },
        );
    });
});
