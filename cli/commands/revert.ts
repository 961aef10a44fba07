import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { docker, DockerError } from "../../components/docker/docker.ts";
import type { Invocation } from "../command.ts";
import { gatherFacts } from "../status/gather.ts";
import { platformWarnings, republish, statusOf } from "../status/model.ts";
import { planRevert } from "../status/revertPlan.ts";
import { commandsHere } from "../pulumi/commandsHere.ts";
import { paintFor } from "../terminal.ts";
import { hand } from "../../toolchain/command.ts";

/** `foundation revert`: back to the official foundations, with what `docker compose pull` would leave behind. */
export async function run({ clone, flags = [] }: Invocation): Promise<number> {
    const facts = await gatherFacts(clone);
    const plan = planRevert(facts);
    const paint = paintFor(process.stdout);
    const here = commandsHere(clone.ownProject);
    for (const warning of platformWarnings(facts)) console.log(`${paint.notice("!")} ${here(warning)}`);
    const say = (title: string, lines: readonly string[]): void => {
        if (lines.length > 0)
            console.log([paint.strong(title), ...lines.map((line) => `  ${line}`)].join("\n"));
    };
    say(
        "Pull",
        plan.pulls.map(({ image, folder }) =>
            folder === null ? image : `${image} (docker compose pull in ${folder}/)`,
        ),
    );
    say(
        "Remove",
        plan.removals.map(({ what, reason }) => `${what}: ${reason}`),
    );
    say("Left to you, as a container uses it", plan.commands);
    if (flags.includes("dry-run")) return 0;

    for (const { folder, image } of plan.pulls) {
        if (folder === null) await pull(clone.root, ["pull", image]);
        else await pull(path.join(clone.root, folder), ["compose", "pull"]);
    }
    const { images, services } = statusOf(await gatherFacts(clone));
    const astray = images.filter(({ local }) => local.state !== "official" && local.state !== "absent");
    if (astray.length > 0) {
        const which = images.length === 1 ? "" : ` (${astray.map(({ name }) => name).join(", ")})`;
        console.log(
            `${paint.bad("Not done")}: what was pulled is not what was published under this tag${which}, and nothing was removed; publish it again, under a new tag: ${here(republish)}`,
        );
        return 1;
    }
    const kept: string[] = [];
    for (const { what } of plan.removals) {
        try {
            await docker(["image", "rm", what], { seconds: 60 });
        } catch (error) {
            // In use since, or gone with another one's last name.
            if (!(error instanceof DockerError)) throw error;
            if (!/no such image/i.test(error.message)) kept.push(`${what}: ${error.message}`);
        }
    }
    say("Not removed", kept);
    const others = services.filter(({ next }) => next !== null && next !== "official");
    if (others.length > 0) {
        const folders = [...new Set(others.map(({ folder }) => folder))];
        console.log(
            `${paint.bad("Not done")}: the next build of ${folders.join(", ")} does not start from the official foundation; see \`foundation status\``,
        );
        return 1;
    }
    console.log(`${paint.good("Done")}: the next build of every app starts from the official foundation.`);
    return 0;
}

/** Docker shows its own progress, and Compose takes all settings from the folder, as they do for the user. */
async function pull(folder: string, args: readonly string[]): Promise<void> {
    if ((await hand("docker", args, { cwd: folder })) === 0) return;
    throw new Problem({
        wrong: "the official foundation can't be pulled, and nothing was removed",
        remedy: "see `foundation doctor`, or log in with `foundation login`",
    });
}
