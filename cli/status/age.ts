import { counted } from "../terminal.ts";

const units: readonly (readonly [name: string, seconds: number])[] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
];

/** How long ago something was, in the largest unit that fits: `2 hours ago`. */
export function age(moment: string, now: Date): string {
    const seconds = (now.getTime() - new Date(moment).getTime()) / 1000;
    const unit = units.find(([, length]) => seconds >= length);
    return unit === undefined ? "just now" : `${counted(Math.floor(seconds / unit[1]), unit[0])} ago`;
}
