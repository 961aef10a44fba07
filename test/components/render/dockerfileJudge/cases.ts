import fc, { type Arbitrary } from "fast-check";

/** A Dockerfile and how it is built. */
export interface Case {
    readonly dockerfile: string;
    /** The last stage when empty. */
    readonly target: string;
    readonly args: Readonly<Record<string, string>>;
}

/** Dockerfiles that mostly build, made of all that a reader could take for something else. */
export function cases(): Arbitrary<Case> {
    return fc.record({
        dockerfile: fc.oneof({ weight: 5, arbitrary: dockerfiles() }, { weight: 1, arbitrary: rubble() }),
        target: fc.oneof(
            { weight: 5, arbitrary: oneOf("") },
            { weight: 1, arbitrary: oneOf("web", "one", "foundation") },
        ),
        args: fc.dictionary(oneOf("A", "B", "TAG", "TARGETARCH"), oneOf("foundation", "one", "v3", ""), {
            maxKeys: 2,
        }),
    });
}

function dockerfiles(): Arbitrary<string> {
    const stage = fc.tuple(
        from(),
        fc.array(fc.oneof(lines(), hereDocument(), copy(), mount()), { maxLength: 4 }),
    );
    return fc
        .tuple(
            oneOf(
                "",
                "",
                "\ufeff",
                "# syntax=docker/dockerfile:1\n",
                "# c\n# escape=`\n\n",
                "# syntax=x\n#escape = `\n",
            ),
            fc.array(argument(), { minLength: 2, maxLength: 7 }),
            fc.array(stage, { minLength: 1, maxLength: 4 }),
            oneOf("\n", "\n", "\r\n"),
        )
        .map(([head, args, stages, newline]) =>
            (head + [...args, ...stages.flat(2)].join("\n") + "\n")
                .replaceAll("\\\n", head.includes("`") && !head.startsWith("# c") ? "`\n" : "\\\n")
                .replaceAll("\n", newline),
        );
}

const images = [
    ...[
        "foundation",
        "foundation:latest",
        "foundation:v1",
        "docker.io/library/foundation",
        "library/foundation",
    ],
    ...[
        "acme.azurecr.io/base",
        "acme.azurecr.io/base:v3",
        "localhost:5000/foundation",
        "debian:12",
        "scratch",
    ],
    ...["one", "two", "web", "build-amd64"],
];
const variables = ["A", "B", "TAG", "FOUNDATION_IMAGE", "TARGETARCH"];

function word(): Arbitrary<string> {
    const image = oneOf(...images);
    const variable = oneOf(...variables);
    const globs = oneOf("*/", "f*", "*:*", ":*", "o?n", "/*", "*o", "a", "*", "");
    return fc.oneof(
        { weight: 4, arbitrary: image },
        { weight: 2, arbitrary: variable.map((name) => `$${name}`) },
        { weight: 2, arbitrary: variable.map((name) => `\${${name}}`) },
        joined(
            "${",
            variable,
            oneOf(":-", "-", ":+", "+"),
            fc.oneof(image, oneOf("$A", "${B:-one}", "'one'")),
            "}",
        ),
        joined(image, "${", variable, ":+:x}"),
        joined("${", variable, oneOf("#", "##", "%", "%%"), globs, "}"),
        joined(
            "${",
            variable,
            oneOf("/", "//"),
            oneOf("a/b", "o*n/x", "\\//b", "?/a", "f/", "*/b", "/z"),
            "}",
        ),
        joined(
            '"',
            fc.oneof(
                image,
                variable.map((name) => `$${name}`),
            ),
            '"',
        ),
        image.map((name) => `'${name}'`),
        oneOf(
            "build-$TARGETARCH",
            "build-${TARGETARCH}",
            "fou\\ndation",
            "a$B",
            "one$$",
            "acme.azurecr.io/base:${TAG:-v3}",
        ),
    );
}

function argument(): Arbitrary<string> {
    return joined(
        oneOf("ARG ", "arg "),
        oneOf(...variables),
        fc.oneof(
            { weight: 1, arbitrary: oneOf("") },
            {
                weight: 5,
                arbitrary: joined(
                    "=",
                    fc.oneof({ weight: 3, arbitrary: oneOf(...images) }, { weight: 1, arbitrary: word() }),
                ),
            },
        ),
    );
}

function from(): Arbitrary<string> {
    const stages = oneOf("one", "two", "web", "Web", "build-amd64", "build-arm64", "foundation");
    return joined(
        oneOf("FROM ", "FROM ", "from ", "FROM \\\n# c\n  "),
        oneOf("", "", "--platform=$BUILDPLATFORM "),
        word(),
        fc.oneof(
            { weight: 3, arbitrary: joined(oneOf(" AS ", " as "), stages) },
            { weight: 2, arbitrary: oneOf("") },
        ),
    );
}

function copy(): Arbitrary<string> {
    return behindOnbuild(oneOf("COPY ", "copy "), (names) => {
        const source = fc
            .tuple(oneOf("", "", '"', "'"), names)
            .map(([quote, name]) => `${quote}--from=${name}${quote}`);
        return joined(oneOf("", "--link ", "--chown=1:1 "), source, oneOf(" /x /y", ' ["/x","/y"]'));
    });
}

function mount(): Arbitrary<string> {
    return behindOnbuild(fc.constant("RUN "), (names) =>
        joined(
            oneOf("--mount=", "--network=none --mount=type=cache,target=/z --mount="),
            oneOf("type=bind,", "type=cache,", ""),
            oneOf("from=", "FROM="),
            names,
            ",target=/q ls",
        ),
    );
}

/**
 * As it is, or behind ONBUILD and then from no stage: BuildKit doesn't ask for the images of a stage that only ONBUILD
 * leads to, and takes them from the registry nevertheless.
 */
function behindOnbuild(
    keyword: Arbitrary<string>,
    rest: (names: Arbitrary<string>) => Arbitrary<string>,
): Arbitrary<string> {
    return fc.oneof(
        { weight: 2, arbitrary: joined(keyword, rest(oneOf(...images, "0", "WEB", "One"))) },
        {
            weight: 1,
            arbitrary: joined(
                "ONBUILD ",
                keyword,
                rest(oneOf(...images.filter((name) => /[/:]/.test(name)))),
            ),
        },
    );
}

function hereDocument(): Arbitrary<string> {
    const names = oneOf(
        "EOF EOF",
        "'EOF' EOF",
        '"EOF" EOF',
        "E\\OF EOF",
        'EOF"x" EOFx',
        "${A} ${A}",
        "E$A E$A",
        "EOF; EOF;",
    );
    const bodies = oneOf(
        "",
        "FROM foundation\n",
        "COPY --from=foundation /x /y\n",
        "\\\n",
        "# c\n",
        " EOF\n",
        "x \\\n",
    );
    return fc
        .tuple(
            oneOf(
                "RUN ",
                "RUN cat ",
                "ONBUILD RUN ",
                "COPY ",
                "ADD ",
                "RUN echo it\\'s && cat ",
                "RUN cat <<B 3",
            ),
            oneOf("<<", "<<-", "<< ", "<<\t", "3<<"),
            names,
            bodies,
        )
        .map(([start, operator, name, body]) => {
            const [written = "", end = ""] = name.split(" ");
            const first = start.includes("<<B") ? "b\nFROM foundation\nB\n" : "";
            const rest = /COPY|ADD/.test(start) ? " /y" : "";
            return `${start}${operator}${written}${rest}\n${first}${body}${operator.includes("-") ? "\t\t" : ""}${end}`;
        });
}

function lines(): Arbitrary<string> {
    return oneOf(
        ...[
            'RUN python3 -c "print(1 <<2)"',
            "RUN echo $((1<<2))x",
            "RUN cat <<<x",
            "RUN echo '<<EOF'",
            "RUN cat \\<<EOF",
        ],
        ...[
            "RUN echo it's <<EOF",
            "RUN echo ${x <<EOF",
            "RUN x ${A:0:2} ${#A}",
            'RUN ["cat","<<EOF"]',
            "RUN a \\ ",
        ],
        ...[
            "RUN a \\\n && b",
            "RUN a \\\n# FROM foundation\n  b",
            "RUN a \\\n\n\nFROM foundation",
            "RUN a \\\n  # c \\\n b",
        ],
        ...[
            "RUN echo \\\\",
            'RUN echo "it\'s"',
            "CMD cat <<EOF",
            "ENV A=foundation",
            "ENV A <<EOF",
            'LABEL a="b c"',
        ],
        ...[
            "# c",
            "",
            " \t",
            "# escape=`",
            "ARG A=web",
            "ARG FOUNDATION_IMAGE",
            'SHELL ["sh"]',
            "WORKDIR /x",
            "run x",
        ],
        ...[
            "COPY x `",
            "RUN x `\n  y",
            "ONBUILD RUN a \\\n b",
            "HEALTHCHECK NONE",
            "RUN --security=sandbox \\\n b",
        ],
    );
}

/** Most of it is refused; it still has to be split as BuildKit does. */
function rubble(): Arbitrary<string> {
    const pieces = oneOf(
        ...[
            "FROM",
            "ARG",
            "RUN",
            "COPY",
            "ONBUILD",
            "AS",
            "--from=a",
            "foundation",
            "<<",
            "<<-",
            "EOF",
            "cat",
            "$A",
            "${A",
            "}",
        ],
        ...[
            '"',
            "'",
            "\\",
            "`",
            "\n",
            "\n",
            "\nRUN ",
            "\\\n",
            "`\n",
            "\r\n",
            "\t",
            " ",
            " ",
            "#",
            "=",
            "[",
            ']"',
            "\u00a0",
            "\v",
        ],
        ...["\n# escape=`\n", "${A:-x <<E}", "2))", "<<EOF\nx\nEOF\n", "é", "\u0085"],
    );
    return fc
        .tuple(oneOf("FROM a\nRUN ", "# escape=`\nFROM a\n", ""), fc.array(pieces, { maxLength: 12 }))
        .map(([start, text]) => start + text.join(""));
}

function oneOf(...texts: readonly string[]): Arbitrary<string> {
    return fc.constantFrom(...texts);
}

function joined(...parts: readonly (string | Arbitrary<string>)[]): Arbitrary<string> {
    return fc
        .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
        .map((texts) => texts.join(""));
}
