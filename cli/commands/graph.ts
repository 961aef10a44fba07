import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { mainImage } from "../../components/config.ts";
import { basesOf } from "../../components/workspace/bases.ts";
import { readStackConfig } from "../../components/workspace/stackConfig.ts";
import { graphOf } from "../graph/model.ts";
import type { Invocation } from "../command.ts";
import { age } from "../status/age.ts";
import { gatherFacts } from "../status/gather.ts";
import { statusOf } from "../status/model.ts";

/** `foundation graph`: base → foundation → apps, as Mermaid text or as a page. */
export async function run({ root, options }: Invocation): Promise<number> {
    const status = statusOf(await gatherFacts(root));
    const config = readStackConfig(root, status.foundation.stack);
    const now = new Date();
    const graph = graphOf(status, basesOf(root, mainImage(config)), (moment) => age(moment, now));
    const file = options["html"];
    if (typeof file !== "string") {
        const { mermaid } = await import("../graph/mermaid.ts");
        console.log(mermaid(graph));
        return 0;
    }
    const { page } = await import("../graph/page.ts");
    try {
        fs.writeFileSync(file, page(graph));
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Problem({
            wrong: `${file} can't be written (${reason})`,
            remedy: "name a file in a folder that exists and is yours",
        });
    }
    console.log(`Written to ${path.resolve(file)}`);
    return 0;
}
