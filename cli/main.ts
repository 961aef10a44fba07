import { parseArgs } from "node:util";
import { useProxy } from "../components/oci/proxy.ts";
import { Problem } from "../components/problem.ts";
import { VERSION } from "../components/versions.js";
import type { Command, Invocation } from "./command.ts";
import { commands } from "./commands.ts";
import { helpOf, overview } from "./help.ts";
import { commandsHere } from "./pulumi/commandsHere.ts";

/**
 * Runs one command. 0 is well, 1 is a finding, 2 means that it could not be done; then one sentence says why, and
 * FOUNDATION_VERBOSE=1 adds the errors behind it.
 */
export async function main(args: readonly string[]): Promise<number> {
    let project: string | undefined = process.cwd();
    try {
        const [first = "help"] = args;
        // `help status` asks for the same as `status --help`.
        const asksFirst = ["help", "--help", "-h"].includes(first);
        const [name = "", ...rest] = asksFirst ? [...args.slice(1), "--help"] : args;
        const asksForHelp = rest.includes("--help") || rest.includes("-h");
        if (name === "--version") return print(VERSION);
        if (name === "--help") return print(overview(commands));
        const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
        if (command === undefined) {
            throw new Problem({
                wrong: name.startsWith("-") ? `no command before "${name}"` : `unknown command "${name}"`,
                remedy: `the commands are ${Object.keys(commands).join(", ")}`,
            });
        }
        // What the other program is asked is for that to answer.
        if (asksForHelp && (command.handsTo === undefined || rest.length === 1))
            return print(helpOf(name, command));
        const { run, Clone } = await load(command);
        const told = read(name, command, rest);
        const here = process.cwd();
        const clone = command.makesProject === true ? new Clone(here) : Clone.find(here);
        project = clone.ownProject;
        return await run({ clone, rest, ...told });
    } catch (error) {
        tell(error, commandsHere(project));
        // What nobody foresaw is not a finding, either.
        return 2;
    }
}

function print(text: string): number {
    console.log(text);
    return 0;
}

function tell(error: unknown, here: (text: string) => string): void {
    if (!(error instanceof Problem)) {
        console.error(error);
        return;
    }
    console.error(`foundation: ${here(error.message)}`);
    if (process.env["FOUNDATION_VERBOSE"] === "1" && error.cause !== undefined) console.error(error.cause);
}

/** A command's code, which needs the packages that a fresh clone doesn't have. */
async function load(command: Command) {
    try {
        await useProxy();
        return { ...(await command.load()), ...(await import("../components/workspace/clone.ts")) };
    } catch (error) {
        if (!isMissingPackage(error)) throw error;
        throw new Problem(
            {
                wrong: "the npm packages are missing",
                remedy: "install them with `npm ci`, or run `npm start`",
            },
            { cause: error },
        );
    }
}

/** Not a file of ours, which would be a bug. */
function isMissingPackage(error: unknown): boolean {
    return error instanceof Error && error.message.startsWith("Cannot find package ");
}

/** The action, the options and the flags of a command line. */
function read(
    name: string,
    { actions = {}, options, handsTo }: Command,
    args: readonly string[],
): Omit<Invocation, "clone" | "rest"> {
    if (handsTo !== undefined) return { options: {} };
    const known = Object.keys(options).map((option) => `--${option}`);
    const allowed = known.length === 0 ? "it has no options" : `its options are ${known.join(", ")}`;
    const told = withNegatives(args, options);
    checkValues(name, told, options);
    try {
        const { values, positionals } = parseArgs({
            args: told,
            options: Object.fromEntries(
                Object.entries(options).map(([option, { value }]) => {
                    return [option, { type: value === undefined ? "boolean" : "string" } as const];
                }),
            ),
            allowPositionals: Object.keys(actions).length > 0,
        });
        const texts = Object.entries(values).flatMap(([option, value]) =>
            typeof value === "string" ? [[option, value] as const] : [],
        );
        return {
            action: actionOf(name, Object.keys(actions), positionals),
            options: Object.fromEntries(texts),
            flags: Object.keys(values).filter((option) => values[option] === true),
        };
    } catch (error) {
        if (error instanceof Problem) throw error;
        // The first sentence says what is wrong; what follows is advice for programmers.
        const reason = error instanceof Error ? (error.message.split(/\.\s/)[0] ?? "") : String(error);
        throw new Problem({
            wrong: `${name}: ${reason.charAt(0).toLowerCase()}${reason.slice(1).replace(/\.$/, "")}`,
            remedy: allowed,
        });
    }
}

/** With what follows an option for a number as its value, be it below zero: alone, it would look like an option. */
function withNegatives(args: readonly string[], options: Command["options"]): string[] {
    const numbers = Object.keys(options).filter((option) => options[option]?.value === "NUMBER");
    return args.reduce<string[]>((told, arg) => {
        const before = told.at(-1) ?? "";
        const isValue = /^-[^-]/.test(arg) && numbers.some((option) => before === `--${option}`);
        return isValue ? [...told.slice(0, -1), `${before}=${arg}`] : [...told, arg];
    }, []);
}

/** @throws Problem where an option that takes a value has none: what looks like an option isn't one. */
function checkValues(name: string, args: readonly string[], options: Command["options"]): void {
    for (const [index, arg] of args.entries()) {
        const [, option = "", given] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
        const value = Object.hasOwn(options, option) ? options[option]?.value : undefined;
        if (value === undefined) continue;
        const found = given ?? args[index + 1];
        const isOption = given === undefined && /^-./.test(found ?? "");
        // An empty one is as from a variable that isn't set: what it would have named is not to be guessed.
        if (found && !isOption) continue;
        throw new Problem({
            wrong: `${name}: --${option} needs a value`,
            found: found === undefined ? "none" : JSON.stringify(found),
            remedy: `say --${option} ${value}`,
        });
    }
}

function actionOf(
    name: string,
    actions: readonly string[],
    positionals: readonly string[],
): string | undefined {
    if (actions.length === 0) return undefined;
    const found = positionals.join(" ");
    if (actions.includes(found)) return found;
    throw new Problem({
        wrong: `${name}: takes one action`,
        found: found === "" ? "none" : `"${found}"`,
        remedy: `say ${actions.join(" or ")}`,
    });
}
