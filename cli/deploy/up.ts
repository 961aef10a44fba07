import { execa } from "execa";
import { Clone } from "../../components/workspace/clone.ts";
import { publishEmitted } from "./publish.ts";

/** Deploys, proves that what was deployed can be pulled, and only then offers its emitted files to everybody. */
export async function up(clone: Clone, stack: string): Promise<number> {
    // With its preview, which finds what is in the way of the emitted files before the image is published.
    const args = ["up", "--yes", "--non-interactive", "--color", "never", "--stack", stack];
    const deployed = await show(clone.project, "pulumi", args);
    if (deployed !== 0) return deployed;

    const verified = await show(clone.project, process.execPath, [
        "cli/foundation.cjs",
        "verify",
        "--stack",
        stack,
    ]);
    if (verified !== 0) {
        console.error("deploy: not verified, so no emitted files are published");
        return verified;
    }

    // Read anew, for it was emitted just now. In an organisation a stack is org/project/name; files and branches have the name alone.
    console.log(await publishEmitted(new Clone(clone.root, clone.project), stack.split("/").at(-1) ?? stack));
    return 0;
}

/** Runs a program that talks to the log itself. */
async function show(root: string, program: string, args: readonly string[]): Promise<number> {
    const { exitCode = 1 } = await execa(program, args, {
        cwd: root,
        reject: false,
        stdin: "ignore",
        stdout: "inherit",
        stderr: "inherit",
    });
    return exitCode;
}
