import { RE2JS, RE2JSSyntaxException } from "re2js";
import { cleanPath } from "./paths.ts";

/** One rule of an ignore file. */
export interface IgnoreRule {
    /** Counted from 1. */
    readonly line: number;
    /** As it is written. */
    readonly text: string;
    /** Whether it brings back what an earlier rule left out. */
    readonly exception: boolean;
    /** As Docker sees it: relative to the context, in its shortest form. */
    readonly pattern: string;
    /** @throws RefusedRule. Docker, too, finds out about some faults only when it first needs the rule. */
    readonly matches: (path: string) => boolean;
}

/** A rule that Docker refuses. */
export class RefusedRule extends Error {
    readonly rules: readonly Pick<IgnoreRule, "line" | "text">[];

    constructor(rules: readonly Pick<IgnoreRule, "line" | "text">[]) {
        super("Docker refuses the rule");
        this.rules = rules;
    }
}

/** What the rules say of a path, and what has to be known of a folder to judge what it holds. */
export interface Verdict {
    readonly ignored: boolean;
    /** For each rule, whether it is met by the path, or by a folder that it lies in. */
    readonly met: readonly boolean[];
}

/**
 * Reads a `.dockerignore` as BuildKit does: github.com/moby/patternmatcher, ignorefile/ignorefile.go for the file and
 * `New` in patternmatcher.go for each rule. The separator is `/` on Windows as well, for the same commit to give the
 * same tag.
 *
 * @throws RefusedRule with every rule that Docker refuses at once.
 */
export function readIgnoreRules(text: string): IgnoreRule[] {
    const rules = text
        .replace(/^\uFEFF/, "")
        .split("\n")
        .flatMap((written, index) => readRule(written, index + 1) ?? []);
    // BuildKit sends rules in a header, which takes no tab, and no other control character.
    const refused = rules.filter(({ pattern }) => !isWellFormed(pattern) || /[\0-\x1f\x7f]/.test(pattern));
    if (refused.length > 0) throw new RefusedRule(refused);
    return rules;
}

/**
 * Judges a path by all rules, the last one that is met deciding: `MatchesUsingParentResults` in patternmatcher.go,
 * by which the client walks a context. It isn't the same as to judge each path alone: in `a/b`, `!a`, the exception
 * is not met by the folder `a`, which isn't ignored, and so not by `a/b` either.
 *
 * @param parent the verdict on the folder that the path lies in; none at the root.
 * @throws RefusedRule
 */
export function judge(rules: readonly IgnoreRule[], path: string, parent?: Verdict): Verdict {
    let ignored = false;
    const met = rules.map((rule, index) => {
        const inherited = parent?.met[index] ?? false;
        if (!inherited && (rule.exception !== ignored || !rule.matches(path))) return false;
        ignored = !rule.exception;
        return true;
    });
    return { ignored, met };
}

/**
 * Whether an ignored folder is looked into for exceptions: filter.go in github.com/tonistiigi/fsutil. Where each
 * exception is a plain path, only folders on the way to one are, whatever its trailing `*` would match.
 */
export function mayHoldExceptions(rules: readonly IgnoreRule[], folder: string): boolean {
    const stems = rules
        .filter((rule) => rule.exception)
        .map(({ pattern }) => pattern.replace(/\/\*\*$/, "").replace(/\/\*$/, ""));
    return (
        stems.some((stem) => /[*[\]?^\\]/.test(stem)) ||
        stems.some((stem) => `${stem}/`.startsWith(`${folder}/`))
    );
}

/**
 * Whether `New` takes a pattern: an exception of something, which filepath.Match finds no fault with when it compares
 * it with `.`. That reads from one `*` to the next, and no further than it has to.
 */
function isWellFormed(pattern: string): boolean {
    const [first = "", second = ""] = pattern.match(/(?:\\.?|\[(?:\\.?|[^\]\\])*\]?|[^*\\[])+/gsu) ?? [];
    const isRead =
        /^(?:\\?\.|\?)$/.test(first) || (oneClass.test(first) && goRegExp(`^${first}$`)?.test("."));
    return pattern !== "" && wellFormed.test(first) && (!isRead || wellFormed.test(second));
}

const matchClass = String.raw`\[(?:\^|(?!\^))(?:(?:[^\\\]-]|\\.)(?:-(?:[^\\\]-]|\\.))?)+\]`;
const oneClass = new RegExp(`^${matchClass}$`, "su");
const wellFormed = new RegExp(String.raw`^(?:[^\\[]|\\.|${matchClass})*$`, "su");

function readRule(written: string, line: number): IgnoreRule | undefined {
    if (written.startsWith("#")) return undefined;
    const text = trim(written);
    const inverted = text.startsWith("!");
    const path = clean(trim(inverted ? text.slice(1) : text)).replace(/^\/(?=.)/s, "");
    const cleaned = trim(inverted ? `!${path}` : path);
    if (cleaned === "") return undefined;
    const whole = clean(cleaned);
    const exception = whole.startsWith("!");
    const pattern = exception ? whole.slice(1) : whole;
    let compiled: IgnoreRule["matches"] | undefined;
    return {
        line,
        text,
        exception,
        pattern,
        matches: (candidate) => {
            compiled ??= compile(pattern);
            if (compiled === undefined) throw new RefusedRule([{ line, text }]);
            return compiled(candidate);
        },
    };
}

/**
 * `compile` in patternmatcher.go, in which the plain forms are compared as text, and any other becomes a regular
 * expression of Go's. Of the characters that are special there, `|`, `{` and `}` stay so, which was hardly meant.
 */
function compile(pattern: string): IgnoreRule["matches"] | undefined {
    let form: "exact" | "prefix" | "suffix" | "expression" = "exact";
    let expression = "^";
    const tokens = pattern.replace(/^\uFEFF/, "").match(/\*\*\/?|\\.|./gsu) ?? [];
    for (const [index, token] of tokens.entries()) {
        if (token.startsWith("**")) {
            const last = index === tokens.length - 1;
            expression += last ? ".*" : "(.*/)?";
            form = index === 0 ? "suffix" : last && form === "exact" ? "prefix" : "expression";
        } else if (token === "*" || token === "?") {
            expression += token === "*" ? "[^/]*" : "[^/]";
            form = "expression";
        } else {
            if (/^(?:\\.|[[\]])/s.test(token)) form = "expression";
            expression += /^[.+()$]/.test(token) ? `\\${token}` : token;
        }
    }
    switch (form) {
        case "exact":
            return (path) => path === pattern;
        case "prefix":
            return (path) => path.startsWith(pattern.slice(0, -2));
        case "suffix":
            // With a byte order mark before it, Go cuts that in two, and nothing matches.
            return (path) =>
                pattern.startsWith("**") &&
                (path.endsWith(pattern.slice(2)) || `/${path}` === pattern.slice(2));
        case "expression": {
            const compiled = goRegExp(`${expression}$`);
            return compiled && ((path) => compiled.test(path));
        }
    }
}

/** @returns undefined where Go refuses it. */
function goRegExp(source: string): RE2JS | undefined {
    try {
        return RE2JS.compile(source);
    } catch (error) {
        if (error instanceof RE2JSSyntaxException) return undefined;
        throw error;
    }
}

/** Go's strings.TrimSpace; JavaScript's takes a byte order mark for a space, and U+0085 for none. */
function trim(text: string): string {
    const space = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
    return text.replace(new RegExp(`^${space}+|${space}+$`, "g"), "");
}

/** An empty path stays one. */
function clean(path: string): string {
    return path === "" ? path : cleanPath(path);
}
