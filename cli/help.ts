import type { Command } from "./command.ts";

/** The help of all commands. */
export function overview(commands: Readonly<Record<string, Command>>): string {
    const summaries = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
    return [
        "usage: foundation <command> [options]",
        "",
        ...listed(summaries),
        "",
        ...listed([
            ["--help", "show this, or the options of a command"],
            ["--version", "show the version"],
        ]),
    ].join("\n");
}

/** The help of one command. */
export function helpOf(name: string, { summary, actions = {}, options, handsTo, example }: Command): string {
    const named = Object.entries(options).map(([option, { value, does }]) => {
        return [`--${option}${value === undefined ? "" : ` ${value}`}`, does] as const;
    });
    const action = Object.keys(actions).join("|");
    return [
        `usage: foundation ${[name, ...(action === "" ? [] : [action]), ...(named.length === 0 ? [] : ["[options]"]), ...(handsTo === undefined ? [] : [`<arguments of ${handsTo}>`])].join(" ")}`,
        "",
        `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
        ...section(Object.entries(actions)),
        ...section(named),
        "",
        `example: ${example}`,
    ].join("\n");
}

function section(pairs: readonly (readonly [name: string, does: string])[]): string[] {
    return pairs.length === 0 ? [] : ["", ...listed(pairs)];
}

function listed(pairs: readonly (readonly [name: string, does: string])[]): string[] {
    const width = Math.max(...pairs.map(([name]) => name.length));
    return pairs.map(([name, does]) => `  ${name.padEnd(width)}  ${does}`);
}
