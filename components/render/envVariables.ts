import { interpolate, type Variables } from "./composeInterpolation.ts";

/** A line of a `.env`, or several, that set a variable. */
export interface Assignment {
    readonly name: string;
    /** Without its quotes and escapes, and not expanded. */
    readonly value: string;
    /** Whether it stands in single quotes, in which Compose expands nothing. */
    readonly literal: boolean;
    /** Where it begins, counted from 1. */
    readonly line: number;
}

// A byte order mark is no space to Go.
const statement =
    /(?:export[^\S\uFEFF]+)?([\p{L}\p{N}_.[\]-]+)[^\S\n\uFEFF]*[=:][^\S\n\uFEFF]*(?:"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|((?!["'])[^\n]*))/uy;

/**
 * What a `.env` sets, in its order, as Compose reads it (compose-go, dotenv/parser.go). A line that Compose refuses sets
 * nothing.
 */
export function assignmentsIn(text: string): readonly Assignment[] {
    const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
    const found: Assignment[] = [];
    for (let at = 0; at < source.length;) {
        statement.lastIndex = at += /^[^\S\uFEFF]*/.exec(source.slice(at))?.[0].length ?? 0;
        const [whole, name, double, single, plain = ""] = statement.exec(source) ?? [];
        if (whole === undefined || name === undefined) {
            at = source.indexOf("\n", at) + 1 || source.length;
            continue;
        }
        const value =
            double !== undefined
                ? unescape(double)
                : single !== undefined
                  ? unquote(single)
                  : plain.replace(/ #.*/s, "").replace(/[^\S\uFEFF]+$/, "");
        const line = source.slice(0, at).split("\n").length;
        found.push({ name, value, literal: single !== undefined, line });
        at += whole.length;
    }
    return found;
}

/**
 * The variables that these set, each expanded by those before it. What nothing sets stays in there for `unsetIn`, as a
 * shell may set it.
 *
 * @throws InterpolationError
 */
export function variablesOf(assignments: readonly Assignment[]): Variables {
    const variables: Record<string, string> = {};
    for (const { name, value, literal } of assignments) {
        variables[name] = literal ? value : interpolate(value, variables);
    }
    return variables;
}

/** In single quotes, a backslash escapes the quote alone, and stays before all else. */
function unquote(text: string): string {
    return text.replaceAll(/\\([^])/g, (pair, escaped) => (escaped === "'" ? "'" : pair));
}

const escapes: Readonly<Record<string, string>> = {
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
    // What stands for a dollar that begins no variable.
    $: "$$",
    '"': '"',
    "\\": "\\",
};

function unescape(text: string): string {
    return text.replaceAll(/\\([abfnrtv$"\\])/g, (_, name: string) => escapes[name] ?? "");
}
