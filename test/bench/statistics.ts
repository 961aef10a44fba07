/** The middle value, which a machine that was busy for a moment does not move. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
    const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
    return (lower + upper) / 2;
}

/** The median and, in brackets, the extremes. */
export function summary(values: readonly number[]): string {
    const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)];
    return `${middle.toFixed(2)} (${least.toFixed(2)} … ${most.toFixed(2)})`;
}

/** Lines with their columns one below the other; all but the first column to the right. */
export function table(rows: readonly (readonly string[])[]): string {
    const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    );
    return rows
        .map((row) =>
            row
                .map((cell, column) =>
                    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
                )
                .join("   ")
                .trimEnd(),
        )
        .join("\n");
}
