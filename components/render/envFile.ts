import { digestVariable, imageVariable } from "./foundation.ts";

// In a .env only the lines between the two markers are ours. Text from files is one character per byte (latin1), so
// that whatever encoding the user's lines have survives; nothing here looks beyond ASCII.

const begin = "# >>> foundation: written by `pulumi up`, do not edit between the markers >>>";
const end = "# <<< foundation <<<";

/**
 * A buildx without builders of its own uses the engine's, whatever the user's current one is. Not BUILDX_BUILDER=default:
 * that fails in every Docker context but `default`, and so with Docker Desktop. Compose 2.39.3 and later take only their
 * own variables from `.env`; `foundation status` tells who has to act there. One default within another, with nothing
 * after the inner one, is as much as Compose 2.17 can expand.
 */
const engineBuilder =
    'BUILDX_CONFIG="${DOCKER_CONFIG:-${HOME:-${USERPROFILE:-/tmp}}}/.docker/foundation-buildx"';

/** A foundation by its name, with what it was published as. */
export interface EnvImage {
    readonly name: string;
    readonly image: string;
    readonly digest: string;
}

/** What the block tells Compose. */
export interface EnvValues {
    readonly images: readonly EnvImage[];
    /** The Pulumi stack that wrote it. */
    readonly stack: string;
    /** The Compose files of the folder, where Compose would not find one of ours by itself; in the order they are merged. */
    readonly composeFiles?: readonly string[] | undefined;
}

/** The block, markers included; every line ends in `\n`. Throws on a value that `.env` cannot hold. */
export function envBlock({ images, stack, composeFiles = [] }: EnvValues): string {
    const set = (variable: string, value: string): string => `${variable}=${quoted(variable, value)}`;
    return [
        begin,
        images.length === 1
            ? "# The base image everyone uses, and the stack it comes from."
            : "# The base images everyone uses, and the stack they come from.",
        ...images.flatMap(({ name, image, digest }) => [
            set(imageVariable(name), image),
            set(digestVariable(name), digest),
        ]),
        set("FOUNDATION_STACK", stack),
        "# Build with the Docker engine itself, the only builder that sees a foundation of your own.",
        engineBuilder,
        ...(composeFiles.length === 0
            ? []
            : [
                  "# Your own Compose files, and ours after them.",
                  set("COMPOSE_FILE", composeFiles.join(":")),
                  // Windows would expect semicolons.
                  set("COMPOSE_PATH_SEPARATOR", ":"),
              ]),
        end,
        "",
    ].join("\n");
}

/**
 * The text with the block in it: in the place of the one it has, else first, after a byte order mark. First, because
 * then taking it out gives back the user's bytes even where the last line has no end.
 * A block that differs only in its line ends is left alone. Throws on {@link blockProblem}.
 */
export function withBlock(existing: string, block: string): string {
    const { before, own, after } = split(existing);
    return own !== undefined && lf(own) === block ? existing : before + block + after;
}

/** The user's own bytes: the text without the block. Throws on {@link blockProblem}. */
export function withoutBlock(existing: string): string {
    const { before, after } = split(existing);
    return before + after;
}

/** The block in the text, with `\n` line ends as {@link envBlock} has them. Throws on {@link blockProblem}. */
export function blockOf(existing: string): string | undefined {
    const { own } = split(existing);
    return own === undefined ? undefined : lf(own);
}

/** What is wrong with the markers in the text, and what to do about it; undefined when nothing is. */
export function blockProblem(existing: string): string | undefined {
    const begins = markers(existing, begin);
    const ends = markers(existing, end);
    const [first, last] = [begins[0], ends[0]];
    const sound = first === undefined ? last === undefined : last !== undefined && first.start < last.start;
    if (sound && begins.length < 2 && ends.length < 2) return undefined;

    const lines = [...begins, ...ends].map((marker) => marker.line).sort((one, other) => one - other);
    return (
        `expected one line "${begin}" and one "${end}" after it, or neither, ` +
        `found markers on line ${lines.join(", ")}: delete the marker lines and what was written between them`
    );
}

function quoted(name: string, value: string): string {
    if (/[\r\n\0]/.test(value)) {
        throw new Error(`${name} must be a single line, found ${JSON.stringify(value)}`);
    }
    // Compose reads `\'` as a quote, and has no way to write the backslash itself in that place.
    if (/\\(?='|$)/.test(value)) {
        throw new Error(
            `${name} must not have a backslash before a quote or at its end, found ${JSON.stringify(value)}`,
        );
    }
    return `'${value.replaceAll("'", "\\'")}'`;
}

interface Marker {
    readonly line: number;
    readonly start: number;
    readonly end: number;
}

/** The lines that are exactly this marker; `end` is after the line's end. */
function markers(text: string, marker: string): Marker[] {
    const found: Marker[] = [];
    let start = byteOrderMark(text).length;
    for (let line = 1; start < text.length; line++) {
        const newline = text.indexOf("\n", start);
        const next = newline === -1 ? text.length : newline + 1;
        if (text.slice(start, next).replace(/\r?\n$/, "") === marker) found.push({ line, start, end: next });
        start = next;
    }
    return found;
}

function split(text: string): { before: string; own?: string; after: string } {
    const problem = blockProblem(text);
    if (problem !== undefined) throw new Error(problem);
    const [first] = markers(text, begin);
    const [last] = markers(text, end);
    if (first === undefined || last === undefined) {
        const before = byteOrderMark(text);
        return { before, after: text.slice(before.length) };
    }
    return {
        before: text.slice(0, first.start),
        own: text.slice(first.start, last.end),
        after: text.slice(last.end),
    };
}

// As bytes, and as the one character it is in decoded text.
function byteOrderMark(text: string): string {
    return /^(?:\u00EF\u00BB\u00BF|\uFEFF)/.exec(text)?.[0] ?? "";
}

function lf(block: string): string {
    return block.replaceAll("\r\n", "\n").replace(/(?<!\n)$/, "\n");
}
