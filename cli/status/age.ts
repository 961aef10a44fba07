const units: readonly (readonly [name: string, seconds: number])[] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
];

/** How long ago something was, in the largest unit that fits: `2 hours ago`. */
export function age(moment: string, now: Date): string {
    const seconds = (now.getTime() - new Date(moment).getTime()) / 1000;
    const [name, size] = units.find(([, length]) => seconds >= length) ?? ["second", 1];
    const count = Math.floor(seconds / size);
    if (name === "second") return "just now";
    return `${count} ${name}${count === 1 ? "" : "s"} ago`;
}
