import { daysLeft, expiryText } from "../expiry.ts";
import type { Finding } from "./finding.ts";

/** Warns of a password that is to be renewed by now. */
export function checkExpiry(expiresAt: string, renewDays: number, now: Date): readonly Finding[] {
    const days = daysLeft(expiresAt, now);
    if (days === undefined || days >= renewDays) return [];
    return [
        {
            severity: days < 0 ? "error" : "warning",
            check: "expiry",
            message: `the pull password ${expiryText(expiresAt, now)}`,
            remedy: "`pulumi up` makes a new one; then log in again with `foundation login`",
        },
    ];
}
