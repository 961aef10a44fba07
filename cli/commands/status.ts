import type { Invocation } from "../command.ts";
import { gatherFacts } from "../status/gather.ts";
import { statusOf, type Status } from "../status/model.ts";
import { statusText } from "../status/text.ts";
import { commandsHere } from "../pulumi/commandsHere.ts";
import { paintFor } from "../terminal.ts";

/** `foundation status`: which foundations are here, and which one each service was built on. */
export async function run({ clone, flags = [] }: Invocation): Promise<number> {
    const here = commandsHere(clone.ownProject);
    const status = withCommands(statusOf(await gatherFacts(clone)), here);
    if (flags.includes("json")) {
        console.log(JSON.stringify({ version: 2, ...status }, undefined, 2));
    } else {
        const columns = Math.max(process.stdout.columns || 80, 60);
        console.log(
            statusText(status, { paint: paintFor(process.stdout), columns, now: new Date(), here }).join(
                "\n",
            ),
        );
    }
    return flags.includes("check") && !status.official ? 1 : 0;
}

/** With the commands of its texts as they work here. */
function withCommands(status: Status, here: (text: string) => string): Status {
    const services = status.services.map((service) => ({
        ...service,
        problem: service.problem === null ? null : here(service.problem),
    }));
    return { ...status, services, warnings: status.warnings.map(here) };
}
