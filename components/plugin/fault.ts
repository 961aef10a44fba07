import { asTyped } from "../asTyped.ts";
import { Problem } from "../problem.ts";
import { redacted } from "../redacted.ts";

/**
 * The error as the user will see it, without secrets. A `Problem` is its message alone; anything else is a bug of
 * ours, and keeps its stack trace for the report.
 */
export function shown(error: unknown, secrets: readonly string[]): Error {
    const text =
        error instanceof Problem
            ? asTyped(error.message)
            : error instanceof Error
              ? (error.stack ?? error.message)
              : String(error);
    const fault = new Error(redacted(text, secrets));
    // The protocol's server prints the stack as well.
    fault.stack = "";
    return fault;
}
