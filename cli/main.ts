import { parseArgs, type ParseArgsConfig } from "node:util";
import { useProxy } from "../components/oci/proxy.ts";
import { Problem } from "../components/problem.ts";
import { findProject } from "../components/workspace/project.ts";

/** What a command gets: its options, and the project's folder. */
export interface Invocation {
    readonly root: string;
    readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

interface Command {
    readonly summary: string;
    readonly options: NonNullable<ParseArgsConfig["options"]>;
    /** Loaded only when it is run: `status` must not wait for what the others need. Gives the exit code. */
    readonly load: () => Promise<{ readonly run: (invocation: Invocation) => Promise<number> }>;
}

const flag = { type: "boolean" } as const;
const text = { type: "string" } as const;

const commands: Readonly<Record<string, Command>> = {
    status: {
        summary: "which foundation you and your apps are on      [--json] [--check]",
        options: { json: flag, check: flag },
        load: () => import("./commands/status.ts"),
    },
    revert: {
        summary: "back to the official foundation                 [--dry-run]",
        options: { "dry-run": flag },
        load: () => import("./commands/revert.ts"),
    },
    login: {
        summary: "let Docker pull from the registry               [--stack S]",
        options: { stack: text },
        load: () => import("./commands/login.ts"),
    },
    verify: {
        summary: "prove that what is emitted can be pulled        [--json] [--stack S]",
        options: { json: flag, stack: text },
        load: () => import("./commands/verify.ts"),
    },
    doctor: {
        summary: "what may keep the rest from working, and what to do",
        options: {},
        load: () => import("./commands/doctor.ts"),
    },
    graph: {
        summary: "base, foundation and apps, as Mermaid or a page [--html FILE]",
        options: { html: text },
        load: () => import("./commands/graph.ts"),
    },
    sync: {
        summary: "write the emitted files from the stack          [--stack S]",
        options: { stack: text },
        load: () => import("./commands/sync.ts"),
    },
};

const usage = [
    "usage: foundation <command>",
    "",
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`),
].join("\n");

/** Runs one command. 0 is well, 1 is a finding, 2 means that it could not be done; then one sentence says why. */
export async function main(args: readonly string[]): Promise<number> {
    try {
        const [name, ...rest] = args;
        if (name === undefined || name === "help" || args.includes("--help") || args.includes("-h")) {
            console.log(usage);
            return 0;
        }
        const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
        if (command === undefined) {
            throw new Problem({
                wrong: `unknown command "${name}"`,
                remedy: `the commands are ${Object.keys(commands).join(", ")}`,
            });
        }
        const { run } = await load(command);
        const options = readOptions(name, command, rest);
        return await run({ root: findProject(process.cwd()), options });
    } catch (error) {
        console.error(error instanceof Problem ? `foundation: ${error.message}` : error);
        // What nobody foresaw is not a finding, either.
        return 2;
    }
}

/** A command's code, which needs the packages that a fresh clone doesn't have. */
async function load(command: Command): ReturnType<Command["load"]> {
    try {
        await useProxy();
        return await command.load();
    } catch (error) {
        if (!isMissingPackage(error)) throw error;
        throw new Problem({
            wrong: "the npm packages are missing",
            remedy: "install them with `npm ci`, or run `npm start`",
        });
    }
}

/** Not a file of ours, which would be a bug. */
function isMissingPackage(error: unknown): boolean {
    return error instanceof Error && /^Cannot find package /.test(error.message);
}

function readOptions(name: string, { options }: Command, args: readonly string[]): Invocation["options"] {
    try {
        const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
        const [empty] = Object.keys(values).filter((option) => values[option] === "");
        // As from a variable that isn't set: what it would have named is not to be guessed.
        if (empty !== undefined) throw new Error(`Option '--${empty}' is empty`);
        return values as Invocation["options"];
    } catch (error) {
        const known = Object.keys(options).map((option) => `--${option}`);
        const allowed = known.length === 0 ? "it has no options" : `its options are ${known.join(", ")}`;
        // The first sentence says what is wrong; what follows is advice for programmers.
        const reason = error instanceof Error ? (error.message.split(/\.\s/)[0] ?? "") : String(error);
        throw new Problem({
            wrong: `${name}: ${reason.charAt(0).toLowerCase()}${reason.slice(1).replace(/\.$/, "")}`,
            remedy: allowed,
        });
    }
}
