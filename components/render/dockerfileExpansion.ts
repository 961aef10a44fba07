/**
 * A word after quotes and variables are gone. `words` is the text split at its spaces, as far as they aren't quoted.
 * `read` has the names of the variables that were looked up, `altered` those whose value was cut, replaced or only tested,
 * `missing` those without a value where none is given in the word itself.
 */
export interface Expansion {
    readonly text: string;
    readonly words: readonly string[];
    readonly read: readonly string[];
    readonly altered: readonly string[];
    readonly missing: readonly string[];
}

/** What escapes in a Dockerfile, and continues a line. */
export type Escape = "\\" | "`";

/** What can't be expanded; the message is BuildKit's reason in our words. */
export class ExpansionError extends Error {}

/**
 * Expands one word of a Dockerfile as BuildKit does: quotes, escapes, `$NAME`, `${NAME}` and with `-`, `+`, `?` (also
 * after a colon), `#`, `##`, `%`, `%%`, `/` and `//`. Source: frontend/dockerfile/shell/lex.go.
 *
 * @throws ExpansionError for what BuildKit refuses.
 */
export function expand(source: string, values: ReadonlyMap<string, string>, escape: Escape): Expansion {
    return new Lexer(source, values, escape, "expand").run();
}

/**
 * The words of a line with quotes, escapes and variables left as they are, for the here-documents among them; undefined
 * when a quote or brace isn't closed. BuildKit takes the backslash for the escape here, whatever the Dockerfile says.
 */
export function rawWords(source: string): readonly string[] | undefined {
    return wordsIn(source, "raw");
}

/** The same with quotes and escapes removed, as in the name of a here-document. */
export function unquotedWords(source: string): readonly string[] | undefined {
    return wordsIn(source, "unquote");
}

function wordsIn(source: string, mode: Mode): readonly string[] | undefined {
    try {
        return new Lexer(source, new Map(), "\\", mode).run().words;
    } catch (error) {
        if (error instanceof ExpansionError) return undefined;
        throw error;
    }
}

/** Only `expand` puts values in. */
type Mode = "expand" | "unquote" | "raw";

/** Patterns read their escapes themselves, so what quotes make literal is escaped again there. */
type Escapes = "removed" | "kept" | "of a pattern";

class Lexer {
    #rest: string;
    #word = "";
    #escapes: Escapes = "removed";
    readonly #values: ReadonlyMap<string, string>;
    readonly #escape: string;
    readonly #mode: Mode;
    readonly #read = new Set<string>();
    readonly #altered = new Set<string>();
    readonly #missing = new Set<string>();

    constructor(source: string, values: ReadonlyMap<string, string>, escape: string, mode: Mode) {
        this.#rest = source;
        this.#values = values;
        this.#escape = escape;
        this.#mode = mode;
    }

    run(): Expansion {
        const { text, words } = this.#until(undefined, this.#mode === "raw" ? "kept" : "removed");
        return {
            text,
            words,
            read: [...this.#read],
            altered: [...this.#altered],
            missing: [...this.#missing],
        };
    }

    #until(end: string | undefined, escapes: Escapes): { text: string; words: string[] } {
        const outer = this.#escapes;
        this.#escapes = escapes;
        let text = "";
        const words: string[] = [];
        // BuildKit's words share one buffer: those of a substitution drop what was before it.
        this.#word = "";
        const finishWord = (): void => {
            if (this.#word !== "") words.push(this.#word);
            this.#word = "";
        };
        while (this.#rest !== "") {
            if (end !== undefined && this.#rest.startsWith(end)) {
                this.#take();
                finishWord();
                this.#escapes = outer;
                return { text, words };
            }
            const start = this.#rest.charAt(0);
            const piece = this.#piece();
            text += piece;
            if (start === "$" || isSpace(start)) {
                for (const char of piece) {
                    if (isSpace(char)) finishWord();
                    else this.#word += char;
                }
            } else {
                this.#word += piece;
            }
        }
        if (end !== undefined) throw new ExpansionError(`a "${end}" is missing`);
        finishWord();
        return { text, words };
    }

    #piece(): string {
        switch (this.#rest.charAt(0)) {
            case "$":
                return this.#variable();
            case "'":
                return this.#singleQuoted();
            case '"':
                return this.#doubleQuoted();
        }
        const hereDocument = /^<<[\t\r ]*/.exec(this.#rest);
        if (hereDocument !== null) return this.#take(hereDocument[0].length);
        const char = this.#take();
        return char === this.#escape ? (this.#escapes === "removed" ? "" : char) + this.#take() : char;
    }

    #singleQuoted(): string {
        const quoted = /^'[^']*'/.exec(this.#rest);
        if (quoted === null) throw new ExpansionError("a single quote is missing");
        const written = this.#take(quoted[0].length);
        const text = this.#escapes === "of a pattern" ? written.replaceAll(this.#escape, "$&$&") : written;
        return this.#mode === "raw" ? text : text.slice(1, -1);
    }

    #doubleQuoted(): string {
        const quote = this.#mode === "raw" ? '"' : "";
        let text = quote;
        this.#take();
        while (!this.#rest.startsWith('"')) {
            if (this.#rest === "") throw new ExpansionError("a double quote is missing");
            if (this.#rest.startsWith("$")) {
                text += this.#variable();
                continue;
            }
            const char = this.#take();
            // BuildKit keeps an escape that escapes nothing, and twice where it keeps them all.
            if (char !== this.#escape || this.#escapes !== "removed") text += char;
            if (char === this.#escape) {
                text += ['"', "$", char].includes(this.#rest.charAt(0)) ? this.#take() : char;
            }
        }
        this.#take();
        return text + quote;
    }

    #variable(): string {
        this.#take();
        if (!this.#rest.startsWith("{")) {
            const name = this.#name();
            return name === "" ? "$" : this.#plain(name, `$${name}`);
        }
        this.#take();
        if (/^[{}:]|^$/.test(this.#rest)) throw new ExpansionError('"${" without a name');
        const name = this.#name();
        const operator = /^(:[^#%]|[-+?#%}]|\/\/?)/s.exec(this.#rest)?.[0];
        if (operator === undefined) throw notSupported(name + this.#rest.slice(0, 2));
        this.#take(operator.length);
        switch (operator) {
            case "}":
                return this.#plain(name, `\${${name}}`);
            case "#":
            case "%":
                return this.#trimmed(name, operator);
            case "/":
            case "//":
                return this.#replaced(name, operator);
            default:
                return this.#conditional(name, operator);
        }
    }

    /** A name, a number, or one of the shell's special parameters. */
    #name(): string {
        const found = /^(\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(this.#rest);
        return found === null ? "" : this.#take(found[0].length);
    }

    #plain(name: string, written: string): string {
        const value = this.#value(name);
        if (value === undefined) this.#missing.add(name);
        return value ?? (this.#mode === "expand" ? "" : written);
    }

    #conditional(name: string, operator: string): string {
        const { text: word } = this.#until("}", "removed");
        const value = this.#value(name);
        if (this.#mode !== "expand") return `\${${name}${operator}${word}}`;
        if (!/[-+?]/.test(operator)) throw notSupported(name + operator);
        const set = value !== undefined && !(operator.startsWith(":") && value === "");
        if (operator.endsWith("+")) {
            this.#altered.add(name);
            return set ? word : "";
        }
        if (set) return value;
        if (operator.endsWith("-")) return word;
        throw new ExpansionError(`${name}: ${word === "" ? "it must have a value" : word}`);
    }

    #trimmed(name: string, operator: string): string {
        const { text: word } = this.#until("}", "of a pattern");
        const value = this.#value(name);
        if (this.#mode !== "expand") return `\${${name}${operator}${word}}`;
        const greedy = word.startsWith(operator);
        const pattern = globSource(greedy ? word.slice(1) : word, greedy);
        return trim(this.#given(name, value), pattern, operator, greedy);
    }

    #replaced(name: string, operator: string): string {
        const { text: word } = this.#until("/", "of a pattern");
        const { text: replacement } = this.#until("}", "kept");
        const value = this.#value(name);
        if (this.#mode !== "expand") return `\${${name}/${word}/${replacement}}`;
        const all = operator === "//";
        const pattern = new RegExp(globSource(word, true), all ? "gu" : "u");
        let end: number | undefined;
        return this.#given(name, value).replace(pattern, (match: string, at: number) => {
            // As in Go, where an empty match right after another is none.
            if (match === "" && at === end) return "";
            end = at + match.length;
            return all ? withMatch(replacement, match) : replacement;
        });
    }

    #given(name: string, value: string | undefined): string {
        this.#altered.add(name);
        if (value === undefined) this.#missing.add(name);
        return value ?? "";
    }

    #value(name: string): string | undefined {
        this.#read.add(name);
        return this.#values.get(name);
    }

    #take(length = 1): string {
        const taken = this.#rest.slice(0, length);
        this.#rest = this.#rest.slice(length);
        return taken;
    }
}

function notSupported(substitution: string): ExpansionError {
    return new ExpansionError(`"\${${substitution}" is no substitution that BuildKit knows`);
}

/** The space characters of Go's `unicode.IsSpace`, which differ from `\s` in two. */
export function isSpace(char: string): boolean {
    return /(?!\uFEFF)[\s\x85]/.test(char);
}

/** A shell pattern as the source of a regular expression. */
function globSource(glob: string, greedy: boolean): string {
    let source = "";
    for (let at = 0; at < glob.length; at++) {
        const char = glob.charAt(at);
        const next = glob.charAt(at + 1);
        if (char === "*") source += greedy ? ".*" : ".*?";
        else if (char === "?") source += ".";
        else if (char !== "\\") source += char.replace(/[\]\\[{}.+()|^$/]/, String.raw`\$&`);
        else if ("*?\\".includes(next) && next !== "") source += `\\${glob.charAt(++at)}`;
        else if (next !== "}" && next !== "/") throw new ExpansionError(`"\\${next}" in a pattern`);
    }
    return source;
}

/** A `$` that is left in a replacement of all matches is Go's: `$0` is the match, and there are no other groups. */
function withMatch(replacement: string, match: string): string {
    return replacement.replace(/\$(\$|[\p{L}\p{Nd}_]+|\{[\p{L}\p{Nd}_]+\})/gu, (_, name: string) =>
        name === "$" ? "$" : ["0", "{0}"].includes(name) ? match : "",
    );
}

function trim(value: string, pattern: string, operator: string, greedy: boolean): string {
    if (operator === "#") return value.replace(new RegExp(`^${pattern}`, "u"), "");
    // The longest end starts first; the shortest one comes after as much as possible.
    if (greedy) return value.replace(new RegExp(`${pattern}$`, "u"), "");
    return value.replace(new RegExp(`^([^]*)${pattern}$`, "u"), "$1");
}
