/** The first line of every compose.yaml of ours; a file without it is somebody else's. */
export const composeMark =
    "# Written by `pulumi up` of the foundation project. Do not edit: put changes in compose.override.yaml.";

/** The first line of what is merged into a Compose file of the user's. */
export const overrideMark =
    "# Written by `pulumi up` of the foundation project. Do not edit: it is merged into the Compose file beside it.";

/** What the manifest says of itself, where JSON has no comments. */
export const manifestMark = "Written by `pulumi up` of the foundation project. Do not edit.";

const manifestStart = `{\n  "//": ${JSON.stringify(manifestMark)}`;

/** Whether a file is ours from the first to the last line. */
export function isMarked(text: string): boolean {
    // Git may have given the file CRLF.
    const [first, second] = text.split(/\r?\n/, 2);
    if (second === undefined) return false;
    return (
        first === composeMark ||
        first === overrideMark ||
        `${first ?? ""}\n${second}`.startsWith(manifestStart)
    );
}
