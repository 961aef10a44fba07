// Paths relative to the repository's root, with `/`; `.` is the root itself.

/** The path of a file, or folder, in a folder. */
export function joinPath(folder: string, name: string): string {
    const parts: string[] = [];
    for (const part of `${folder}/${name}`.split("/")) {
        if (part === "" || part === ".") continue;
        if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
        else parts.push(part);
    }
    return parts.join("/") || ".";
}

/** A path as a word on a shell's command line. */
export function shellWord(path: string): string {
    return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** The way from a folder to a file or folder. */
export function relativePath(folder: string, to: string): string {
    const from = joinPath(folder, ".")
        .split("/")
        .filter((part) => part !== ".");
    const goal = joinPath(to, ".")
        .split("/")
        .filter((part) => part !== ".");
    let shared = 0;
    while (shared < from.length && shared < goal.length && from[shared] === goal[shared]) shared++;
    return [...from.slice(shared).map(() => ".."), ...goal.slice(shared)].join("/") || ".";
}

/** A path into a setting's value, as Pulumi takes it. */
export function pathText(path: readonly (string | number)[]): string {
    return path
        .map((part, index) =>
            typeof part === "number"
                ? `[${part}]`
                : /^[\w-]+$/.test(part)
                  ? `${index === 0 ? "" : "."}${part}`
                  : `[${JSON.stringify(part)}]`,
        )
        .join("");
}
