/**
 * JavaScript's form of a regular expression of Go's, for what Docker's rules can come to: literals, escapes, classes,
 * `|`, groups and repetitions, but no flags. The syntax is that of Go's regexp/syntax with its Perl flags.
 *
 * @returns undefined where Go refuses it. `\p` is refused as well: no rule is meant by it.
 */
export function goRegExp(source: string): RegExp | undefined {
    let output = "";
    let repeatable = false;
    let repeated = false;
    for (let at = 0; at < source.length;) {
        const token = readToken(source, at);
        if (token === undefined) return undefined;
        // Go stacks no repetition on another.
        if (token.kind === "repetition" && (!repeatable || repeated)) return undefined;
        output += token.output;
        repeated = token.kind === "repetition";
        if (token.kind === "atom") repeatable = true;
        if (token.kind === "open") repeatable = false;
        at += token.length;
    }
    return new RegExp(output, "v");
}

interface Token {
    /** `open`: begins an alternative, so that nothing is there to repeat. */
    readonly kind: "atom" | "repetition" | "open";
    /** For the flag `v`. */
    readonly output: string;
    /** Of what was read. */
    readonly length: number;
}

const simple: Readonly<Record<string, Pick<Token, "kind" | "output">>> = {
    "(": { kind: "open", output: "(?:" },
    "|": { kind: "open", output: "|" },
    ")": { kind: "atom", output: ")" },
    "*": { kind: "repetition", output: "*" },
    "?": { kind: "repetition", output: "?" },
    ".": { kind: "atom", output: "[^\\n]" },
    // In a group, as JavaScript repeats no bare assertion.
    "^": { kind: "atom", output: "(?:^)" },
    $: { kind: "atom", output: "(?:$)" },
    "\\A": { kind: "atom", output: "(?:^)" },
    "\\z": { kind: "atom", output: "(?:$)" },
    "\\b": { kind: "atom", output: "(?:\\b)" },
    "\\B": { kind: "atom", output: "(?:\\B)" },
};

function readToken(source: string, at: number): Token | undefined {
    const start = source.slice(at, source[at] === "\\" ? at + 2 : at + 1);
    const known = simple[start];
    if (known !== undefined) return { ...known, length: start.length };
    if (start === "[") return readClass(source, at);
    if (start === "\\Q") {
        const [quotation, quoted = ""] = matchAt(/\\Q(.*?)(?:\\E|$)/sy, source, at) ?? [""];
        const output = quoted.replace(/./gsu, (character) => codePoint(character.codePointAt(0) ?? 0));
        return { kind: "atom", output, length: quotation.length };
    }
    const perl = perlClasses[start];
    if (perl !== undefined) return { kind: "atom", output: perl, length: 2 };
    const repetition = start === "{" ? readRepetition(source, at) : undefined;
    if (repetition !== undefined) return repetition === "refused" ? undefined : repetition;
    const character = readCharacter(source, at);
    return character && { kind: "atom", output: codePoint(character.code), length: character.length };
}

/** @returns undefined where the brace is a literal. */
function readRepetition(source: string, at: number): Token | "refused" | undefined {
    const [output, least, comma, most] = matchAt(/\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y, source, at) ?? [];
    if (output === undefined) return undefined;
    const [low, high] = [Number(least), Number(most ?? (comma === undefined ? least : 1000))];
    return high > 1000 || low > high ? "refused" : { kind: "repetition", output, length: output.length };
}

const perlClasses: Readonly<Record<string, string>> = {
    "\\d": "[0-9]",
    "\\D": "[^0-9]",
    "\\s": "[\\t\\n\\f\\r\\x20]",
    "\\S": "[^\\t\\n\\f\\r\\x20]",
    "\\w": "[0-9A-Za-z_]",
    "\\W": "[^0-9A-Za-z_]",
};

const posixClasses: Readonly<Record<string, string>> = {
    alnum: "0-9A-Za-z",
    alpha: "A-Za-z",
    ascii: "\\x00-\\x7f",
    blank: "\\t\\x20",
    cntrl: "\\x00-\\x1f\\x7f",
    digit: "0-9",
    graph: "\\x21-\\x7e",
    lower: "a-z",
    print: "\\x20-\\x7e",
    punct: "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
    space: "\\t-\\r\\x20",
    upper: "A-Z",
    word: "0-9A-Za-z_",
    xdigit: "0-9A-Fa-f",
};

function readClass(source: string, start: number): Token | undefined {
    let output = source[start + 1] === "^" ? "[^" : "[";
    const first = start + output.length;
    let at = first;
    // A bracket that comes first is one of the class.
    while (at === first || source[at] !== "]") {
        const member = readNamedClass(source, at) ?? readRange(source, at);
        if (member?.output === undefined) return undefined;
        output += member.output;
        at += member.length;
    }
    return { kind: "atom", output: `${output}]`, length: at + 1 - start };
}

interface Member {
    /** Undefined where Go knows no such class. */
    readonly output: string | undefined;
    readonly length: number;
}

function readNamedClass(source: string, at: number): Member | undefined {
    const perl = perlClasses[source.slice(at, at + 2)];
    if (perl !== undefined) return { output: perl, length: 2 };
    const [named, not = "", name = ""] = matchAt(/\[:(\^?)(.*?):\]/sy, source, at) ?? [];
    if (named === undefined) return undefined;
    const members = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
    return { output: members && `[${not}${members}]`, length: named.length };
}

function readRange(source: string, at: number): Member | undefined {
    const low = readCharacter(source, at);
    if (low === undefined) return undefined;
    if (matchAt(/-[^\]]/sy, source, at + low.length) === undefined) {
        return { output: codePoint(low.code), length: low.length };
    }
    const high = readCharacter(source, at + low.length + 1);
    if (high === undefined || high.code < low.code) return undefined;
    return {
        output: `${codePoint(low.code)}-${codePoint(high.code)}`,
        length: low.length + 1 + high.length,
    };
}

const controls: Readonly<Record<string, string>> = {
    a: "\x07",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
};

/** One character, which may be escaped. */
function readCharacter(source: string, at: number): { code: number; length: number } | undefined {
    const found = matchAt(
        /[^\\]|\\(?:(?<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|x\{(?<long>[\dA-Fa-f]+)\}|x(?<short>[\dA-Fa-f]{2})|(?<control>[afnrtv])|(?<itself>[^\dA-Za-z\u0080-\u{10ffff}]))/uy,
        source,
        at,
    );
    if (found === undefined) return undefined;
    const { octal, long, short, control, itself } = found.groups ?? {};
    const hexadecimal = long ?? short;
    const code =
        octal !== undefined
            ? parseInt(octal, 8)
            : hexadecimal !== undefined
              ? parseInt(hexadecimal, 16)
              : ((controls[control ?? ""] ?? itself ?? found[0]).codePointAt(0) ?? 0);
    return code > 0x10ffff ? undefined : { code, length: found[0].length };
}

function codePoint(code: number): string {
    return `\\u{${code.toString(16)}}`;
}

/** `pattern` is sticky. */
function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    return pattern.exec(source) ?? undefined;
}
