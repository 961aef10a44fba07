import { Problem } from "../../components/problem.ts";
import type { Invocation } from "../command.ts";
import { preview } from "../deploy/preview.ts";
import { up } from "../deploy/up.ts";
import { requirePulumi } from "../pulumi/run.ts";

/** `foundation deploy`: one step of the deploy stage. Gives 1 when the step failed. */
export async function run({ clone, action, options: { stack, comment } }: Invocation): Promise<number> {
    if (action === "up" && comment !== undefined) {
        throw new Problem({ wrong: "deploy up: --comment is for preview alone", remedy: "leave it out" });
    }
    if (stack === undefined) {
        throw new Problem({ wrong: "deploy: --stack is missing", remedy: "name the stack" });
    }
    // Without it, state would be looked for where this one machine keeps its own.
    if ((process.env["PULUMI_BACKEND_URL"] ?? "") === "") {
        throw new Problem({
            wrong: "PULUMI_BACKEND_URL is not set",
            remedy: "set it to the state that all deployments share, such as https://api.pulumi.com or azblob://<container>",
        });
    }
    requirePulumi();
    if (action === "up") return up(clone, stack);
    return preview(clone.project, stack, comment);
}
