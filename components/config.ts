import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import * as v from "valibot";
import { registryNameProblem, resourceGroupNameProblem } from "./azure/limits.ts";
import { Problem, type ProblemParts } from "./problem.ts";
import { referenceProblem, repositoryProblem, tagProblem } from "./render/imageReference.ts";

/** The project's name in this repository; `pulumi new` gives it another. */
const originalProject = "foundation";

/** What `pulumi config` may say, checked and with its defaults. `Pulumi.yaml` describes each key. */
export type FoundationConfig = v.InferOutput<typeof schema>;

/** How a value is told apart from the text that Pulumi keeps it as. */
const anyText = v.string("must be a text");
const text = v.pipe(anyText, v.nonEmpty("must not be empty"));

function choice<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
    return v.picklist(choices, `must be ${choices.map((name) => `"${name}"`).join(" or ")}`);
}

function wholeNumber(unit: string, least: number, most: number) {
    const message = `must be ${unit} from ${least} to ${most}`;
    return v.pipe(
        v.string(message),
        v.regex(/^\d+$/, message),
        v.transform(Number),
        v.minValue(least, message),
        v.maxValue(most, message),
    );
}

function json<Schema extends v.GenericSchema>(message: string, schema: Schema) {
    return v.pipe(v.string(message), v.parseJson(undefined, message), schema);
}

const port = wholeNumber("a port", 1, 65535);
const days = (most: number) => wholeNumber("a number of days", 1, most);

function judged(problemOf: (value: string) => string | undefined) {
    return v.pipe(
        anyText,
        v.check(
            (value) => problemOf(value) === undefined,
            ({ input }) => problemOf(input) ?? "",
        ),
    );
}

const repository = judged(repositoryProblem);
const tag = judged(tagProblem);

function list<Item extends v.GenericSchema>(item: Item) {
    const message = "must be a list of texts";
    return json(message, v.array(item, message));
}

const replaces = list(judged(referenceProblem));
const platforms = list(
    v.pipe(
        anyText,
        v.regex(
            /^[^/,\s]+(\/[^/,\s]+){1,2}$/,
            "must be <os>/<architecture>, such as linux/amd64 or linux/arm/v7",
        ),
    ),
);

const attest = list(choice(["provenance", "sbom"]));

const argsMessage = "must be a map from names of build arguments to texts";
// Numbers are refused: what was written as 1.10 or 3.0 is kept as 1.1 and 3.
const buildArgs = json(
    argsMessage,
    v.record(
        v.pipe(v.string(), v.notValue("FOUNDATION_TAG", "is how the image learns its own tag")),
        anyText,
        argsMessage,
    ),
);

const schema = v.strictObject({
    registry: v.optional(choice(["local", "azure"]), "local"),
    imageProvider: v.optional(
        v.pipe(
            v.string(),
            // As it was called when it was a provider of others.
            v.transform((name) => (name === "docker-build" ? "buildx" : name)),
            choice(["buildx", "docker"]),
        ),
        "buildx",
    ),
    repository: v.optional(repository, "foundation"),
    tag: v.optional(tag),
    rebuild: v.optional(text),
    channel: v.optional(tag, "latest"),
    target: v.optional(text),
    platforms: v.optional(platforms, "[]"),
    builder: v.optional(
        v.pipe(
            text,
            // Older configurations name the engine's own.
            v.transform((name) => (name === "default" ? undefined : name)),
        ),
    ),
    attest: v.optional(attest, "[]"),
    buildArgs: v.optional(buildArgs, "{}"),
    replaces: v.optional(replaces, "[]"),
    contexts: v.optional(choice(["image", "service"]), "service"),
    envFiles: v.optional(choice(["copy", "symlink"]), "copy"),
    pullPort: v.optional(port, "5050"),
    pushPort: v.optional(port, "5051"),
    registryName: v.optional(text),
    resourceGroupName: v.optional(text),
    sku: v.optional(choice(["Basic", "Standard", "Premium"]), "Standard"),
    tokenLifetimeDays: v.optional(days(3650), "90"),
    tokenRenewDays: v.optional(days(3649), "30"),
    protect: v.optional(
        v.pipe(
            choice(["true", "false"]),
            v.transform((value) => value === "true"),
        ),
        "true",
    ),
});

/** What only makes sense together. Each rule gives a finding, or nothing. */
const rules: readonly ((config: FoundationConfig) => ProblemParts | false)[] = [
    (config) =>
        config.pullPort === config.pushPort && {
            wrong: "pushPort: must differ from pullPort",
            found: `${config.pushPort} for both`,
        },
    (config) =>
        config.tag === config.channel && {
            wrong: "tag: must differ from channel, which moves",
            found: `"${config.channel}" for both`,
        },
    (config) =>
        config.imageProvider === "docker" &&
        config.platforms.length > 1 && {
            wrong: "platforms: must be at most one with imageProvider docker",
            found: String(config.platforms.length),
            remedy: "buildx builds for several",
        },
    (config) =>
        config.imageProvider === "docker" &&
        config.builder !== undefined && {
            wrong: "builder: can't be chosen with imageProvider docker",
            found: `"${config.builder}"`,
            remedy: "buildx can use other builders",
        },
    (config) =>
        config.imageProvider === "docker" &&
        config.rebuild !== undefined && {
            wrong: "rebuild: can't be used with imageProvider docker",
            found: `"${config.rebuild}"`,
            remedy: "buildx can build without its cache",
        },
    (config) =>
        config.imageProvider === "docker" &&
        config.attest.length > 0 && {
            wrong: "attest: can't be used with imageProvider docker",
            found: config.attest.join(", "),
            remedy: "buildx can attest",
        },
    (config) =>
        config.tokenRenewDays >= config.tokenLifetimeDays && {
            wrong: `tokenRenewDays: must be less than tokenLifetimeDays (${config.tokenLifetimeDays})`,
            found: String(config.tokenRenewDays),
        },
    (config) =>
        config.tokenRenewDays < config.tokenLifetimeDays &&
        config.tokenRenewDays * 2 > config.tokenLifetimeDays && {
            wrong: `tokenRenewDays: must be at most half of tokenLifetimeDays (${config.tokenLifetimeDays})`,
            found: String(config.tokenRenewDays),
            remedy: "lower it; a token has two passwords, so a third would end one that is still valid",
        },
    (config) =>
        config.registry === "azure" &&
        judgement("registryName", config.registryName ?? "", registryNameProblem),
    (config) =>
        config.registry === "azure" &&
        config.resourceGroupName !== undefined &&
        judgement("resourceGroupName", config.resourceGroupName, resourceGroupNameProblem),
];

function judgement(
    key: string,
    value: string,
    problemOf: (value: string) => string | undefined,
): ProblemParts | false {
    const problem = problemOf(value);
    return (
        problem !== undefined && {
            wrong: `${key}: ${problem}`,
            found: JSON.stringify(value),
            remedy: `change it with \`pulumi config set ${key} <value>\``,
        }
    );
}

/** What the configuration says to azure-native, as far as it concerns more than that provider. */
export interface AzureConfig {
    readonly location: string | undefined;
    /** Every other key, without its `azure-native:`. */
    readonly settings: Readonly<Record<string, string>>;
    /** Those of them that are secret, by their nature or because they were set with `--secret`. */
    readonly secretSettings: Readonly<Record<string, string>>;
}

/** Secret, however they were set. */
const credentialKeys = ["clientSecret", "clientCertificatePassword", "oidcToken", "oidcRequestToken"];

/** Reads what the stack configures of azure-native, for a plugin of ours that has to sign in as that provider does. */
export function loadAzureConfig(): AzureConfig {
    const prefix = "azure-native:";
    const { location, ...configured } = Object.fromEntries(
        Object.entries(allConfig())
            .filter(([key, value]) => key.startsWith(prefix) && value !== "")
            .map(([key, value]) => [key.slice(prefix.length), value]),
    );
    const secretKeys = [...credentialKeys.map((key) => `${prefix}${key}`), ...readSecretKeys()];
    const pick = (secret: boolean) =>
        Object.fromEntries(
            Object.entries(configured).filter(([key]) => secretKeys.includes(`${prefix}${key}`) === secret),
        );
    return { location, settings: pick(false), secretSettings: pick(true) };
}

/** The language host tells the program in this variable which keys are secret; the SDK reads it there as well. */
function readSecretKeys(): string[] {
    return v.parse(v.array(v.string()), JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]"));
}

/**
 * Reads the configuration of the stack that is being deployed; the only place that does.
 *
 * @param project the project's name, which this file would have to import much of the SDK for.
 */
export function loadConfig(project: string): FoundationConfig {
    return parseConfig(project, allConfig(), readSecretKeys());
}

/**
 * Checks what was configured and fills in the defaults. An empty value counts as none, since Pulumi has no way to
 * declare a key of `Pulumi.yaml` optional other than an empty default.
 *
 * @param project the project's name; a person may leave it out wherever a key is written.
 * @param values every configured key (`<project>:repository`) with its value as Pulumi keeps it: a text, or JSON
 *     for lists and maps. Keys of other projects and packages are passed over.
 * @param secretKeys the keys that were set with `--secret`; none may be, as every value here ends up in plain files.
 * @throws Problem listing everything that is wrong, with what was found, what is allowed and what to do.
 */
export function parseConfig(
    project: string,
    values: Readonly<Record<string, string>>,
    secretKeys: readonly string[] = [],
): FoundationConfig {
    const own = Object.entries(values).filter(
        ([key, value]) => key.startsWith(`${project}:`) && value !== "",
    );
    const bare = (key: string) => key.slice(project.length + 1);
    const secret = own.filter(([key]) => secretKeys.includes(key));
    const plain = Object.fromEntries(
        own.filter(([key]) => !secretKeys.includes(key)).map(([key, value]) => [bare(key), value]),
    );
    const result = v.safeParse(schema, plain);
    const findings = [
        ...strays(project, Object.keys(values)),
        ...secret.map(([key]): ProblemParts => ({
            wrong: `${bare(key)}: is secret, but would end up in plain files and image history`,
            remedy: "set it without --secret",
        })),
        ...(result.success
            ? rules.map((rule) => rule(result.output)).filter((finding) => finding !== false)
            : result.issues.map(findingOf)),
    ];
    if (!result.success || findings.length > 0) {
        throw Problem.of("the configuration can't be used", findings);
    }
    return result.output;
}

/** Keys as this repository's documents have them, which count for nothing in a project of another name. */
function strays(project: string, keys: readonly string[]): ProblemParts[] {
    const prefix = `${originalProject}:`;
    return keys
        .filter((key) => project !== originalProject && key.startsWith(prefix))
        .map((key): ProblemParts => ({
            wrong: `${key}: is of a project named ${originalProject}, but this one is named ${project}`,
            remedy: `run \`pulumi config set ${key.slice(prefix.length)} <value>\` and \`pulumi config rm ${key}\``,
        }));
}

function findingOf(issue: v.BaseIssue<unknown>): ProblemParts {
    const [{ key: segment } = { key: "" }, item] = issue.path ?? [];
    const key = String(segment);
    if (!(key in schema.entries)) {
        return {
            wrong: `${key}: is not a key of this project; allowed are ${Object.keys(schema.entries).join(", ")}`,
            remedy: `remove it with \`pulumi config rm ${key}\``,
        };
    }
    const name = item === undefined ? key : itemName(key, item.key);
    if (item?.origin === "key") {
        return {
            wrong: `${name}: ${issue.message}`,
            remedy: `remove it with \`pulumi config rm --path ${name}\``,
        };
    }
    return {
        wrong: `${name}: ${issue.message}`,
        found: JSON.stringify(issue.input),
        remedy: `change it with \`pulumi config set ${setting(key, item?.key)}\``,
    };
}

const maps = ["buildArgs"];
const lists = ["attest", "platforms", "replaces"];

function itemName(key: string, item: unknown): string {
    return maps.includes(key) ? `${key}.${String(item)}` : `${key}[${String(item)}]`;
}

/** Pulumi takes maps and lists by their items only, and for a number what looks like one. */
function setting(key: string, item: unknown): string {
    if (maps.includes(key)) return `--path ${itemName(key, item ?? "<name>")} --type string <value>`;
    if (lists.includes(key)) return `--path '${itemName(key, item ?? 0)}' <value>`;
    return `${key} <value>`;
}
