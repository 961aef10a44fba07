import { stripVTControlCharacters, styleText } from "node:util";

/** How a text is shown; `plain` where colours aren't wanted. */
export type Paint = Readonly<
    Record<"good" | "notice" | "bad" | "faint" | "strong", (text: string) => string>
>;

export const plain = paintWith((_, text) => text);

// Without asking a stream, which `paintFor` has done.
const coloured = paintWith((format, text) => styleText(format, text, { validateStream: false }));

function paintWith(
    style: (format: "green" | "yellow" | "red" | "dim" | "bold", text: string) => string,
): Paint {
    return {
        good: (text) => style("green", text),
        notice: (text) => style("yellow", text),
        bad: (text) => style("red", text),
        faint: (text) => style("dim", text),
        strong: (text) => style("bold", text),
    };
}

/** Colours on a terminal only, and not where NO_COLOR asks for none (https://no-color.org). */
export function paintFor(
    stream: { readonly isTTY?: boolean },
    environment: NodeJS.ProcessEnv = process.env,
): Paint {
    const unwanted = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
    return stream.isTTY === true && !unwanted ? coloured : plain;
}

/** Rows with their columns aligned; the last column is as long as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
    const widths = rows.reduce<number[]>(
        (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, width(cell))),
        [],
    );
    return rows.map((row) =>
        row
            .map((cell, column) =>
                column === row.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) + 2 - width(cell)),
            )
            .join("")
            .trimEnd(),
    );
}

/** How many columns a text takes. */
export function width(text: string): number {
    return Array.from(stripVTControlCharacters(text)).length;
}

/** Text of at most so many characters, its middle left out: names that begin alike are told apart by their ends. */
export function shortened(text: string, most: number): string {
    if (text.length <= most) return text;
    const end = Math.min(6, Math.floor(most / 3));
    return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Text in lines of at most `columns`, broken between words. */
export function wrap(text: string, columns: number): string[] {
    const lines: string[] = [];
    for (const word of text.split(" ")) {
        const last = lines.at(-1);
        if (last !== undefined && width(last) + 1 + width(word) <= columns)
            lines[lines.length - 1] = `${last} ${word}`;
        else lines.push(word);
    }
    return lines;
}

/** How many there are, with the noun that goes with it: `1 app`, `2 apps`. */
export function counted(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Lines of a message as one: a line that is deeper than the one before goes on with it. */
export function inOneLine(text: string): string {
    const [first = "", ...rest] = text.split("\n");
    let line = first;
    let depth = 0;
    for (const next of rest) {
        const indent = next.search(/\S|$/);
        line += `${indent > depth ? " " : "; "}${next.trim()}`;
        depth = indent;
    }
    return line;
}
