import * as fs from "node:fs";
import { Problem } from "../problem.ts";

/**
 * A file's text; undefined where there is none.
 *
 * @throws Problem where it can't be read.
 */
export function readIfThere(file: string): string | undefined {
    try {
        return fs.readFileSync(file, "utf8");
    } catch (error) {
        if (!(error instanceof Error)) throw error;
        if ("code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
        throw new Problem({
            wrong: `${file} can't be read (${error.message})`,
            remedy: "it has to be a file that you may read",
        });
    }
}

/** A file's text, in UTF-8 or UTF-16; undefined where there is no file, or none that can be read. */
export function readText(file: string): string | undefined {
    try {
        return decoded(fs.readFileSync(file));
    } catch {
        // Whoever needs it says that it is missing.
        return undefined;
    }
}

/** YAML, and Compose with it, knows UTF-16 by its byte order mark. */
function decoded(bytes: Buffer): string {
    const mark = bytes.subarray(0, 2).toString("hex");
    if (mark === "feff")
        return Buffer.from(bytes.subarray(0, bytes.length & ~1))
            .swap16()
            .toString("utf16le");
    return bytes.toString(mark === "fffe" ? "utf16le" : "utf8");
}
