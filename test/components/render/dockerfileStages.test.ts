// The expected images and stages are those that BuildKit asks for.
import { expect } from "chai";

import { sourceStage, stagesOf, type Stage } from "../../../components/render/dockerfileStages.ts";
import { parseDockerfile } from "../../../components/render/dockerfileSyntax.ts";

function stages(
    text: string,
    args: Readonly<Record<string, string>> = {},
    architecture = "amd64",
): readonly Stage[] {
    return stagesOf(parseDockerfile(text), architecture, args);
}

describe("what a stage starts from", () => {
    for (const [name, value] of [
        ["PLATFORM", "linux/arm64"],
        ["OS", "linux"],
        ["OSVERSION", ""],
        ["ARCH", "arm64"],
        ["VARIANT", ""],
    ] as const) {
        for (const side of ["BUILD", "TARGET"]) {
            it(`has ${side}${name} without an ARG`, () => {
                const [stage] = stages(`FROM a/b$${side}${name}\${${side}${name}-unset}`, {}, "arm64");
                expect(stage?.base).to.equal(`a/b${value}${value}`);
                expect([...(stage?.unset ?? []), ...(stage?.undeclared ?? [])]).to.deep.equal([]);
            });
        }
    }

    const bases: readonly (readonly [
        title: string,
        text: string,
        args: Readonly<Record<string, string>>,
        base: string,
    ])[] = [
        ["has what a build sets a platform's argument to", "FROM a/$TARGETARCH", { TARGETARCH: "x" }, "a/x"],
        ["has an ARG's default for a platform's argument", "ARG TARGETARCH=x\nFROM a/$TARGETARCH", {}, "a/x"],
        ["keeps a platform's argument that an ARG names", "ARG TARGETOS\nFROM a/$TARGETOS", {}, "a/linux"],
        ["has no argument that no ARG declares", "FROM a/b$A", { A: "x" }, "a/b"],
        ["has no argument of a stage", "ARG A=x\nFROM a\nARG A=y\nFROM a/$A", {}, "a/x"],
        ["has the last default", "ARG A=x\nARG A=y\nFROM a/$A", {}, "a/y"],
        ["has an empty default", "ARG A=x\nARG A=\nFROM a/b$A", {}, "a/b"],
        ["keeps a default that a later ARG leaves out", "ARG A=x\nARG A\nFROM a/$A", {}, "a/x"],
        ["has a default with an equals sign", "ARG A=b=c\nFROM a/${A#b=}", {}, "a/c"],
        ["has a default without its quotes", "ARG A=\"b\"'c'\nFROM a/$A", {}, "a/bc"],
        ["has defaults of one ARG in their order", "ARG A=$B B=x C=$B\nFROM a/b$A$C", {}, "a/bx"],
        ["has a build's argument in a default", "ARG A B=$A\nFROM a/$B", { A: "x" }, "a/x"],
        ["has nothing for an argument of JavaScript", "ARG toString\nFROM a/b$toString", {}, "a/b"],
    ];
    for (const [title, text, args, base] of bases) {
        it(title, () => {
            expect(stages(text, args).at(-1)?.base).to.equal(base);
        });
    }

    const parents: readonly (readonly [title: string, text: string, parent: number | undefined])[] = [
        ["is an earlier stage by its name in small letters", "FROM a AS X\nFROM x", 0],
        ["is no stage that is written in capitals", "FROM a AS x\nFROM X", undefined],
        ["is no stage of the same name as its own", "FROM a\nFROM x AS x", undefined],
        ["is the last stage of that name", "FROM a AS x\nFROM b AS x\nFROM x", 1],
        ["is no stage by its number", "FROM a AS x\nFROM 0", undefined],
    ];
    for (const [title, text, parent] of parents) {
        it(title, () => {
            const all = stages(text);
            expect(all.at(-1)?.parent).to.equal(parent === undefined ? undefined : all[parent]);
        });
    }
});

describe("what a stage takes files from", () => {
    const sources: readonly (readonly [instruction: string, ...from: readonly string[]])[] = [
        ["copy --from=a/b /a /b", "a/b"],
        ["COPY --link --from=a/b --chown=1 /a /b", "a/b"],
        ["COPY --from='a/b' /a /b", "a/b"],
        ['COPY --"from=a/b" /a /b', "a/b"],
        ["COPY --from= /a /b"],
        ["COPY --chown=--from=a/b /a /b"],
        ["COPY /a --from=a/b /b"],
        ['COPY "--from=a/b" /a /b'],
        ["RUN --mount=from=a/b,target=/a ls", "a/b"],
        ["RUN --mount=type=cache,target=/a,from=a/b ls", "a/b"],
        ["RUN --mount=from=a/b,target=/a --network=none --mount=from=c/d,target=/b ls", "a/b", "c/d"],
        ["RUN --mount=FROM=a/b,target=/a ls", "a/b"],
        ["RUN --mount=from=a/b,from=c/d,target=/a ls", "c/d"],
        ["RUN --mount=from=a/b,from=,target=/a ls"],
        ["RUN --mount=from=,target=/a ls"],
        ["RUN --mount=target=/from=x,from=a/b,readonly ls", "a/b"],
        ["RUN --mount=target=from=x ls"],
        ["RUN --mount=source=xfrom=a/b,target=/a ls"],
        ["RUN --mount=from='a/b',target=/a ls", "a/b"],
        ['RUN --mount=\\"from=a/b\\",target=/a ls', "a/b"],
        ["RUN --mount='\"from=a/b\",target=/a' ls", "a/b"],
        ["RUN --mount='\"target=/a,from=c/d\",from=a/b' ls", "a/b"],
        ["RUN --mount='from=a/b,\"target=/a,from=c/d\"' ls", "a/b"],
        ['RUN --mount=\'"target=/""a,from=c/d""",from=a/b\' ls', "a/b"],
        ['RUN --mount=\'from=a/b,"target=/""a"",from=c/d"\' ls', "a/b"],
        ["RUN ls --mount=from=a/b,target=/a"],
        ["ONBUILD COPY --from=a/b /a /b"],
    ];
    for (const [instruction, ...from] of sources) {
        it(`is ${from.join(" and ") || "nothing else"} in ${instruction}`, () => {
            const [stage] = stages(`FROM scratch\n${instruction}`);
            expect(stage?.sources.map((source) => source.from)).to.deep.equal(from);
        });
    }

    const ten = Array.from({ length: 10 }, (_, index) => `FROM a${index}`).join("\n");
    const named: readonly (readonly [
        title: string,
        text: string,
        instruction: string,
        stage: number | undefined,
    ])[] = [
        ["a stage by its number", "FROM a", "COPY --from=0 /a /b", 0],
        ["a stage by a number with a plus", "FROM a", "COPY --from=+0 /a /b", 0],
        ["a stage by a number with zeros", "FROM a\nFROM b", "COPY --from=001 /a /b", 1],
        ["a stage by a number of two digits", `${ten}\nFROM b`, "COPY --from=10 /a /b", 10],
        ["a stage by a name that ends in a digit", "FROM a\nFROM b AS x0", "COPY --from=x0 /a /b", 1],
        ["the last stage of a name", "FROM a AS x\nFROM b AS x", "COPY --from=x /a /b", 1],
        ["a stage by its name in capitals", "FROM a AS x", "COPY --from=X /a /b", 0],
        ["a stage of a mount by its name in capitals", "FROM a AS x", "RUN --mount=from=X,target=/a ls", 0],
        ["an image that starts with a digit", "FROM a", "COPY --from=0x /a /b", undefined],
        ["an image of a mount that is a number", "FROM a", "RUN --mount=from=0,target=/a ls", undefined],
    ];
    for (const [title, text, instruction, stage] of named) {
        it(`is ${title}`, () => {
            const all = stages(`${text}\nFROM scratch\n${instruction}`);
            const [source] = all.at(-1)?.sources ?? [];
            if (source === undefined) throw new Error("no source");
            expect(sourceStage(all, source)).to.equal(stage === undefined ? undefined : all[stage]);
        });
    }
});

describe("the arguments that a base was made of", () => {
    const origins: readonly (readonly [
        text: string,
        read: readonly string[],
        altered: readonly string[],
        unset: readonly string[],
        undeclared: readonly string[],
    ])[] = [
        ["ARG A=x\nFROM a", [], [], [], []],
        ["ARG A=x\nFROM $A", ["A"], [], [], []],
        ["ARG A\nFROM a$A", ["A"], [], ["A"], []],
        ["FROM a$A", ["A"], [], [], ["A"]],
        ["ARG A\nFROM a$A$B", ["A", "B"], [], ["A"], ["B"]],
        ["ARG A\nFROM ${A:-a}", ["A"], [], [], []],
        ["ARG A=x B=$A\nFROM $B", ["A", "B"], [], [], []],
        ["ARG A B=a$A\nFROM $B", ["A", "B"], [], ["A"], []],
        ["ARG B=a$A\nFROM $B", ["A", "B"], [], ["A"], []],
        ["ARG A=x\nFROM ${A%:*}", ["A"], ["A"], [], []],
        ["ARG A=x B=$A C=$B\nFROM ${C#y}", ["A", "B", "C"], ["A", "B", "C"], [], []],
        ["ARG A=x B=${A#y} C=$B\nFROM $C", ["A", "B", "C"], ["A"], [], []],
        ["ARG A B=${A/x/y}z C=$B\nFROM ${C+a}", ["A", "B", "C"], ["A", "B", "C"], ["A"], []],
        ["ARG A=x\nARG A\nFROM $A", ["A"], [], [], []],
    ];
    for (const [text, ...expected] of origins) {
        it(`are known in ${JSON.stringify(text)}`, () => {
            const [stage] = stages(text);
            if (stage === undefined) throw new Error("no stage");
            const { read, altered, unset, undeclared } = stage;
            expect([read, altered, unset, undeclared].map((names) => [...names].sort())).to.deep.equal(
                expected,
            );
        });
    }
});
