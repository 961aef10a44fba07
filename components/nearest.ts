/** The one of several words that another one is most likely a slip of; undefined where none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
    const most = Math.min(2, Math.floor(word.length / 3));
    const [[found, changes] = [undefined, Infinity] as const] = words
        .map((one) => [one, distance(word.toLowerCase(), one.toLowerCase())] as const)
        .sort(([, one], [, other]) => one - other);
    return changes <= most ? found : undefined;
}

/** How many characters are to be put in, taken out or changed to make one word of the other. */
function distance(one: string, other: string): number {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (const [line, letter] of Array.from(one).entries()) {
        const next = [line + 1];
        for (const [column, wanted] of Array.from(other).entries()) {
            const [kept = 0, gone = 0] = row.slice(column, column + 2);
            next.push(Math.min(kept + (letter === wanted ? 0 : 1), gone + 1, (next[column] ?? 0) + 1));
        }
        row = next;
    }
    return row.at(-1) ?? 0;
}
