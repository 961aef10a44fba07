import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { basesOf } from "../../components/workspace/bases.ts";
import { graphOf } from "../graph/model.ts";
import type { Invocation } from "../command.ts";
import { age } from "../status/age.ts";
import { gatherFacts } from "../status/gather.ts";
import { statusOf } from "../status/model.ts";

/** `foundation graph`: base → foundation → … → services, as Mermaid text or as a page. */
export async function run({ clone, options: { html: file } }: Invocation): Promise<number> {
    const status = statusOf(await gatherFacts(clone));
    // What a foundation of another repository starts from is known there.
    const images = clone.ownProject === undefined ? [] : clone.config().images;
    const now = new Date();
    const bases = (name: string) => basesOf(clone.root, name, images);
    const graph = graphOf(status, bases, (moment) => age(moment, now));
    if (file === undefined) {
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
