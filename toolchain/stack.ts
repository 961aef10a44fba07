import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hand, must } from "./command.js";
import { hasOwnPassphrase } from "./environment.js";

const SALT = /^encryptionsalt:.*\n?/m;
const SECRET = /^\s+secure:/m;

/**
 * Runs pulumi on a project and leaves `Pulumi.dev.yaml` as it was. The CLI adds the salt of the passphrase to it; but the
 * passphrase is this clone's own while the file is everybody's, so a committed salt would lock the others out. The state
 * has its own copy. A file with secrets of its own needs the salt, and keeps it.
 *
 * @param project the folder of its Pulumi.yaml
 * @returns the exit code
 */
export async function pulumi(project: string, args: readonly string[]): Promise<number> {
    if (!hasOwnPassphrase(project)) return hand("pulumi", args, { cwd: project });
    const file = join(project, "Pulumi.dev.yaml");
    const before = await readFile(file, "utf8").catch(() => undefined);
    try {
        return await hand("pulumi", args, { cwd: project });
    } finally {
        const after = await readFile(file, "utf8").catch(() => undefined);
        if (after !== undefined) {
            const clean = await withoutSalt(before ?? "", after);
            if (clean !== after) await writeFile(file, clean);
        }
    }
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
