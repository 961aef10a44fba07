/** The first line of every compose.yaml of ours; a file without it is somebody else's. */
export const composeMark =
    "# Written by `pulumi up` of the foundation project. Do not edit: put changes in compose.override.yaml.";

/** Whether a compose.yaml is ours. */
export function isMarked(text: string): boolean {
    // Git may have given the file CRLF.
    return text.startsWith(`${composeMark}\n`) || text.startsWith(`${composeMark}\r\n`);
}
