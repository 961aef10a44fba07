import { getSystemErrorMessage } from "node:util";

/**
 * A foreseeable fault, told to the person who can mend it: what was wrong, what was found, what is allowed, what
 * to do. It is shown without a stack trace.
 */
export class Problem extends Error {
    override readonly name = "Problem";

    /** How the Pulumi SDK knows an error that it should print as it is, without this file having to load the SDK. */
    readonly __pulumiRunError = true;

    /** Joins all that was found wrong into one problem, so that nobody has to mend one fault to see the next. */
    static of(summary: string, findings: readonly string[]): Problem {
        return new Problem(
            [summary, ...findings.map((finding) => `  - ${finding.replaceAll("\n", "\n    ")}`)].join("\n"),
        );
    }
}

/** What a problem says is wrong, and what to do: they follow each other with a semicolon. */
export function partsOf({ message }: Problem): {
    readonly wrong: string;
    readonly remedy: string | undefined;
} {
    const [, wrong = message, remedy] = /^(.*?); (.*)$/s.exec(message) ?? [];
    return { wrong, remedy };
}

/** What the work gives, or the problem that it ends with; any other error is thrown on. */
export function attempt<T>(work: () => T): T | Problem {
    try {
        return work();
    } catch (error) {
        if (error instanceof Problem) return error;
        throw error;
    }
}

/** What a failed system call says, without its own words for the path. Other errors are thrown on. */
export function systemReason(error: unknown): string {
    if (!(error instanceof Error) || !("errno" in error) || typeof error.errno !== "number") throw error;
    return getSystemErrorMessage(error.errno);
}
