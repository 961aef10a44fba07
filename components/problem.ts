import { getSystemErrorMessage } from "node:util";

/** What a {@link Problem} says, piece by piece. Each piece is a phrase without a final period. */
export interface ProblemParts {
    /** What is wrong, with its subject, such as `tag: must be a single word`. */
    readonly wrong: string;
    /** What was found, as it is written, such as `"v 1"`. */
    readonly found?: string | undefined;
    /** What to do, in the imperative; several sentences where they are needed. */
    readonly remedy?: string | undefined;
    /** All that was found wrong, one by one. */
    readonly findings?: readonly ProblemParts[];
    /** What another program said about it, line by line. */
    readonly said?: string | undefined;
}

/** A foreseeable fault, told to the person who can fix it. It is shown without a stack trace. */
export class Problem extends Error {
    /** How it is told from other errors. */
    override readonly name = "Problem";

    /** How the Pulumi SDK knows an error that it should print as it is, without this file having to load the SDK. */
    readonly __pulumiRunError = true;

    /** What it says, piece by piece. */
    readonly parts: ProblemParts;

    /**
     * @param parts a phrase alone where there is nothing but what is wrong.
     * @param options `cause` is the error behind it, for those who want to know more.
     */
    constructor(parts: ProblemParts | string, options?: ErrorOptions) {
        const told = typeof parts === "string" ? { wrong: parts } : parts;
        super(problemText(told), options);
        this.parts = told;
    }

    /** Joins all that was found wrong into one problem, so that nobody has to fix one fault to see the next. */
    static of(wrong: string, findings: readonly (ProblemParts | string)[]): Problem {
        return new Problem({
            wrong,
            findings: findings.map((finding) => (typeof finding === "string" ? { wrong: finding } : finding)),
        });
    }
}

/** The one way in which a problem becomes text. */
export function problemText({ wrong, found, remedy, findings = [], said }: ProblemParts): string {
    const sentence = [
        wrong,
        found === undefined ? "" : `, found ${found}`,
        remedy === undefined ? "" : `; ${remedy}`,
    ].join("");
    const listed = findings.map((finding) => `  - ${problemText(finding).replaceAll("\n", "\n    ")}`);
    return [sentence, ...listed, ...(said === undefined ? [] : [said])].join("\n");
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
    // Negative, but for what Node's own C++ throws, as `rmSync` does in Node 24.
    return getSystemErrorMessage(-Math.abs(error.errno));
}
