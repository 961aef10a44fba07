import { spawn } from "node:child_process";
import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { docker, DockerError } from "../../components/docker/docker.ts";
import type { Invocation } from "../command.ts";
import { gatherFacts } from "../status/gather.ts";
import { platformWarnings, statusOf } from "../status/model.ts";
import { planRevert } from "../status/revertPlan.ts";
import { republish } from "../status/text.ts";
import { paintFor } from "../terminal.ts";

/** `foundation revert`: back to the official foundation, with what `docker compose pull` would leave behind. */
export async function run({ root, options }: Invocation): Promise<number> {
    const facts = await gatherFacts(root);
    const plan = planRevert(facts);
    const paint = paintFor(process.stdout);
    for (const warning of platformWarnings(facts)) console.log(`${paint.notice("!")} ${warning}`);
    const say = (title: string, lines: readonly string[]): void => {
        if (lines.length > 0)
            console.log([paint.strong(title), ...lines.map((line) => `  ${line}`)].join("\n"));
    };
    say("Pull", [`${plan.image} (docker compose pull in foundation/)`]);
    say(
        "Remove",
        plan.removals.map(({ what, reason }) => `${what}: ${reason}`),
    );
    say("Left to you, as a container uses it", plan.commands);
    if (options["dry-run"] === true) return 0;

    await pull(path.join(root, "foundation"));
    const { foundation, apps } = statusOf(await gatherFacts(root));
    if (foundation.local.state !== "official") {
        console.log(
            `${paint.bad("Not done")}: what was pulled is not what was published under this tag, and nothing was removed; publish it again, under a new tag: ${republish}`,
        );
        return 1;
    }
    const kept: string[] = [];
    for (const { what } of plan.removals) {
        try {
            await docker(["image", "rm", what]);
        } catch (error) {
            // In use since, or gone with another one's last name.
            if (!(error instanceof DockerError)) throw error;
            if (!/no such image/i.test(error.message)) kept.push(`${what}: ${error.message}`);
        }
    }
    say("Not removed", kept);
    const others = apps.filter(({ next }) => next !== "official").map(({ folder }) => folder);
    if (others.length > 0) {
        console.log(
            `${paint.bad("Not done")}: the next build of ${others.join(", ")} does not start from the official foundation; see \`foundation status\``,
        );
        return 1;
    }
    console.log(`${paint.good("Done")}: the next build of every app starts from the official foundation.`);
    return 0;
}

/** Compose shows its own progress, and takes all settings from the folder, as it does for the user. */
function pull(folder: string): Promise<void> {
    return new Promise((resolve, reject) => {
        const child = spawn("docker", ["compose", "pull"], {
            cwd: folder,
            stdio: "inherit",
            windowsHide: true,
        });
        child.on("error", reject);
        child.on("close", (code) => {
            if (code === 0) resolve();
            else
                reject(
                    new Problem(
                        "the official foundation can't be pulled, and nothing was removed; see `foundation doctor`, or log in with `foundation login`",
                    ),
                );
        });
    });
}
