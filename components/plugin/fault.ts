import { Problem } from "../problem.ts";

/**
 * The error as the user shall see it, without secrets. A `Problem` is its message alone; anything else is a bug of
 * ours, and keeps its stack trace for the report.
 */
export function shown(error: unknown, secrets: readonly string[]): Error {
    const text =
        error instanceof Problem
            ? error.message
            : error instanceof Error
              ? (error.stack ?? error.message)
              : String(error);
    const fault = new Error(redacted(text, secrets));
    // The protocol's server prints the stack as well.
    fault.stack = "";
    return fault;
}

/** The text without the secrets, and without any bcrypt hash. */
export function redacted(text: string, secrets: readonly string[]): string {
    // A shorter one would turn up in words.
    const told = secrets.filter((secret) => secret.length >= 8);
    return told
        .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
        .replaceAll(/\$2[abxy]\$\d\d\$[./0-9A-Za-z]{53}/g, "[secret]");
}
