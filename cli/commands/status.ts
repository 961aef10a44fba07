import type { Invocation } from "../command.ts";
import { gatherFacts } from "../status/gather.ts";
import { statusOf } from "../status/model.ts";
import { statusText } from "../status/text.ts";
import { paintFor } from "../terminal.ts";

/** `foundation status`: which foundation is here, and which one each app was built on. */
export async function run({ root, options }: Invocation): Promise<number> {
    const status = statusOf(await gatherFacts(root));
    if (options["json"] === true) {
        console.log(JSON.stringify({ version: 1, ...status }, undefined, 2));
    } else {
        const columns = Math.max(process.stdout.columns || 80, 60);
        console.log(
            statusText(status, { paint: paintFor(process.stdout), columns, now: new Date() }).join("\n"),
        );
    }
    return options["check"] === true && !status.official ? 1 : 0;
}
