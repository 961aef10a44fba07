import type { Invocation } from "../command.ts";
import { gatherFacts } from "../status/gather.ts";
import { statusOf } from "../status/model.ts";
import { statusText } from "../status/text.ts";
import { paintFor } from "../terminal.ts";

/** `foundation status`: which foundations are here, and which one each service was built on. */
export async function run({ clone, options }: Invocation): Promise<number> {
    const status = statusOf(await gatherFacts(clone));
    if (options["json"] === true) {
        console.log(JSON.stringify({ version: 2, ...status }, undefined, 2));
    } else {
        const columns = Math.max(process.stdout.columns || 80, 60);
        console.log(
            statusText(status, { paint: paintFor(process.stdout), columns, now: new Date() }).join("\n"),
        );
    }
    return options["check"] === true && !status.official ? 1 : 0;
}
