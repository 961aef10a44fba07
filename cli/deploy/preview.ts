import * as fs from "node:fs";
import { execa } from "execa";
import { previewComment } from "./comment.ts";

/**
 * Shows what a deployment would change.
 *
 * @param comment file for the same as a comment on a pull request, written even where the preview fails.
 * @returns Pulumi's exit code.
 */
export async function preview(root: string, stack: string, comment: string | undefined): Promise<number> {
    const args = ["preview", "--stack", stack, "--non-interactive", "--color", "never"];
    const { all, exitCode = 1 } = await execa("pulumi", args, {
        cwd: root,
        all: true,
        reject: false,
        stdin: "ignore",
        stdout: ["pipe", "inherit"],
        stderr: ["pipe", "inherit"],
    });
    if (comment !== undefined) fs.writeFileSync(comment, previewComment(stack, all, exitCode === 0));
    return exitCode;
}
