import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";

/**
 * Compares text with a golden file, given as `new URL("./golden/<name>.txt", import.meta.url)`.
 * UPDATE_GOLDEN=1 writes the file instead; the difference is then for a person to read in `git diff`.
 */
export function expectGolden(file: URL, actual: string): void {
    if (process.env["UPDATE_GOLDEN"] === "1") {
        mkdirSync(new URL(".", file), { recursive: true });
        writeFileSync(file, actual);
        return;
    }
    expect(actual).to.equal(readFileSync(file, "utf8"));
}
