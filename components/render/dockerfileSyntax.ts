import { isSpace, rawWords, unquotedWords, type Escape } from "./dockerfileExpansion.ts";

/** One instruction: its first line, counted from 1, its name in upper case, its flags as `--name=value`, the rest. */
export interface Instruction {
    readonly line: number;
    readonly keyword: string;
    readonly flags: readonly string[];
    readonly rest: string;
    /** What ONBUILD puts into the stages and images that start from this one. */
    readonly trigger?: Instruction;
}

export interface Dockerfile {
    readonly escape: Escape;
    readonly instructions: readonly Instruction[];
}

/** What BuildKit would refuse, with the line. */
export class DockerfileError extends Error {
    constructor(line: number, reason: string) {
        super(`line ${line}: ${reason}`);
    }
}

/**
 * Splits a Dockerfile into its instructions as BuildKit does. Source: frontend/dockerfile/parser/parser.go.
 *
 * @throws DockerfileError
 */
export function parseDockerfile(text: string): Dockerfile {
    const lines = (text.replace(/^\uFEFF/, "").match(/[^\n]*\n|[^\n]+/g) ?? []).map(trimNewline);
    const escape = escapeOf(lines);
    const continued = escape === "`" ? /(^|[^`])`[ \t]*$/ : /(^|[^\\])\\[ \t]*$/;
    const instructions: Instruction[] = [];
    let at = 0;

    /** The line under `at`, with those that continue it. */
    function logicalLine(): string {
        let joined = "";
        for (let open = true; open && at < lines.length; at++) {
            const line = lines[at] ?? "";
            if (isBlankOrComment(line)) continue;
            open = continued.test(line);
            joined += line.replace(continued, "$1");
        }
        return joined;
    }

    function skipHereDocuments(line: number, text: string): void {
        for (const { name, chomp, spaced } of hereDocuments(text)) {
            const end = lines.findIndex(
                (line, index) => index >= at && (chomp ? line.replace(/^\t+/, "") : line) === name,
            );
            if (end >= 0) at = end + 1;
            // `1 << 2` is one since BuildKit 0.22 only; what ends nowhere was written for an older one.
            else if (!spaced) throw new DockerfileError(line, `no line "${name}" ends the here-document`);
        }
    }

    while (at < lines.length) {
        if (isBlankOrComment(lines[at] ?? "")) {
            at++;
            continue;
        }
        const line = at + 1;
        const text = logicalLine();
        const instruction = parseInstruction(line, text, escape);
        if (!keywords.has(instruction.keyword)) {
            throw new DockerfileError(line, `unknown instruction ${instruction.keyword}`);
        }
        instructions.push(instruction);
        if (takesHereDocuments(instruction.trigger ?? instruction)) skipHereDocuments(line, text);
    }
    return { escape, instructions };
}

function trimNewline(line: string): string {
    return line.replace(/[\r\n]+$/, "");
}

function isBlankOrComment(line: string): boolean {
    return /^(#|$)/.test(trimSpace(line));
}

/** Parser directives are comments before anything else; the first other comment ends them. */
function escapeOf(lines: readonly string[]): Escape {
    for (const line of lines) {
        const [, name = "", value] = /^\s*#\s*([a-z][a-z\d]*)\s*=\s*(.+?)\s*$/i.exec(line) ?? [];
        if (!["syntax", "check", "escape"].includes(name.toLowerCase())) break;
        if (name.toLowerCase() === "escape") return value === "`" ? "`" : "\\";
    }
    return "\\";
}

const keywords = new Set(
    [
        "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL",
        "MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR",
    ].flatMap((names) => names.split(" ")),
);

function parseInstruction(line: number, text: string, escape: Escape): Instruction {
    const [, written = "", after = ""] = /^([^\t\v\f\r ]*)(.*)/s.exec(trimSpace(text)) ?? [];
    const keyword = written.toUpperCase();
    const { flags, rest } = flagsOf(after, escape);
    return {
        line,
        keyword,
        flags,
        rest,
        ...(keyword === "ONBUILD" && rest !== "" && { trigger: parseInstruction(line, rest, escape) }),
    };
}

function flagsOf(text: string, escape: Escape): { flags: string[]; rest: string } {
    const flags: string[] = [];
    let at = 0;
    for (;;) {
        while (isSpace(text.charAt(at))) at++;
        if (!text.startsWith("--", at)) break;
        let flag = "";
        let quote: string | undefined;
        while (at < text.length && (quote !== undefined || !isSpace(text.charAt(at)))) {
            const char = text.charAt(at++);
            if (char === quote) quote = undefined;
            else if (quote === undefined && (char === "'" || char === '"')) quote = char;
            else flag += char === escape ? text.charAt(at++) : char;
        }
        if (flag === "--") break;
        flags.push(flag);
    }
    return { flags, rest: trimSpace(text.slice(at)) };
}

/** The words of an instruction; they know no quotes. */
export function plainWords(rest: string): string[] {
    return rest === "" ? [] : rest.split(/[\t\v\f\r ]+/);
}

/** The words of ARG: spaces in quotes don't part them, and the quotes stay. */
export function quotedWords(rest: string, escape: Escape): string[] {
    const words: string[] = [];
    let word = "";
    let quote: string | undefined;
    for (let at = 0; at < rest.length; at++) {
        const char = rest.charAt(at);
        if (quote === undefined && isSpace(char)) {
            words.push(word);
            word = "";
        } else if (char === escape && quote !== "'") {
            if (at + 1 < rest.length) word += char + rest.charAt(++at);
        } else {
            word += char;
            if (char === quote) quote = undefined;
            else if (quote === undefined && (char === "'" || char === '"')) quote = char;
        }
    }
    return [...words, word].filter((found) => found !== "");
}

/** An array in JSON has all its words in quotes, so none of them is a here-document. */
function takesHereDocuments({ keyword }: Instruction): boolean {
    return ["ADD", "COPY", "RUN"].includes(keyword);
}

interface HereDocument {
    readonly name: string;
    /** Tabs before the line that ends it don't count. */
    readonly chomp: boolean;
    readonly spaced: boolean;
}

function hereDocuments(text: string): HereDocument[] {
    // Most have none, and the words of a long line take their time.
    if (!text.includes("<<")) return [];
    return (rawWords(text) ?? []).flatMap((word) => {
        const [, dash, space, written] = /^\d*<<(-?)([\t\n\f\r ]*)([^<]*)$/.exec(word) ?? [];
        const [name] = unquotedWords(written ?? "") ?? [];
        return name === undefined ? [] : [{ name, chomp: dash === "-", spaced: space !== "" }];
    });
}

function trimSpace(text: string): string {
    let [start, end] = [0, text.length];
    while (isSpace(text.charAt(start))) start++;
    while (isSpace(text.charAt(end - 1))) end--;
    return text.slice(start, end);
}
