/** GitHub takes 65,536 characters; what surrounds the output needs some of them. */
const longest = 60_000;

/**
 * A preview as a comment on a pull request. It begins with a mark, by which the next preview replaces this one's comment.
 */
export function previewComment(stack: string, output: string, succeeded: boolean): string {
    const text = shortened(output.trim());
    // No run of backticks in the output may end the block.
    const longestRun = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
    const fence = "`".repeat(longestRun + 1);
    return [
        `<!-- foundation preview of ${stack} -->`,
        `### ${succeeded ? "What a deployment would change" : "The preview failed"} in \`${stack}\``,
        "",
        `${fence}text`,
        text,
        fence,
        "",
    ].join("\n");
}

/** The end says how many changes there are, or what went wrong. */
function shortened(text: string): string {
    return text.length <= longest ? text : `… (all of it is in the log)\n${text.slice(-longest)}`;
}
