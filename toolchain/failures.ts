import { Problem } from "../components/problem.ts";

/** Thrown by work that stops because other work failed; that other work has said why. */
export class Stopped extends Error {}

/** Does the work and prints what it fails with. */
export async function exitCodeOf(work: () => Promise<number>, say = console.error): Promise<number> {
    try {
        return await work();
    } catch (error) {
        const problems: unknown[] = error instanceof AggregateError ? error.errors : [error];
        for (const problem of problems) say(`\n${sentenceFor(problem)}`);
        return 1;
    }
}

export const DISK_FULL = "the disk is full: free some space, then run the same command again";

const KNOWN: readonly [pattern: RegExp, sentence: string][] = [
    [/ENOSPC|no space left on device/i, DISK_FULL],
    [
        /EACCES|EPERM|EROFS|permission denied|read-only file system/i,
        "a file or folder cannot be written: check who owns it, then run the same command again",
    ],
    [
        /ENOTFOUND|EAI_AGAIN|ENETUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT|no such host|dial tcp|network is unreachable|i\/o timeout|Could not resolve|Temporary failure resolving/i,
        "the network does not answer: check the connection or the proxy settings, then run the same command again",
    ],
];

/** What to do about a failure, judged by what a program said; undefined when that tells nothing. */
export function remedyFor(output: string): string | undefined {
    return KNOWN.find(([pattern]) => pattern.test(output))?.[1];
}

function sentenceFor(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    const remedy = error instanceof Problem ? undefined : remedyFor(text);
    return remedy ? `${text}: ${remedy}` : text;
}

/**
 * What is printed of a program that failed.
 *
 * @param log the file with all of what it said, if there is one
 */
export function describeFailure(what: string, output: string, log?: string): string {
    const remedy = remedyFor(output);
    if (remedy) return `${what} failed: ${remedy}${log ? ` (${log})` : ""}`;
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    return [`${what} failed${log ? `; all of it is in ${log}` : ""}`, ...lines.slice(-6)].join("\n    ");
}
