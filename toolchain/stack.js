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
 * @param {string} project the folder of its Pulumi.yaml
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function pulumi(project, args) {
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

/**
 * @param {string} before
 * @param {string} after
 * @returns {Promise<string>} what the file is to hold
 */
export async function withoutSalt(before, after) {
    if (SALT.test(before) || SECRET.test(after)) return after;
    const clean = after.replace(SALT, "");
    // Not at the top: the package is not there before the set-up.
    const { parse } = await import("yaml");
    // The CLI also writes numbers as texts, keys with their project, and as it likes to indent; where that is all, the
    // file stays as it was.
    /** @param {string} text */
    const content = (text) =>
        JSON.stringify(parse(text.replaceAll(/^( +)[\w.-]+:(?=\w)/gm, "$1")), (_, value) =>
            typeof value === "object" ? /** @type {unknown} */ (value) : String(value),
        );
    return content(before) === content(clean) ? before : clean;
}

/**
 * @param {string} project
 * @param {string} stack
 * @returns {Promise<Record<string, unknown>>} the stack's outputs, secrets included
 */
export async function stackOutputs(project, stack) {
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
    const { stdout } = await must("reading the stack's outputs", "pulumi", args, { cwd: project });
    /** @type {unknown} */
    const outputs = JSON.parse(stdout);
    return /** @type {Record<string, unknown>} */ (outputs);
}
