import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface, type Interface } from "node:readline/promises";
import { Problem } from "../../components/problem.ts";
import { upwards } from "../../components/workspace/folders.ts";
import type { Invocation } from "../command.ts";
import { decide } from "../init/plan.ts";
import { projectFiles, refuseSecond } from "../init/project.ts";
import { nextSteps, planText, surveyText } from "../init/report.ts";
import { survey } from "../init/survey.ts";
import { paintFor } from "../terminal.ts";

const nothing = "Nothing was written.";

/** `foundation init`: looks at a repository, proposes foundations and apps, and writes a Pulumi project for them. */
export async function run({ clone: { root: here }, options, flags = [] }: Invocation): Promise<number> {
    // The repository around this folder; without Git, this folder.
    const root = upwards(here, ".git") ?? here;
    const paint = paintFor(process.stdout);
    const found = await survey(root);
    console.log([paint.strong(`Found in ${root}`), "", ...surveyText(found), ""].join("\n"));

    if (options["folder"] === undefined) refuseSecond(root, found);
    const ask = flags.includes("yes") ? undefined : terminal();
    try {
        const plan = await decide(root, here, found, async (option, question, propose) => {
            const given = options[option];
            if (given !== undefined) return given;
            const proposed = propose();
            const typed = await ask?.question(`${question} [${proposed}] `);
            return typed?.trim() || proposed;
        });
        const files = projectFiles(root, found, plan);
        console.log(
            [paint.strong("Proposed"), "", ...planText(found, plan, Object.keys(files), paint), ""].join(
                "\n",
            ),
        );
        if (ask !== undefined && !/^(?:y|yes|)$/i.test(await ask.question("Write these files? [Y/n] "))) {
            console.log(nothing);
            return 1;
        }
        for (const [name, text] of Object.entries(files)) {
            const file = path.join(root, plan.folder, name);
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, text);
        }
        console.log(
            [paint.good("Written."), "What comes next:", "", ...nextSteps(root, here, plan), ""].join("\n"),
        );
        return 0;
    } catch (error) {
        // Ctrl+C, or the end of the input, in the place of an answer.
        if (!(error instanceof Error) || error.name !== "AbortError") throw error;
        console.log(`\n${nothing}`);
        return 1;
    } finally {
        ask?.close();
    }
}

/** @throws Problem where there is no terminal to ask on. */
function terminal(): Interface {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
        throw new Problem({
            wrong: "there is no terminal to ask on, and nothing was written",
            remedy: "take what is proposed with --yes; --foundation, --apps and --folder decide otherwise",
        });
    }
    return createInterface({ input: process.stdin, output: process.stdout });
}
