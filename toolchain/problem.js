/** Something the user can put right. The message says what is missing and what to do, and is all that is printed. */
export class Problem extends Error {}

/** Thrown by work that stops because other work failed; that other work has said why. */
export class Stopped extends Error {}

/**
 * @param {() => Promise<number>} work
 * @param {(text: string) => void} [say]
 * @returns {Promise<number>} the exit code
 */
export async function exitCodeOf(
    work,
    say = (text) => {
        console.error(text);
    },
) {
    try {
        return await work();
    } catch (error) {
        for (const problem of error instanceof AggregateError
            ? /** @type {unknown[]} */ (error.errors)
            : [error]) {
            say(`\n${sentenceFor(problem)}`);
        }
        return 1;
    }
}

export const DISK_FULL = "the disk is full: free some space, then run the same command again";

/** @type {[pattern: RegExp, sentence: string][]} */
const KNOWN = [
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

/**
 * @param {unknown} error
 * @returns {string}
 */
function sentenceFor(error) {
    if (error instanceof Problem) return error.message;
    const text = error instanceof Error ? error.message : String(error);
    return remedyFor(text) ? `${text}: ${remedyFor(text) ?? ""}` : text;
}

/**
 * What to do about a failure, judged by what a program said; undefined when that tells nothing.
 *
 * @param {string} output
 * @returns {string | undefined}
 */
export function remedyFor(output) {
    return KNOWN.find(([pattern]) => pattern.test(output))?.[1];
}
