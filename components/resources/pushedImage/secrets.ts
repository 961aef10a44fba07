import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { systemReason } from "../../problem.ts";
import type { Inputs } from "./pushedImage.ts";

/** What a build needs to have its secrets. */
export interface BuildSecrets {
    /** Arguments of `docker buildx build`, with no value in them. */
    readonly args: readonly string[];
    /** Variables of its environment. */
    readonly env: Readonly<Record<string, string>>;
    /** What no message may have in it. */
    readonly texts: readonly string[];
}

/**
 * What keeps a build from its secrets: buildx goes on without a variable that isn't set, and the Dockerfile as well,
 * unless it says `required`.
 *
 * @param root the project's folder.
 */
export function missingSecrets(
    { secrets = {}, ssh = [], secretValues = {} }: Pick<Inputs, "secrets" | "ssh" | "secretValues">,
    root: string,
): readonly string[] {
    const missing = Object.entries(secrets).flatMap(([id, source]) => {
        if ("env" in source) {
            return process.env[source.env] ? [] : [`${id}: the variable ${source.env} is not set; set it`];
        }
        if ("config" in source) {
            return Object.hasOwn(secretValues, source.config)
                ? []
                : [`${id}: the stack has no buildSecrets.${source.config}; set it with --secret`];
        }
        const reason = unreadable(placeOf(source.file, root));
        return reason === undefined ? [] : [`${id}: ${source.file} can't be read (${reason}); put it there`];
    });
    const agent = ssh.find((name) => !name.includes("="));
    return agent === undefined || process.env["SSH_AUTH_SOCK"]
        ? missing
        : [
              ...missing,
              `ssh ${agent}: SSH_AUTH_SOCK is not set; start an agent with \`ssh-agent\` and \`ssh-add\``,
          ];
}

/** @param root the project's folder. */
export function buildSecrets(
    { secrets = {}, ssh = [], secretValues = {} }: Inputs,
    root: string,
): BuildSecrets {
    const env: Record<string, string> = {};
    const texts: string[] = [];
    const args = Object.entries(secrets).flatMap(([id, source], index) => {
        if ("file" in source) {
            const file = placeOf(source.file, root);
            texts.push(fs.readFileSync(file, "utf8"));
            return ["--secret", csv({ id, src: file })];
        }
        if ("env" in source) {
            texts.push(process.env[source.env] ?? "");
            return ["--secret", csv({ id, env: source.env })];
        }
        const name = `FOUNDATION_BUILD_SECRET_${index}`;
        env[name] = secretValues[source.config] ?? "";
        texts.push(env[name]);
        return ["--secret", csv({ id, env: name })];
    });
    const keys = ssh.flatMap((name) => ["--ssh", name.replace(/=~(?=\/)/, `=${os.homedir()}`)]);
    return { args: [...args, ...keys], env, texts: texts.flatMap(partsOf) };
}

/** What a setting is called, in INI and YAML, `.npmrc`, JSON, XML and `.netrc`. */
const names =
    /^[ \t]*[\w.-]+(?=[ \t]*[=:][ \t]*[^\s=:])|(?<=\/:)[\w.-]+(?==)|"[\w.-]+"(?=\s*:)|<\/?[\w.-]+>|(?<=\s)password(?=\s)/gm;
const hosts = /(?<=\/\/|@)([a-z\d-]+\.)+[a-z]{2,}(?=[:/\s"']|$)/g;

/**
 * What a message may have of a secret: a line, or a word of one that says more than the secret, as `.npmrc` and `pip.conf`
 * do. The names of settings and hosts are in many messages, by which a fault is told, and no secrets.
 */
function partsOf(text: string): readonly string[] {
    const rest = text.replaceAll(names, " ").replaceAll(hosts, "");
    return [text, ...text.split(/\r?\n/), ...rest.split(/[\s=:@"'<>]+/), ...rest.split(/[\s=:@/"'<>]+/)];
}

/** Options as buildx reads them, which is as CSV. */
function csv(options: Readonly<Record<string, string>>): string {
    return Object.entries(options)
        .map(([name, value]) => `${name}=${value}`)
        .map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
        .join(",");
}

function placeOf(file: string, root: string): string {
    return path.resolve(root, file.replace(/^~(?=\/)/, os.homedir()));
}

function unreadable(file: string): string | undefined {
    try {
        fs.closeSync(fs.openSync(file, "r"));
        return fs.statSync(file).isFile() ? undefined : "it is no file";
    } catch (error) {
        return systemReason(error);
    }
}
