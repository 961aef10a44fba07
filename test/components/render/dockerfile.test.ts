import { expect } from "chai";
import fc from "fast-check";

import {
    baseImages,
    notFound,
    readDockerfile,
    type DockerfileOptions,
    type FoundationUse,
} from "../../../components/render/dockerfile.ts";
import { expectGolden } from "../../support/golden.ts";

const digest = `sha256:${"a".repeat(64)}`;

function use(text: string, replaces: readonly string[] = []): FoundationUse {
    const found = uses(text, { foundations: [named(replaces)], stages: "all" })["foundation"];
    if (found === undefined) throw new Error("the foundation is not used");
    return found;
}

function uses(text: string, options: DockerfileOptions): Record<string, FoundationUse> {
    const reading = readDockerfile(text, options);
    if ("problems" in reading) throw new Error(reading.problems.join("\n"));
    return Object.fromEntries(reading.uses);
}

/** What a person whose Dockerfile doesn't use the foundation is told. */
function problem(text: string, replaces: readonly string[] = []): string {
    const foundation = named(replaces);
    const reading = readDockerfile(text, { foundations: [foundation], stages: "all" });
    if ("problems" in reading) return reading.problems.join("\n");
    expect([...reading.uses]).to.deep.equal([]);
    return notFound(reading.images, foundation);
}

function named(replaces: readonly string[]): DockerfileOptions["foundations"][number] {
    return { name: "foundation", argument: "FOUNDATION_IMAGE", replaces };
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
            "line 1: FROM ${FOUNDATION_IMAGE}: FOUNDATION_IMAGE is used here, but no ARG before the first FROM declares it: add ARG FOUNDATION_IMAGE there",
        );
    });

    it("refuses the argument when only a stage declares it", () => {
        expect(problem(lines("FROM debian", "ARG FOUNDATION_IMAGE", "FROM $FOUNDATION_IMAGE"))).to.contain(
            "line 3: FROM $FOUNDATION_IMAGE: FOUNDATION_IMAGE is used here, but no ARG before the first",
        );
    });

    it("refuses any other argument that no ARG declares, even beside a foundation", () => {
        expect(problem(lines("FROM foundation", "FROM $OTHER"))).to.contain("OTHER is used here, but no ARG");
    });

    it("takes the argument beside one that no ARG declares, which BuildKit leaves out", () => {
        expect(use(lines("ARG FOUNDATION_IMAGE", "FROM $OTHER$FOUNDATION_IMAGE"))).to.deep.equal(expected);
    });

    it("refuses the argument on one platform alone", () => {
        for (const architecture of ["amd64", "arm64"]) {
            expect(
                problem(
                    lines("ARG FOUNDATION_IMAGE", `FROM \${TARGETARCH/${architecture}/$FOUNDATION_IMAGE}`),
                ),
            ).to.contain("FOUNDATION_IMAGE is a whole reference, with its tag, and must stand alone");
        }
    });

    it("refuses the argument as a part of a reference", () => {
        expect(problem(lines("ARG FOUNDATION_IMAGE", "FROM ${FOUNDATION_IMAGE}:latest"))).to.contain(
            "line 2: FROM ${FOUNDATION_IMAGE}:latest: FOUNDATION_IMAGE is a whole reference, with its tag, and must stand alone: write FROM ${FOUNDATION_IMAGE}",
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

    it("does not take a stage of that name and an argument for it", () => {
        expect(problem(lines("ARG EMPTY", "FROM debian AS foundation", "FROM foundation$EMPTY"))).to.contain(
            "line 3: FROM foundation$EMPTY (an earlier stage)",
        );
    });

    it("refuses a stage that BuildKit would replace by the foundation", () => {
        const expected = 'the stage "foundation" has the name of the foundation: give the stage another name';
        expect(problem(lines("FROM foundation AS foundation", "RUN make"))).to.equal(`line 1: ${expected}`);
        expect(problem(lines("FROM foundation AS app", "FROM app AS foundation"))).to.equal(
            `line 2: ${expected}`,
        );
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
        ["has no default", ["ARG TAG"], `FROM ${name}:\${TAG}`, "and TAG has no default: give ARG TAG one"],
        [
            "comes from one without a default",
            ["ARG TAG", `ARG BASE=${name}:$TAG`],
            "FROM $BASE",
            "and TAG has no default: give ARG TAG one",
        ],
        [
            "comes from one that is not declared",
            [`ARG BASE=${name}:$TAG`],
            "FROM $BASE",
            "and TAG has no default: give ARG TAG one",
        ],
        [
            "BuildKit sets",
            [],
            `FROM ${name}:\${TARGETARCH}`,
            `and depends on the platform (${name}:amd64, ${name}:arm64): write one of them`,
        ],
    ];
    for (const [title, args, from, reason] of unknown) {
        it(`refuses a reference with an argument that ${title}, for its name must be known before the build`, () => {
            expect(problem(lines(...args, from), [name])).to.equal(
                `line ${args.length + 1}: ${from}: the name must be known before the build, ${reason}`,
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

describe("readDockerfile, for the stages of a build", () => {
    const text = lines(
        "ARG TAG=1.2",
        "FROM acme.azurecr.io/foundation:${TAG} AS tools",
        "FROM foundation AS web",
        "FROM foundation AS worker",
        "COPY --from=tools /a /b",
        "FROM debian AS docs",
    );
    const options = (
        stages: DockerfileOptions["stages"],
        args: Readonly<Record<string, string>> = {},
    ): DockerfileOptions => ({ foundations: [named(["acme.azurecr.io/foundation"])], stages, args });

    it("counts what the target needs, by default the last stage", () => {
        expect(uses(text, options({}))).to.deep.equal({});
        expect(uses(text, options({ target: "" }))).to.deep.equal({});
        expect(uses(text, options({ target: "WEB" }))).to.deep.equal({
            foundation: { buildArg: false, contexts: ["foundation"] },
        });
        expect(uses(text, options({ target: "worker" }))).to.deep.equal({
            foundation: { buildArg: false, contexts: ["acme.azurecr.io/foundation:1.2", "foundation"] },
        });
    });

    it("puts the build's arguments in the place of defaults, where an ARG declares them", () => {
        expect(uses(text, options("all", { TAG: "2.0", OTHER: "x" }))["foundation"]?.contexts).to.deep.equal([
            "acme.azurecr.io/foundation:2.0",
            "foundation",
        ]);
        expect(uses(text, options("all", { FOUNDATION_IMAGE: "x" }))["foundation"]?.buildArg).to.equal(false);
    });

    it("refuses a target that is no stage, and lists the stages", () => {
        expect(readDockerfile(text, options({ target: "wep" }))).to.deep.equal({
            problems: ['no stage is named "wep", the build\'s target: it has tools, web, worker, docs'],
        });
        expect(readDockerfile("FROM a AS b\nFROM c", options({ target: "c" }))).to.deep.equal({
            problems: ['no stage is named "c", the build\'s target: it has b'],
        });
    });

    it("follows a stage that is chosen by the platform", () => {
        const byPlatform = lines(
            "FROM debian AS base-amd64",
            "FROM foundation AS base-arm64",
            "FROM base-${TARGETARCH}",
        );
        expect(uses(byPlatform, options({}))).to.deep.equal({
            foundation: { buildArg: false, contexts: ["foundation"] },
        });
    });

    it("counts what ONBUILD copies for the stages that start from there", () => {
        const onbuild = (last: string): string =>
            lines("FROM debian AS a", "ONBUILD COPY --from=foundation /a /b", last);
        expect(uses(onbuild("FROM a"), options({}))).to.have.property("foundation");
        expect(uses(onbuild("FROM a AS b\nFROM b"), options({}))).to.have.property("foundation");
        expect(uses(onbuild("FROM debian"), options({}))).to.deep.equal({});
    });

    it("lists the images of those alone, with what each is", () => {
        const text = lines(
            "ARG FOUNDATION_IMAGE",
            "FROM alpine AS other",
            "FROM ${FOUNDATION_IMAGE} AS one",
            "FROM one AS two",
            "FROM foundation",
            "COPY --from=scratch /a /b",
            "COPY --from=acme/tools /a /b",
            "COPY --from=two /a /b",
        );
        const reading = readDockerfile(text, options({}));
        const [none, use] = [undefined, { name: "foundation", context: undefined }];
        expect("images" in reading && reading.images).to.deep.equal([
            {
                line: 3,
                keyword: "FROM",
                written: "${FOUNDATION_IMAGE} AS one",
                image: "${FOUNDATION_IMAGE}",
                foundation: use,
            },
            { line: 4, keyword: "FROM", written: "one AS two", image: none, foundation: none },
            {
                line: 5,
                keyword: "FROM",
                written: "foundation",
                image: "foundation",
                foundation: { name: "foundation", context: "foundation" },
            },
            { line: 7, keyword: "COPY", written: "--from=acme/tools", image: "acme/tools", foundation: none },
        ]);
    });

    it("refuses a variable where BuildKit expands none, in any stage", () => {
        expect(
            readDockerfile("FROM debian\nCOPY --from=$X /a /b\nFROM alpine", options({})),
        ).to.have.property("problems");
        for (const [line, written] of [
            ["COPY --from=${FOUNDATION_IMAGE} /a /b", "COPY --from=${FOUNDATION_IMAGE}"],
            ["RUN --mount=from=$FOUNDATION_IMAGE,target=/a ls", "RUN --mount=from=$FOUNDATION_IMAGE"],
        ] as const) {
            const from = written.split("from=")[1] ?? "";
            expect(problem(lines("ARG FOUNDATION_IMAGE", "FROM debian", line))).to.equal(
                `line 3: ${written}: BuildKit expands no variable there: write FROM ${from} AS a stage, and the stage's name here`,
            );
        }
    });
});

describe("readDockerfile, for several foundations", () => {
    const foundations = [
        { name: "foundation", argument: "FOUNDATION_IMAGE", replaces: [] },
        { name: "java", argument: "BASE_IMAGE", replaces: ["ghcr.io/acme/base-java"] },
    ];

    it("tells how each is named, and leaves out those that aren't used", () => {
        const text = lines(
            "ARG BASE_IMAGE",
            "FROM ghcr.io/acme/base-java:17 AS build",
            "FROM ${BASE_IMAGE}",
            "COPY --from=build /a /b",
        );
        expect(uses(text, { foundations, stages: {} })).to.deep.equal({
            java: { buildArg: true, contexts: ["ghcr.io/acme/base-java:17"] },
        });
        expect(
            uses(lines("FROM java AS a", "FROM foundation"), { foundations, stages: "all" }),
        ).to.deep.equal({
            java: { buildArg: false, contexts: ["java"] },
            foundation: { buildArg: false, contexts: ["foundation"] },
        });
    });

    it("doesn't take one argument's value for the other's, or for a whole of both", () => {
        const reading = readDockerfile(
            lines(
                "ARG FOUNDATION_IMAGE",
                "ARG BASE_IMAGE=$FOUNDATION_IMAGE",
                "FROM $BASE_IMAGE",
                "FROM $BASE_IMAGE-x",
            ),
            { foundations, stages: "all" },
        );
        expect(reading).to.deep.equal({
            problems: [
                "line 4: FROM $BASE_IMAGE-x: BASE_IMAGE is a whole reference, with its tag, and must stand alone: write FROM ${BASE_IMAGE}",
            ],
        });
    });

    it("lists every problem at once, each with its line", () => {
        const reading = readDockerfile(
            lines("FROM $MISSING", "FROM java AS java", "FROM ghcr.io/acme/base-java:${TARGETARCH}"),
            { foundations, stages: "all" },
        );
        expect("problems" in reading && reading.problems.map((text) => text.slice(0, 6))).to.deep.equal([
            "line 1",
            "line 3",
            "line 2",
        ]);
    });
});

describe("readDockerfile, the argument alone", () => {
    for (const from of [
        "${FOUNDATION_IMAGE%@*}",
        "${FOUNDATION_IMAGE#*/}",
        "${FOUNDATION_IMAGE/a/b}",
        "${FOUNDATION_IMAGE:+foundation}",
        "${OTHER##x}",
    ]) {
        it(`is not ${from}`, () => {
            const text = lines("ARG FOUNDATION_IMAGE", "ARG OTHER=$FOUNDATION_IMAGE", `FROM ${from}`);
            expect(problem(text)).to.contain(`line 3: FROM ${from}: FOUNDATION_IMAGE is a whole reference`);
        });
    }

    it("may have a default, or be the default of another", () => {
        expect(
            use(lines("ARG FOUNDATION_IMAGE=acme/foundation:latest", "FROM ${FOUNDATION_IMAGE}")),
        ).to.deep.equal({
            buildArg: true,
            contexts: [],
        });
        expect(use(lines("ARG FOUNDATION_IMAGE", "FROM ${BASE:-$FOUNDATION_IMAGE}")).buildArg).to.equal(true);
    });
});

describe("baseImages", () => {
    const byPlatform = lines(
        "FROM debian-$TARGETARCH AS base-amd64",
        "FROM alpine-$TARGETARCH AS base-arm64",
        "FROM base-$TARGETARCH",
    );
    for (const [title, text, args, images] of [
        ["one that is named", "FROM debian:12", {}, ["debian:12"]],
        ["an argument's default", "ARG B=debian:12\nFROM ${B}", {}, ["debian:12"]],
        ["what the build sets instead", "ARG B=debian:12\nFROM ${B}", { B: "debian:13" }, ["debian:13"]],
        [
            "none for stages and scratch",
            "FROM debian:12 AS a\nFROM scratch\nCOPY --from=A / /",
            {},
            ["debian:12"],
        ],
        ["each once", "FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a / /", {}, ["debian:12"]],
        ["none of a stage that isn't needed", "FROM debian:11\nFROM debian:12", {}, ["debian:12"]],
        ["what is there on two platforms", "FROM debian-$TARGETARCH", {}, ["debian-amd64", "debian-arm64"]],
        [
            "only those for the platform that needs the stage",
            byPlatform,
            {},
            ["debian-amd64", "alpine-arm64"],
        ],
        ["none for a stage alone", "FROM debian:12 AS a\nFROM a AS b\nFROM b", {}, ["debian:12"]],
        ["none that files are copied from", "FROM debian:12\nCOPY --from=alpine / /", {}, ["debian:12"]],
        ["none of a Dockerfile that doesn't build", "FROM debian:12\nhello", {}, []],
    ] as const) {
        it(`are ${title}`, () => {
            expect(baseImages(text, undefined, args)).to.deep.equal(images);
        });
    }

    it("are those of the target", () => {
        expect(baseImages("FROM debian AS a\nFROM alpine AS b\nFROM a", "b", {})).to.deep.equal(["alpine"]);
        expect(baseImages("FROM debian AS a\nFROM alpine AS b\nFROM a", "c", {})).to.deep.equal([]);
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
        ["RUN cat << EOF", "FROM foundation", "EOF"],
        ['ADD <<"E F" /x', "FROM foundation", "E F"],
        ["ONBUILD RUN <<EOF", "FROM foundation", "EOF"],
        ["RUN echo \\", "FROM foundation", ""],
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

    const noHereDocument = [
        'RUN python3 -c "print(1 <<2)"',
        "RUN echo $((1 << 2))",
        "RUN cat <<<EOF",
        "RUN echo '<<EOF'",
        "RUN echo it's <<EOF",
        'RUN ["cat", "<<EOF"]',
        "CMD cat <<EOF",
        "RUN echo a\\\\",
    ];
    for (const line of noHereDocument) {
        it(`but one after ${line}, which has no here-document`, () => {
            expect(use(lines("FROM debian", line, "FROM foundation")).contexts).to.deep.equal(["foundation"]);
        });
    }

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
        );
        expectGolden(
            new URL("./golden/dockerfile-problem.txt", import.meta.url),
            problem(text, ["acme.azurecr.io/foundation", "acme/foundation:v3"]),
        );
    });

    it("says so when nothing is listed as replaced, and lists no images that files come from", () => {
        expect(problem(lines("FROM debian", "COPY --from=alpine /a /b"))).to.equal(
            [
                "the foundation cannot be found in the Dockerfile, which has",
                "  line 1: FROM debian",
                "name it in one of three ways:",
                "  ARG FOUNDATION_IMAGE before the first FROM, then FROM ${FOUNDATION_IMAGE}",
                "  FROM foundation",
                "  FROM an image that the key replaces lists (it lists nothing yet)",
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
        [
            "a here-document without an end",
            "FROM foundation\nRUN <<EOF\nx\n",
            'line 2: no line "EOF" ends the here-document',
        ],
        [
            "what BuildKit can't expand",
            "ARG A\nFROM ${A?set-it}\n",
            "line 2: ${A?set-it} can't be expanded: A: set-it",
        ],
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
                const options = { foundations: [named(["x"])], stages: "all" } as const;
                const reading = readDockerfile(`FROM a\n${any}`, options);
                if ("problems" in reading) expect(reading.problems).not.to.deep.equal([]);
                else
                    for (const { buildArg, contexts } of reading.uses.values())
                        expect(buildArg || contexts.length > 0).to.equal(true);
            }),
            { numRuns: 500 },
        );
    }).timeout(60_000);
});
