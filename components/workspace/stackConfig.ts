import * as path from "node:path";
import { parse, type ScalarTag, type Tags } from "yaml";
import { parseConfig, type FoundationConfig } from "../config.ts";
import { Problem } from "../problem.ts";
import { goNumber } from "../render/goNumber.ts";
import { readIfThere } from "./texts.ts";

/**
 * A stack's configuration from its files, as the program would read it through Pulumi: the defaults of `Pulumi.yaml`
 * under what `Pulumi.<stack>.yaml` says.
 *
 * @throws Problem when it can't be used.
 */
export function readStackConfig(root: string, stack: string): FoundationConfig {
    const project = readYaml(path.join(root, "Pulumi.yaml"));
    const own = readYaml(path.join(root, `Pulumi.${stack}.yaml`));
    const name = nameOf(project);
    const defaults = Object.entries(mapOf(project["config"])).map(
        ([key, declared]) => [key, declaredValue(declared)] as const,
    );
    const values = [...defaults, ...Object.entries(mapOf(own["config"]))]
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([key, value]) => [key.includes(":") ? key : `${name}:${key}`, value] as const);
    const texts = values.map(([key, value]): [string, string] => {
        const shown = withoutSecrets(value);
        const isText = typeof shown === "string" || typeof shown === "bigint";
        return [key, isText ? String(shown) : JSON.stringify(shown, plainNumber)];
    });
    const secret = values.filter(([, value]) => withoutSecrets(value) !== value).map(([key]) => key);
    return parseConfig(name, Object.fromEntries(texts), secret);
}

function plainNumber(_: string, value: unknown): unknown {
    return typeof value === "bigint" ? Number(value) : value;
}

/** The value with a text for each secret in it, which only Pulumi can read; the very same where there is none. */
function withoutSecrets(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if ("secure" in value && typeof value.secure === "string") return "[secret]";
    const [before, after] = [Object.values(value), Object.values(value).map(withoutSecrets)];
    if (before.every((item, index) => item === after[index])) return value;
    if (Array.isArray(value)) return after;
    return Object.fromEntries(Object.keys(value).map((key, index) => [key, after[index]]));
}

/** The repository's root, for a project's folder: it is the same for every stack, so `Pulumi.yaml` has it. */
export function readRepositoryRoot(project: string): string {
    const file = readYaml(path.join(project, "Pulumi.yaml"));
    const config = mapOf(file["config"]);
    const root = declaredValue(config["root"] ?? config[`${nameOf(file)}:root`]);
    return typeof root === "string" ? path.resolve(project, root) : project;
}

/** What `Pulumi.yaml` has for a key: the value itself, or one with a description. */
function declaredValue(declared: unknown): unknown {
    if (Array.isArray(declared) || typeof declared !== "object") return declared;
    const { value, default: fallback } = mapOf(declared);
    return value ?? fallback;
}

/** The Pulumi project's name. */
export function readProjectName(root: string): string {
    return nameOf(readYaml(path.join(root, "Pulumi.yaml")));
}

function nameOf({ name }: Readonly<Record<string, unknown>>): string {
    return typeof name === "string" ? name : "foundation";
}

/** A date without quotes, as of `rebuild`, is a time to Pulumi. */
const pulumiDate: ScalarTag = {
    tag: "tag:yaml.org,2002:timestamp",
    default: true,
    test: /^\d{4}-\d\d?-\d\d?$/,
    resolve: (written) => {
        const [year = "", month = "", day = ""] = written.split("-").map((part) => part.padStart(2, "0"));
        return `${year}-${month}-${day} 00:00:00 +0000 UTC`;
    },
};

function readYaml(file: string): Readonly<Record<string, unknown>> {
    const text = readIfThere(file) ?? "";
    try {
        return mapOf(parse(text, { customTags: (tags: Tags) => [pulumiDate, goNumber, ...tags] }));
    } catch (error) {
        // The lines in question follow the first one, which says where they are.
        const reason = error instanceof Error ? error.message.split(":\n")[0] : String(error);
        throw new Problem({ wrong: `${file} can't be read (${reason})`, remedy: "fix it" });
    }
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
