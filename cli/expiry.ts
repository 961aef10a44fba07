import { counted } from "./terminal.ts";

const day = 24 * 60 * 60 * 1000;

/** In how many days a password ends, rounded down; undefined when it never does, or nobody says. */
export function daysLeft(expiresAt: string | undefined, now: Date): number | undefined {
    if (expiresAt === undefined || expiresAt === "never") return undefined;
    return Math.floor((new Date(expiresAt).getTime() - now.getTime()) / day);
}

/** When a password ends, for people: `expires in 62 days (2026-01-31)`. */
export function expiryText(expiresAt: string | undefined, now: Date): string {
    if (expiresAt === undefined) return "may have expired";
    const days = daysLeft(expiresAt, now);
    if (days === undefined) return "never expires";
    const date = expiresAt.slice(0, 10);
    if (days < 0) return `expired on ${date}`;
    return `expires ${days === 0 ? "within a day" : `in ${counted(days, "day")}`} (${date})`;
}
