import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hand, must } from "./command.ts";
import { hasOwnPassphrase } from "./environment.ts";

const SALT = /^encryptionsalt:.*\n?/m;
const SECRET = /^\s+secure:/m;

/**
 * Runs pulumi on a project and leaves the stacks' files as they were. The CLI adds the salt of the passphrase to the one of a
 * new stack; but the passphrase is this clone's own while the file is everybody's, so a committed salt would lock the others
 * out. The state has its own copy. A file with secrets of its own needs the salt, and keeps it.
 *
 * @param project the folder of its Pulumi.yaml
 * @returns the exit code
 */
export async function pulumi(project: string, args: readonly string[]): Promise<number> {
    // For messages of the program and the plugin, which name commands.
    const options = { cwd: project, env: { ...process.env, FOUNDATION_PULUMI: ownPulumi(project) } };
    if (!hasOwnPassphrase(project)) return hand("pulumi", args, options);
    const before = await stackFiles(project);
    try {
        return await hand("pulumi", args, options);
    } finally {
        for (const [file, after] of await stackFiles(project)) {
            if (after === before.get(file)) continue;
            const clean = await withoutSalt(before.get(file) ?? "", after);
            if (clean !== after) await writeFile(file, clean);
        }
    }
}

/** What runs Pulumi on the state of a project's clone. */
export function ownPulumi(project: string): string {
    return hasScript(project, "pulumi") ? "npm run pulumi --" : "npx foundation pulumi";
}

/** Whether a project's package.json has this script. */
export function hasScript(project: string, name: string): boolean {
    const file = join(project, "package.json");
    // Before the packages are installed there is nothing to judge JSON with, and this is for messages alone.
    const scripts = new RegExp(`"scripts"\\s*:\\s*\\{[^}]*"${name}"\\s*:`);
    return existsSync(file) && scripts.test(readFileSync(file, "utf8"));
}

/** The file of each stack's configuration, and what is in it. */
async function stackFiles(project: string): Promise<ReadonlyMap<string, string>> {
    const names = (await readdir(project)).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
    const files = names.map((name) => join(project, name));
    return new Map(
        await Promise.all(files.map(async (file) => [file, await readFile(file, "utf8")] as const)),
    );
}

/** What the file is to hold. */
export async function withoutSalt(before: string, after: string): Promise<string> {
    if (SALT.test(before) || SECRET.test(after)) return after;
    const clean = after.replace(SALT, "");
    // Not at the top: the package is not there before the set-up.
    const { parse } = await import("yaml");
    // The CLI also writes numbers as texts, keys with their project, and as it likes to indent; where that is all, the
    // file stays as it was.
    const content = (text: string) =>
        JSON.stringify(parse(text.replaceAll(/^( +)[\w.-]+:(?=\w)/gm, "$1")), (_, value) =>
            typeof value === "object" ? (value as unknown) : String(value),
        );
    return content(before) === content(clean) ? before : clean;
}

/** The stack's outputs, secrets included. */
export async function stackOutputs(project: string, stack: string): Promise<Record<string, unknown>> {
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
    const { stdout } = await must("reading the stack's outputs", "pulumi", args, { cwd: project });
    return JSON.parse(stdout) as Record<string, unknown>;
}
