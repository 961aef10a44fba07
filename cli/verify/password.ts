import { daysLeft, expiryText } from "../expiry.ts";
import type { Finding } from "./finding.ts";

/**
 * Finds a password that the registry refuses, or that is to be renewed by now.
 *
 * @param expiresAt undefined where nobody says, as of a password that CI was given.
 * @param refusal what the registry said to the password, if it didn't take it.
 */
export function checkPassword(
    expiresAt: string | undefined,
    renewDays: number,
    refusal: string | undefined,
    now: Date,
): readonly Finding[] {
    const days = daysLeft(expiresAt, now) ?? Infinity;
    const refused = refusal !== undefined;
    if (!refused && days >= renewDays) return [];
    const expiry = expiryText(expiresAt, now);
    return [
        {
            severity: refused || days < 0 ? "error" : "warning",
            check: refused && days >= 0 ? "credential" : "expiry",
            message: refused ? `${refusal}, whose password ${expiry}` : `the pull password ${expiry}`,
            remedy:
                expiresAt === undefined
                    ? "`pulumi up` makes a new one, to be put in FOUNDATION_PULL_PASSWORD"
                    : "`pulumi up` makes a new one; then log in again with `foundation login`",
        },
    ];
}
