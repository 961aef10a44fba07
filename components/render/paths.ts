// Paths relative to the repository's root, with `/`; `.` is the root itself.

/** The path of a file, or folder, in a folder. */
export function joinPath(folder: string, name: string): string {
    return partsOf(`${folder}/${name}`).join("/") || ".";
}

/** The absolute path, perhaps with a drive, that another one, relative to a folder, is. */
export function resolvePath(folder: string, path: string): string {
    const whole = /^([a-zA-Z]:)?\//.test(path) ? path : `${folder}/${path}`;
    const drive = /^[a-zA-Z]:/.exec(whole)?.[0] ?? "";
    return drive + cleanPath(`/${whole.slice(drive.length)}`);
}

/** A path in its shortest form, as Go's filepath.Clean has it; nothing is above the root. */
export function cleanPath(path: string): string {
    const parts = partsOf(path);
    return path.startsWith("/")
        ? `/${parts.filter((part) => part !== "..").join("/")}`
        : parts.join("/") || ".";
}

/** Without those that lead nowhere, or back. */
function partsOf(path: string): string[] {
    const parts: string[] = [];
    for (const part of path.split("/")) {
        if (part === "" || part === ".") continue;
        if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
        else parts.push(part);
    }
    return parts;
}

/** A path as a word on a shell's command line. */
export function shellWord(path: string): string {
    return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line that runs this in a folder, a word of the shell, and leaves whoever types it where they are. */
export function within(folder: string, command: string): string {
    return folder === "." ? command : `(cd ${folder} && ${command})`;
}

/** The way from a folder to a file or folder. */
export function relativePath(folder: string, to: string): string {
    const [from, goal] = [partsOf(folder), partsOf(to)];
    let shared = 0;
    while (shared < goal.length && from[shared] === goal[shared]) shared++;
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
