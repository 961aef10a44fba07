import { parseArgs } from "node:util";
import { Problem } from "../../components/problem.ts";
import { findProject } from "../../components/workspace/project.ts";
import { preview } from "./preview.ts";
import { up } from "./up.ts";

const usage = [
    "usage: npm run deploy -- <command> --stack <stack>",
    "",
    "  preview  what a deployment would change  [--comment FILE]",
    "  up       deploy, verify, publish the emitted files",
].join("\n");

/** The deploy stage, one step a run. 0 is well, 1 is a failed step, 2 means that it could not be tried. */
async function main(args: readonly string[]): Promise<number> {
    const { command, options } = read(args);
    const stack = options.stack ?? "";
    if (stack === "") throw new Problem({ wrong: "--stack is missing", said: usage });
    // Without it, state would be looked for where this one machine keeps its own.
    if ((process.env["PULUMI_BACKEND_URL"] ?? "") === "") {
        throw new Problem({
            wrong: "PULUMI_BACKEND_URL is not set",
            remedy: "it names the state that all deployments share, such as https://api.pulumi.com or azblob://<container>",
        });
    }
    const root = findProject(process.cwd());
    if (command === "preview") return preview(root, stack, options.comment);
    if (command === "up") return up(root, stack);
    throw new Problem({ wrong: `unknown command "${command}"`, said: usage });
}

function read(args: readonly string[]) {
    try {
        const { values, positionals } = parseArgs({
            args: [...args],
            allowPositionals: true,
            options: {
                stack: { type: "string" },
                comment: { type: "string" },
            },
        });
        return { command: positionals.join(" "), options: values };
    } catch (error) {
        throw new Problem({ wrong: error instanceof Error ? error.message : String(error), said: usage });
    }
}

try {
    process.exitCode = await main(process.argv.slice(2));
} catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`deploy: ${error.message}`);
    process.exitCode = 2;
}
