import { attempt, Problem } from "../../components/problem.ts";
import { looked, type Check, type Outcome } from "../doctor/check.ts";
import { cloneChecks } from "../doctor/clone.ts";
import { surroundingChecks } from "../doctor/surroundings.ts";
import { toolChecks } from "../doctor/tools.ts";
import type { Invocation } from "../command.ts";
import { commandsHere } from "../pulumi/commandsHere.ts";
import { paintFor, wrap } from "../terminal.ts";

/** `foundation doctor`: looks at everything that may keep the rest from working, with a remedy for each. */
export async function run({ clone }: Invocation): Promise<number> {
    const manifest = attempt(() => clone.manifest);
    const config = attempt(() => clone.config(manifest instanceof Problem ? "dev" : manifest.stack));
    const here = commandsHere(clone.ownProject);
    let failed = false;
    // All at once they would keep each other waiting, and look like a Docker that doesn't answer.
    for (const checks of [
        toolChecks(clone, manifest, config),
        cloneChecks(clone, manifest),
        surroundingChecks(clone, manifest, config),
    ]) {
        const outcomes = await Promise.all(checks.map(({ look }) => looked(look)));
        checks.forEach((check, index) => {
            const outcome = outcomes[index];
            if (outcome !== undefined) print(check, outcome, here);
        });
        failed ||= outcomes.some(({ state }) => state === "fail");
    }
    return failed ? 1 : 0;
}

function print({ title }: Check, { state, detail, remedy }: Outcome, here: (text: string) => string): void {
    const paint = paintFor(process.stdout);
    const marks = { ok: paint.good("ok  "), warn: paint.notice("warn"), fail: paint.bad("fail") };
    const columns = Math.max(process.stdout.columns || 80, 60) - 22;
    const lines = [detail, ...(remedy === undefined ? [] : [`→ ${remedy}`])].flatMap((text) =>
        wrap(here(text.replaceAll(/\s+/g, " ")), columns),
    );
    console.log(`${marks[state]}  ${title.padEnd(16)}${lines.join(`\n${" ".repeat(22)}`)}`);
}
