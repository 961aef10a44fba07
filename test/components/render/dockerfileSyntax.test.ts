// The expected lines, flags and words are those that BuildKit's own parser finds.
import { expect } from "chai";

import type { Escape } from "../../../components/render/dockerfileExpansion.ts";
import {
    DockerfileError,
    parseDockerfile,
    plainWords,
    quotedWords,
} from "../../../components/render/dockerfileSyntax.ts";

/** What a Dockerfile has in it, and the lines where its instructions start. */
const starts: Readonly<Record<string, readonly (readonly [text: string, ...lines: readonly number[]])[]>> = {
    "blank lines and comments": [
        ["\n \t\n# a\n  #b\nRUN a\n#\n\nRUN b\n", 5, 8],
        ["RUN a", 1],
        ["RUN a\n\n", 1],
        ["\r\n# a\r\nRUN a\r\nRUN b\r\n", 3, 4],
        ["\xA0# a\nRUN a", 2],
        ["\x85\nRUN a", 2],
        [" RUN a\n\tRUN b", 1, 2],
        ["RUN a # \\\nRUN b", 1],
    ],
    "a byte order mark at the start": [
        ["\uFEFFRUN a\nRUN b", 1, 2],
        ["\uFEFF# escape=`\nRUN a `\nRUN b", 2],
        ["\uFEFF\n# escape=`\nRUN a `\nRUN b", 3, 4],
    ],
    "continued lines": [
        ["RUN a \\\nRUN b\nRUN c", 1, 3],
        ["RUN a \\ \t\nRUN b\nRUN c", 1, 3],
        ["RUN a \\\r\n  b\r\nRUN c\r\n", 1, 3],
        ["RUN a \\b\nRUN b", 1, 2],
        ["RUN a \\\\\nRUN b", 1, 2],
        ["RUN a \\\\ \nRUN b", 1, 2],
        ["RUN a \\\\\\\nRUN b", 1, 2],
        ["RUN a \\\n\\\nRUN b\nRUN c", 1, 4],
        ["\\\nRUN a\nRUN b", 1, 3],
        ["RUN a \\", 1],
        ["RUN a \\\n", 1],
        ["RUN a \\\n# c \\\n\n \t\n  # d\nRUN b\nRUN c", 1, 7],
        ["RUN a \\\n\\\n# c\nRUN b\nRUN c", 1, 5],
        ["# a \\\nRUN b", 2],
        ["RUN \\\n\nRUN b", 1],
        ["RUN a `\nRUN b", 1, 2],
    ],
    "the escape directive": [
        ["# escape=`\nRUN a `\nRUN b\nRUN c", 2, 4],
        ["# escape=\\\nRUN a \\\nRUN b\nRUN c", 2, 4],
        ["#escape=`\nRUN a `\nRUN b", 2],
        [" \t# \tESCAPE = ` \t\nRUN a `\nRUN b", 2],
        ["# escape=`\r\nRUN a `\r\nRUN b", 2],
        ["# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\nRUN a `\nRUN b", 4],
        ["# Syntax=x\n# escape=`\nRUN a `\nRUN b", 3],
        ["# a\n# escape=`\nRUN a `\nRUN b", 3, 4],
        ["\n# escape=`\nRUN a `\nRUN b", 3, 4],
        ["# other=a\n# escape=`\nRUN a `\nRUN b", 3, 4],
        ["# escape\n# escape=`\nRUN a `\nRUN b", 3, 4],
        ["# 1escape=`\nRUN a `\nRUN b", 2, 3],
        ["# x escape=`\nRUN a `\nRUN b", 2, 3],
        ["RUN x # escape=`\nRUN a `\nRUN b", 1, 2, 3],
        ["RUN x\n# escape=`\nRUN a `\nRUN b", 1, 3, 4],
        ["#\n# escape=`\nRUN a `\nRUN b", 3, 4],
        ["# escape=`\nRUN a \\\nRUN b", 2, 3],
        ["# escape=`\nRUN a ` b\nRUN b", 2, 3],
        ["# escape=`\nRUN a ``\nRUN b", 2, 3],
        ["# escape=`\nRUN a ` \t\nRUN b", 2],
        ["# escape=`\nRUN a `\n`\nRUN b\nRUN c", 2, 5],
        ["# escape=`\n`\nRUN a\nRUN b", 2, 4],
        ["## escape=`\nRUN a `\nRUN b", 2, 3],
        ["# escape=`\n# syntax=x\nRUN a `\nRUN b", 3],
        ["# escape2=`\nRUN a `\nRUN b", 2, 3],
    ],
    "here-documents": [
        ["RUN <<E\nRUN a\nE\nRUN b", 1, 4],
        ["COPY <<E /a\nRUN a\nE\nRUN b", 1, 4],
        ["ADD <<E /a\nRUN a\nE\nRUN b", 1, 4],
        ["run <<E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN cat<<E\nRUN b", 1, 2],
        ["RUN cat 3<<E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN cat 31<<E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN cat 3 <<E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN x3<<E\nRUN b", 1, 2],
        ["RUN <<E <<F\nRUN a\nE\nRUN a\nF\nRUN b", 1, 6],
        ["RUN <<E <<E\nRUN a\nE\nRUN a\nE\nRUN b", 1, 6],
        ["RUN <<E\nRUN a\n E\nE \nEE\nE\nRUN b", 1, 7],
        ["RUN <<E\n# E\n\nRUN a \\\nE\nRUN b", 1, 6],
        ["RUN <<E\r\nRUN a\r\nE\r\nRUN b\r\n", 1, 4],
        ["RUN <<E\nE\nRUN b", 1, 3],
        ["RUN <<E cat \\\n && ls\nRUN a\nE\nRUN b", 1, 5],
        ["RUN cat \\\n <<E\nRUN a\nE\nRUN b", 1, 5],
        ["RUN a\nRUN <<a\na\nRUN b", 1, 2, 4],
        ["RUN <<RUN\nRUN\nRUN b", 1, 3],
        ["RUN --mount=target=/a <<E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN <<E;ls\nRUN a\nE;ls\nRUN b", 1, 4],
        ["RUN <<E|cat\nE|cat\nRUN b", 1, 3],
        ["CMD <<E\nRUN b", 1, 2],
        ["ENTRYPOINT <<E\nRUN b", 1, 2],
        ["ENV A <<E\nRUN b", 1, 2],
        ["USER <<E\nRUN b", 1, 2],
        ["ONBUILD RUN <<E\nRUN a\nE\nRUN b", 1, 4],
        ["ONBUILD COPY <<E /a\nRUN a\nE\nRUN b", 1, 4],
        ["onbuild add <<E /a\nRUN a\nE\nRUN b", 1, 4],
        ["ONBUILD CMD <<E\nRUN b", 1, 2],
        ["ONBUILD\nRUN b", 1, 2],
    ],
    "here-documents with a dash": [
        ["RUN <<-E\n\tRUN a\n\t\tE\nRUN b", 1, 4],
        ["RUN <<-E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN <<E\n\tE\nE\nRUN b", 1, 4],
        ["RUN <<-E\nE\t\n E\n\t E\n\tE\nRUN b", 1, 6],
        ["RUN <<-EF\nE\tF\nEF\nRUN b", 1, 4],
        ["RUN <<-E\n\tE\r\nRUN b", 1, 3],
        ["RUN << -E\n-E\nRUN b", 1, 3],
        ["RUN <<-'E'\n\tE\nRUN b", 1, 3],
        ["RUN <<--E\n-E\nRUN b", 1, 3],
    ],
    "here-documents with spaces before the name": [
        ["RUN cat << E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN cat <<\t \tE\nRUN a\nE\nRUN b", 1, 4],
        ["RUN cat <<  'E F'\nRUN a\nE F\nRUN b", 1, 4],
    ],
    "quotes and escapes in the names of here-documents": [
        ["RUN <<'E'\nRUN a\nE\nRUN b", 1, 4],
        ['RUN <<"E"\nRUN a\nE\nRUN b', 1, 4],
        ["RUN <<'E F'\nRUN a\nE F\nRUN b", 1, 4],
        ['RUN <<"E F"x\nRUN a\nE Fx\nRUN b', 1, 4],
        ["RUN <<E\\ F\nRUN a\nE F\nRUN b", 1, 4],
        ["RUN <<\\E\nRUN a\nE\nRUN b", 1, 4],
        ["RUN <<E\\\\F\nE\\F\nRUN b", 1, 3],
        ["RUN <<'E\\F'\nE\\F\nRUN b", 1, 3],
        ['RUN <<"E\\F"\nE\\F\nRUN b', 1, 3],
        ['RUN <<"E\\\\F"\nE\\F\nRUN b', 1, 3],
        ['RUN <<"E\\"F"\nE"F\nRUN b', 1, 3],
        ['RUN <<"E\\$F"\nE$F\nRUN b', 1, 3],
        ["RUN <<E'F'\"G\"\nEFG\nRUN b", 1, 3],
        ["RUN <<\"E'F\"\nE'F\nRUN b", 1, 3],
        ["RUN <<''\nRUN b", 1, 2],
        ['RUN <<""\nRUN b', 1, 2],
        ["RUN <<\\'E\n'E\nRUN b", 1, 3],
        ["# escape=`\nRUN <<E\\F\nEF\nRUN b", 2, 4],
        ["# escape=`\nRUN <<E`F\nE`F\nRUN b", 2, 4],
    ],
    "variables in or beside the names of here-documents": [
        ["RUN <<$A\n$A\nRUN b", 1, 3],
        ["RUN <<E$A\nE$A\nRUN b", 1, 3],
        ["RUN <<${A}\n${A}\nRUN b", 1, 3],
        ["RUN <<E${A}F\nE${A}F\nRUN b", 1, 3],
        ['RUN <<"$A"\n$A\nRUN b', 1, 3],
        ['RUN <<"E${A}"\nE${A}\nRUN b', 1, 3],
        ["RUN <<'$A'\n$A\nRUN b", 1, 3],
        ["RUN <<$\n$\nRUN b", 1, 3],
        ["RUN <<E$1\nE$1\nRUN b", 1, 3],
        ["RUN <<$-\n$-\nRUN b", 1, 3],
        ["RUN <<${A-x}\nRUN b", 1, 2],
        ["RUN ${A-x}<<E\nRUN b", 1, 2],
        ["RUN ${A-<<E}\nRUN b", 1, 2],
        ["RUN ${A-x <<E\nRUN b", 1, 2],
        ["RUN ${A- <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A+ <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A:? <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A# <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A% <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A/ <<E /x}\nE\nRUN b", 1, 3],
        ["RUN ${A//x/ <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A:x <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A:0:2 <<E f}\nE\nRUN b", 1, 3],
        ["RUN ${A[0]} <<E\nRUN b", 1, 2],
        ["RUN ${A^} <<E\nRUN b", 1, 2],
        ["RUN ${A@Q} <<E\nRUN b", 1, 2],
        ["RUN ${} <<E\nRUN b", 1, 2],
        ["RUN $A <<E\nE\nRUN b", 1, 3],
        ["RUN ${A} <<E\nE\nRUN b", 1, 3],
        ["RUN $(ls) <<E\nE\nRUN b", 1, 3],
        ['RUN ${A-"b"} <<E\nE\nRUN b', 1, 3],
        ["RUN ${A%'}'} <<E\nE\nRUN b", 1, 3],
    ],
    "what is no here-document": [
        ["RUN cat <<<E\nRUN b", 1, 2],
        ["RUN cat <<E<F\nRUN b", 1, 2],
        ["RUN cat <<E<\nRUN b", 1, 2],
        ["RUN cat << \nRUN b", 1, 2],
        ["RUN cat <<\nRUN b", 1, 2],
        ["RUN cat <<-\nRUN b", 1, 2],
        ["RUN cat < <E\nRUN b", 1, 2],
        ["RUN cat <E\nRUN b", 1, 2],
        ["RUN cat \\<<E\nRUN b", 1, 2],
        ["RUN cat <\\<E\nRUN b", 1, 2],
        ["RUN cat '<<E'\nRUN b", 1, 2],
        ['RUN cat "<<E"\nRUN b', 1, 2],
        ['RUN cat "a <<E"\nRUN b', 1, 2],
        ["RUN cat <''<E\nRUN b", 1, 2],
        ["RUN a' <<E\nRUN b", 1, 2],
        ['RUN a" <<E\nRUN b', 1, 2],
        ["RUN it\\'s <<E\nE\nRUN b", 1, 3],
        ['RUN ["cat", "<<E"]\nRUN b', 1, 2],
        ["RUN echo $((1<<2))\nRUN b", 1, 2],
        ["RUN (cat <<E)\nE)\nRUN b", 1, 3],
        ['RUN "a\\" <<E\nRUN b"', 1, 2],
        ['RUN "a\\\\" <<E\nE\nRUN b', 1, 3],
        ["RUN 'a\\' <<E\nE\nRUN b", 1, 3],
        ['RUN "\'" <<E\nE\nRUN b', 1, 3],
        ["RUN '\"' <<E\nE\nRUN b", 1, 3],
        ['RUN "a" <<E\nE\nRUN b', 1, 3],
    ],
};

const instructions: readonly (readonly [
    line: string,
    keyword: string,
    flags: readonly string[],
    rest: string,
])[] = [
    ["RUN a", "RUN", [], "a"],
    ["RUN", "RUN", [], ""],
    ["RUN  \t a  b \t", "RUN", [], "a  b"],
    ["RUN\ta", "RUN", [], "a"],
    ["RUN\u000ba", "RUN", [], "a"],
    ["RUN\fa", "RUN", [], "a"],
    ["RUN\ra\rb", "RUN", [], "a\rb"],
    ["run a", "RUN", [], "a"],
    ["Run a", "RUN", [], "a"],
    ["RUN \xA0a\xA0", "RUN", [], "a"],
    ["USER \uFEFFa", "USER", [], "\uFEFFa"],
    ["USER a\\\nb", "USER", [], "ab"],
    ["USER a\\\n b \\\n", "USER", [], "a b"],
    ["USER a \\\n# c\nb", "USER", [], "a b"],
    ["RUN --a", "RUN", ["--a"], ""],
    ["RUN --a b", "RUN", ["--a"], "b"],
    ["RUN --a=b --c d --e", "RUN", ["--a=b", "--c"], "d --e"],
    ["RUN -a --b", "RUN", [], "-a --b"],
    ["RUN a --b", "RUN", [], "a --b"],
    ["RUN - --b", "RUN", [], "- --b"],
    ["RUN --", "RUN", [], ""],
    ["RUN -- a", "RUN", [], "a"],
    ["RUN -- --a b", "RUN", [], "--a b"],
    ["RUN --a -- --b c", "RUN", ["--a"], "--b c"],
    ["RUN --''  --a", "RUN", [], "--a"],
    ["RUN \\--a b", "RUN", [], "\\--a b"],
    ["RUN ---a b", "RUN", ["---a"], "b"],
    ["RUN\t--a\t--b\tc", "RUN", ["--a", "--b"], "c"],
    ['RUN --a="b c" d', "RUN", ["--a=b c"], "d"],
    ["RUN --a='b c' d", "RUN", ["--a=b c"], "d"],
    ['RUN --"a b"=c d', "RUN", ["--a b=c"], "d"],
    ['RUN --a="b\'c" d', "RUN", ["--a=b'c"], "d"],
    ["RUN --a='b\"c' d", "RUN", ['--a=b"c'], "d"],
    ["RUN --a=b'c'\"d\"e f", "RUN", ["--a=bcde"], "f"],
    ["RUN --a='' b", "RUN", ["--a="], "b"],
    ['RUN "--a" b', "RUN", [], '"--a" b'],
    ["RUN '--a' b", "RUN", [], "'--a' b"],
    ["RUN --a=b\\ c d", "RUN", ["--a=b c"], "d"],
    ["RUN --a=b\\\\c d", "RUN", ["--a=b\\c"], "d"],
    ['RUN --a=\\"b c', "RUN", ['--a="b'], "c"],
    ['RUN --a="b\\"c" d', "RUN", ['--a=b"c'], "d"],
    ["RUN --a='b\\'c' d", "RUN", ["--a=b'c"], "d"],
    ["RUN --a='b\\'c d", "RUN", ["--a=b'c d"], ""],
    ['RUN --a="b\\c" d', "RUN", ["--a=bc"], "d"],
    ["RUN --a=b\\\xA0", "RUN", ["--a=b"], ""],
    ['RUN --a="b\\\xA0', "RUN", ["--a=b"], ""],
    ["RUN --a=b\\", "RUN", ["--a=b"], ""],
    ['RUN --a="b c', "RUN", ["--a=b c"], ""],
    ["RUN --a='b --c d", "RUN", ["--a=b --c d"], ""],
    ["RUN --a=b\\c\\d e", "RUN", ["--a=bcd"], "e"],
    ["RUN --a \\\n --b \\\n c", "RUN", ["--a", "--b"], "c"],
    ["RUN --a=b`\\ c", "RUN", ["--a=b` c"], ""],
    ["WORKDIR /a b", "WORKDIR", [], "/a b"],
    ["RUN a\\\xA0", "RUN", [], "a\\"],
    ["CMD a", "CMD", [], "a"],
    ["ENTRYPOINT a", "ENTRYPOINT", [], "a"],
];

const triggers: readonly (readonly [
    line: string,
    keyword: string,
    flags: readonly string[],
    rest: string,
])[] = [
    ["ONBUILD RUN a", "RUN", [], "a"],
    ["onbuild run --a=b c", "RUN", ["--a=b"], "c"],
    ["ONBUILD --a RUN --b c", "RUN", ["--b"], "c"],
    ["ONBUILD RUN", "RUN", [], ""],
    ["ONBUILD \\\n  RUN --from=a \\\n # d\n b \xA0 ", "RUN", ["--from=a"], "b"],
];

const escaped: readonly (readonly [line: string, flags: readonly string[], rest: string])[] = [
    ["RUN --a=b` c d", ["--a=b c"], "d"],
    ["RUN --a=b\\ c", ["--a=b\\"], "c"],
    ['RUN --a="b`"c" d', ['--a=b"c'], "d"],
    ["RUN --a=b`", ["--a=b"], ""],
    ['RUN --a="b\\" c', ["--a=b\\"], "c"],
];

const plain: readonly (readonly [rest: string, words: readonly string[]])[] = [
    ["a", ["a"]],
    ["a AS b", ["a", "AS", "b"]],
    ["a\tas\u000bb", ["a", "as", "b"]],
    ["a\f\fAS \r b", ["a", "AS", "b"]],
    ["a \xA0AS b", ["a", "\xA0AS", "b"]],
    ['"a b" AS c', ['"a', 'b"', "AS", "c"]],
    ["a\\ b", ["a\\", "b"]],
];

const quoted: readonly (readonly [rest: string, words: readonly string[]])[] = [
    ["", []],
    ["A", ["A"]],
    ["A=b", ["A=b"]],
    ["A B=c  D", ["A", "B=c", "D"]],
    ["A\t\xA0B\u000bC", ["A", "B", "C"]],
    ['A="b c" D', ['A="b c"', "D"]],
    ["A='b c' D", ["A='b c'", "D"]],
    ["A=\"b'c\" D'e f'", ['A="b\'c"', "D'e f'"]],
    ["A='b\"c' D", ["A='b\"c'", "D"]],
    ['A="b" C="d e"', ['A="b"', 'C="d e"']],
    ["A=b\\ c D", ["A=b\\ c", "D"]],
    ['A=\\"b c', ['A=\\"b', "c"]],
    ["A=\\'b c", ["A=\\'b", "c"]],
    ['A="b\\" c" D', ['A="b\\" c"', "D"]],
    ["A='b\\' c", ["A='b\\'", "c"]],
    ['A="b\\\\" c', ['A="b\\\\"', "c"]],
    ["A=b\\\\ c", ["A=b\\\\", "c"]],
    ["A='b c", ["A='b c"]],
    ['A="b c', ['A="b c']],
    ["A=b\\", ["A=b"]],
    ['A="b c\\', ['A="b c']],
    ["A='b c\\", ["A='b c\\"]],
    ["A=b\\c", ["A=b\\c"]],
    ['A="" B', ['A=""', "B"]],
    ["A=''", ["A=''"]],
    ["''", ["''"]],
    ['"" A', ['""', "A"]],
    ["A=\"b\"'c d'e F", ["A=\"b\"'c d'e", "F"]],
    ["A=\\\\\\ b c", ["A=\\\\\\ b", "c"]],
    ['A="b\\ c" d', ['A="b\\ c"', "d"]],
];

const quotedWithBacktick: typeof quoted = [
    ["A=b` c D", ["A=b` c", "D"]],
    ["A=b\\ c", ["A=b\\", "c"]],
    ['A="b`" c" D', ['A="b`" c"', "D"]],
    ["A='b`' c", ["A='b`'", "c"]],
    ['A="b\\" c', ['A="b\\"', "c"]],
];

describe("a Dockerfile's instructions", () => {
    for (const [title, rows] of Object.entries(starts)) {
        describe(`with ${title}`, () => {
            for (const [text, ...lines] of rows) {
                it(`start in lines ${lines.join(", ")} of ${JSON.stringify(text)}`, () => {
                    expect(parseDockerfile(text).instructions.map(({ line }) => line)).to.deep.equal(lines);
                });
            }
        });
    }

    for (const [text, keyword, flags, rest] of instructions) {
        it(`have a name, flags and the rest: ${JSON.stringify(text)}`, () => {
            expect(parseDockerfile(text).instructions).to.deep.equal([{ line: 1, keyword, flags, rest }]);
        });
    }

    for (const [text, flags, rest] of escaped) {
        it(`have flags with the backtick for the escape: ${text}`, () => {
            expect(parseDockerfile(`# escape=\`\n${text}`).instructions).to.deep.equal([
                { line: 2, keyword: "RUN", flags, rest },
            ]);
        });
    }

    for (const [text, keyword, flags, rest] of triggers) {
        it(`have another one behind ONBUILD: ${JSON.stringify(text)}`, () => {
            expect(parseDockerfile(text).instructions[0]?.trigger).to.deep.equal({
                line: 1,
                keyword,
                flags,
                rest,
            });
        });
    }

    it("have none behind an ONBUILD that is alone", () => {
        expect(parseDockerfile("ONBUILD").instructions).to.deep.equal([
            { line: 1, keyword: "ONBUILD", flags: [], rest: "" },
        ]);
    });

    const refused: readonly (readonly [text: string, reason: string])[] = [
        ["RUN a\nRUNX b", "line 2: unknown instruction RUNX"],
        ["RUN a\n\uFEFFRUN b", "line 2: unknown instruction \uFEFFRUN"],
        ["RUN\xA0a", "line 1: unknown instruction RUN\xA0A"],
        ["\\\n", "line 1: unknown instruction "],
        ["RUN a \\\n\n b\nc", "line 4: unknown instruction C"],
        ["RUN <<E\n E", 'line 1: no line "E" ends the here-document'],
        ["E\nRUN <<E", "line 1: unknown instruction E"],
        ["RUN E\nRUN <<E <<F\nE", 'line 2: no line "F" ends the here-document'],
        ["RUN <<E <<F\nF\nE", 'line 1: no line "F" ends the here-document'],
    ];
    for (const [text, message] of refused) {
        it(`are refused with the line: ${JSON.stringify(text)}`, () => {
            expect(() => parseDockerfile(text)).to.throw(DockerfileError, message);
        });
    }
});

describe("the escape of a Dockerfile", () => {
    for (const [text, escape] of [
        ["", "\\"],
        ["RUN a", "\\"],
        ["# escape=`", "`"],
        ["# escape=\\", "\\"],
    ] as const) {
        it(`is ${escape} in ${JSON.stringify(text)}`, () => {
            expect(parseDockerfile(text).escape).to.equal(escape);
        });
    }
});

describe("the words of an instruction", () => {
    for (const [rest, words] of plain) {
        it(`are parted by spaces: ${JSON.stringify(rest)}`, () => {
            expect(plainWords(rest)).to.deep.equal(words);
        });
    }

    partsQuoted(quoted, "\\");
    partsQuoted(quotedWithBacktick, "`");

    function partsQuoted(rows: typeof quoted, escape: Escape): void {
        for (const [rest, words] of rows) {
            it(`of ARG are parted by spaces that aren't quoted or after ${escape}: ${JSON.stringify(rest)}`, () => {
                expect(quotedWords(rest, escape)).to.deep.equal(words);
            });
        }
    }
});
