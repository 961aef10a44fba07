import { Problem } from "../../components/problem.ts";
import { planFiles } from "../../components/workspace/planFiles.ts";
import { writeFiles } from "../../components/workspace/writeFiles.ts";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import type { Invocation } from "../command.ts";
import { readStackOutputs } from "../pulumi/stackOutputs.ts";
import { paintFor } from "../terminal.ts";

/** `foundation sync`: writes what `pulumi up` has emitted, for a clone that doesn't have it. */
export async function run({ clone, options }: Invocation): Promise<number> {
    const stack = options["stack"];
    const outputs = await readStackOutputs(clone.project, typeof stack === "string" ? stack : undefined);
    const files = expectedFiles(clone, outputs);
    const { changes, problems } = planFiles(clone.root, files, {});
    if (problems.length > 0) {
        throw Problem.of(
            "nothing was written:",
            problems.map(({ path, reason }) => `${path}: ${reason}`),
        );
    }
    await writeFiles(clone.root, changes);
    const paint = paintFor(process.stdout);
    for (const { path, action } of changes)
        console.log(`${paint.good(action === "create" ? "+" : "~")} ${path}`);
    const same = Object.keys(files).length - changes.length;
    console.log(`${changes.length} written, ${same} already as stack ${outputs.stack} has them`);
    return 0;
}
