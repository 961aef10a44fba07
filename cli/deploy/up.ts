import { execa } from "execa";
import { Clone } from "../../components/workspace/clone.ts";
import { run as verify } from "../commands/verify.ts";
import { bareName } from "../pulumi/stackOutputs.ts";
import { publishEmitted } from "./publish.ts";

/** Deploys, proves that what was deployed can be pulled, and only then offers its emitted files to everybody. */
export async function up(clone: Clone, stack: string): Promise<number> {
    // With its preview, which finds what is in the way of the emitted files before the image is published.
    const args = ["up", "--yes", "--non-interactive", "--color", "never", "--stack", stack];
    const { exitCode: deployed = 1 } = await execa("pulumi", args, {
        cwd: clone.project,
        reject: false,
        stdin: "ignore",
        stdout: "inherit",
        stderr: "inherit",
    });
    if (deployed !== 0) return deployed;

    // Read anew, for it was emitted just now.
    const emitted = new Clone(clone.root, clone.project);
    const verified = await verify({ clone: emitted, options: { stack } });
    if (verified !== 0) {
        console.error("deploy: not verified, so no emitted files are published");
        return verified;
    }
    // Files and branches have the stack's name alone.
    console.log(await publishEmitted(emitted, bareName(stack)));
    return 0;
}
