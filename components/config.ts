import { isDeepStrictEqual } from "node:util";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import * as v from "valibot";
import { purgeProblem, registryNameProblem, resourceGroupNameProblem } from "./azure/limits.ts";
import {
    imageConflicts,
    imageEntries,
    imageSettings,
    imagesSchema,
    judged,
    listOf,
    mapOf,
    type ConfiguredImage,
    type ImageSettings,
    type KeyOf,
} from "./imageConfig.ts";
import { nearest } from "./nearest.ts";
import { Problem, type ProblemParts } from "./problem.ts";
import { serverProblem, tagProblem } from "./render/imageReference.ts";
import { pathText, shellWord } from "./render/paths.ts";

/** The project's name in this repository; `pulumi new` gives it another. */
const originalProject = "foundation";

/** What `pulumi config` may say, checked and with its defaults. `Pulumi.yaml` describes each key. */
export interface FoundationConfig extends Omit<Configured, ShortKey | "images"> {
    /** In the order of their names; at least one. */
    readonly images: readonly [ImageSettings, ...ImageSettings[]];
}

/** The image that stands for all where only one is asked for: the one called `foundation`, or else the first by name. */
export function mainImage({ images }: Pick<FoundationConfig, "images">): ImageSettings {
    return images.find(({ name }) => name === mainName) ?? images[0];
}

/** The image that is there without any configuration, and that the project's own keys are about. */
const mainName = "foundation";

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

const port = wholeNumber("a port", 1, 65535);
const days = (most: number) => wholeNumber("a number of days", 1, most);

const glob = judged((value) => {
    const pattern = value.replace(/^!/, "");
    if (pattern === "") return "must not be empty";
    if (/^([/\\]|[a-zA-Z]:)/.test(pattern)) return "must be relative to the repository's root";
    return pattern.split(/[/\\]/).includes("..") ? "must not lead out of the repository" : undefined;
});

/** How the repository's root is reached from the project's folder, which lies in it. */
const root = v.pipe(
    anyText,
    v.regex(
        /^(\.|\.\.(\/\.\.)*)\/?$/,
        'must be ".", or ".." for each folder between the root and the project',
    ),
    v.transform((value) => value.replace(/\/$/, "")),
);

/** Those of an image, which need no name where they are about the one called `foundation`. */
const short = v.partial(v.object(imageEntries)).entries;

type ShortKey = keyof typeof short;
type Configured = v.InferOutput<typeof schema>;

/** What is decided about the files of apps; a repository without a Pulumi project has it in a `foundation.json`. */
export const appEntries = {
    apps: v.optional(listOf(glob), ["apps/*"]),
    contexts: v.optional(choice(["image", "service"]), "service"),
    envFiles: v.optional(choice(["copy", "symlink", "none"]), "copy"),
};

const yesOrNo = v.pipe(
    choice(["true", "false"]),
    v.transform((value) => value === "true"),
);

const schema = v.strictObject({
    registry: v.optional(choice(["local", "azure", "existing"]), "local"),
    imageProvider: v.optional(
        v.pipe(
            v.string(),
            // As it was called when it was a provider of others.
            v.transform((name) => (name === "docker-build" ? "buildx" : name)),
            choice(["buildx", "docker"]),
        ),
        "buildx",
    ),
    root: v.optional(root, "."),
    images: v.optional(imagesSchema, {}),
    apps: appEntries.apps,
    ...short,
    buildSecrets: v.optional(mapOf("names to secret texts", v.string(), text), {}),
    channel: v.optional(judged(tagProblem), "latest"),
    builder: v.optional(
        v.pipe(
            text,
            // Older configurations name the engine's own.
            v.transform((name) => (name === "default" ? undefined : name)),
        ),
    ),
    attest: v.optional(listOf(choice(["provenance", "sbom"])), []),
    contexts: appEntries.contexts,
    envFiles: appEntries.envFiles,
    pullPort: v.optional(port, "5050"),
    pushPort: v.optional(port, "5051"),
    server: v.optional(judged(serverProblem)),
    pushUsername: v.optional(text),
    pushPassword: v.optional(text),
    pullUsername: v.optional(text),
    pullPassword: v.optional(text),
    registryName: v.optional(text),
    resourceGroupName: v.optional(text),
    sku: v.optional(choice(["Basic", "Standard", "Premium"]), "Standard"),
    tokenLifetimeDays: v.optional(days(3650), "90"),
    tokenRenewDays: v.optional(days(3649), "30"),
    protect: v.optional(yesOrNo, "true"),
    lockTags: v.optional(yesOrNo, "true"),
    purgeAfterDays: v.optional(days(3650)),
});

/** What to do about whatever `@pulumi/docker` can't. */
export const useBuildx = "build with buildx, as with `pulumi config set imageProvider buildx`";

const lowerIt = "lower it with `pulumi config set tokenRenewDays <days>`";

/** What only makes sense together. Each rule gives a finding, or nothing. */
const rules: readonly ((config: FoundationConfig) => ProblemParts | false)[] = [
    (config) =>
        config.pullPort === config.pushPort && {
            wrong: "pushPort: must differ from pullPort",
            found: `${config.pushPort} for both`,
            remedy: "choose another with `pulumi config set pushPort <port>`",
        },
    ({ imageProvider, builder = "", attest }) => onlyBuildx(imageProvider, { builder, attest }),
    (config) =>
        config.tokenRenewDays >= config.tokenLifetimeDays && {
            wrong: `tokenRenewDays: must be less than tokenLifetimeDays (${config.tokenLifetimeDays})`,
            found: String(config.tokenRenewDays),
            remedy: lowerIt,
        },
    (config) =>
        config.tokenRenewDays < config.tokenLifetimeDays &&
        config.tokenRenewDays * 2 > config.tokenLifetimeDays && {
            wrong: `tokenRenewDays: must be at most half of tokenLifetimeDays (${config.tokenLifetimeDays})`,
            found: String(config.tokenRenewDays),
            remedy: `${lowerIt}; a token has two passwords, so a third would end one that is still valid`,
        },
    (config) =>
        config.registry === "existing" &&
        config.server === undefined && {
            wrong: "server: must be set for the existing registry, such as ghcr.io/acme",
            found: "none",
            remedy: "set it with `pulumi config set server <host>[:<port>][/<path>]`",
        },
    ...(["push", "pull"] as const).map((side) => (config: FoundationConfig) => {
        const [username, password] = [`${side}Username`, `${side}Password`] as const;
        if ((config[username] === undefined) === (config[password] === undefined)) return false;
        const missing = config[username] === undefined ? username : password;
        return {
            wrong: `${missing}: must be set along with ${missing === username ? password : username}`,
            found: "none",
            remedy: `set it with \`pulumi config set ${missing === password ? "--secret " : ""}${missing} <value>\``,
        };
    }),
    (config) =>
        config.registry === "azure" &&
        judgement("registryName", config.registryName ?? "", registryNameProblem),
    (config) =>
        config.registry === "azure" &&
        config.resourceGroupName !== undefined &&
        judgement("resourceGroupName", config.resourceGroupName, resourceGroupNameProblem),
    ({ purgeAfterDays, ...config }) => {
        const problem =
            config.registry !== "azure"
                ? "is an option of registry azure; `foundation retention` removes old images from any"
                : config.imageProvider === "docker"
                  ? "can't be used with imageProvider docker, which locks no tags"
                  : purgeProblem(config.lockTags);
        return (
            purgeAfterDays !== undefined &&
            problem !== undefined && {
                wrong: `purgeAfterDays: ${problem}`,
                found: String(purgeAfterDays),
                remedy: "remove it with `pulumi config rm purgeAfterDays`",
            }
        );
    },
];

/** The same for each image. */
const imageRules: readonly ((
    image: ImageSettings,
    config: FoundationConfig,
    keyOf: (...path: readonly string[]) => string,
) => ProblemParts | false)[] = [
    ({ tag }, { channel }, keyOf) =>
        tag === channel && {
            wrong: `${keyOf("tag")}: must differ from channel, which moves`,
            found: `"${channel}" for both`,
            remedy: "choose another, or have it made from content by leaving it out",
        },
    ({ platforms }, { imageProvider }, keyOf) =>
        imageProvider === "docker" &&
        platforms.length > 1 && {
            wrong: `${keyOf("platforms")}: must be at most one with imageProvider docker`,
            found: String(platforms.length),
            remedy: useBuildx,
        },
    (image, { imageProvider }, keyOf) => {
        const { rebuild = "", secrets, ssh, extraHosts, buildContexts, labels } = image;
        const cache = [...image.cache.from, ...image.cache.to];
        const settings = { rebuild, secrets, ssh, extraHosts, buildContexts, labels, cache };
        return onlyBuildx(imageProvider, settings, keyOf);
    },
    ({ secrets }, { buildSecrets }, keyOf) => {
        const missing = Object.entries(secrets).find(
            ([, source]) => "config" in source && !Object.hasOwn(buildSecrets, source.config),
        );
        if (missing === undefined) return false;
        const [id, source] = missing;
        const name = "config" in source ? source.config : "";
        return {
            wrong: `${keyOf("secrets", id)}: there is no such entry in buildSecrets`,
            found: `"${name}"`,
            remedy: `set it with \`pulumi config set --secret --path ${quoted(pathText(["buildSecrets", name]))}\``,
        };
    },
];

/** Finds settings that are used, and that `@pulumi/docker` would pass over. */
function onlyBuildx(
    provider: FoundationConfig["imageProvider"],
    settings: Readonly<Record<string, string | object>>,
    keyOf = (key: string) => key,
): ProblemParts | false {
    const used = Object.keys(settings).filter((key) => Object.keys(settings[key] ?? "").length > 0);
    return (
        provider === "docker" &&
        used.length > 0 && {
            wrong: `${used.map((key) => keyOf(key)).join(", ")}: can't be used with imageProvider docker`,
            remedy: useBuildx,
        }
    );
}

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
 * @param secretKeys the keys that were set with `--secret`. Passwords must be, and nothing else may be, as every other
 *     value ends up in plain files.
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
    const secret = own.filter(([key]) => secretKeys.includes(key)).map(([key]) => bare(key));
    const plain = Object.fromEntries(
        own
            .map(([key, value]): [string, unknown] => [bare(key), read(bare(key), value)])
            .filter(([key]) => secretOnes.includes(key) || !secret.includes(key)),
    );
    const result = v.safeParse(schema, plain);
    const findings = [
        ...strays(project, Object.keys(values)),
        ...secret
            .filter((key) => !secretOnes.includes(key))
            .map((key): ProblemParts => ({
                wrong: `${key}: is secret, but would end up in plain files and image history`,
                remedy: `set it without --secret, with \`pulumi config set ${setting([key])}\``,
            })),
        ...(result.success
            ? [...exposed(result.output, secret), ...findingsOf(result.output)]
            : result.issues.map(findingOf)),
    ];
    if (!result.success || findings.length > 0) {
        throw Problem.of("the configuration can't be used", findings);
    }
    return configOf(result.output).config;
}

/** The keys whose values are secret. */
const secretOnes = ["buildSecrets", "pushPassword", "pullPassword"];

/** Those of them that can be read in the stack's configuration. */
function exposed(
    { buildSecrets, pushPassword, pullPassword }: Configured,
    secret: readonly string[],
): ProblemParts[] {
    const paths = [
        ...Object.keys(buildSecrets).map((name) => ["buildSecrets", name]),
        ...(pushPassword === undefined ? [] : [["pushPassword"]]),
        ...(pullPassword === undefined ? [] : [["pullPassword"]]),
    ];
    return paths
        .filter(([key = ""]) => !secret.includes(key))
        .map((path) => ({
            wrong: `${pathText(path)}: must be secret`,
            remedy: `set it with \`pulumi config set --secret ${path.length > 1 ? "--path " : ""}${quoted(pathText(path))}\``,
        }));
}

/** A value as it was meant: Pulumi keeps lists and maps as JSON. */
function read(key: string, value: string): unknown {
    if (!Object.hasOwn(examples, key)) return value;
    try {
        return JSON.parse(value);
    } catch {
        // A text, which the schema finds fault with.
        return value;
    }
}

/** The configuration with its images, and where their settings are written. */
function configOf(configured: Configured): { readonly config: FoundationConfig; readonly keyOf: KeyOf } {
    const { images: named, ...unnamed } = configured;
    const rest = Object.fromEntries(Object.entries(unnamed).filter(([key]) => !isShortKey(key))) as Omit<
        typeof unnamed,
        ShortKey
    >;
    const own = (name: string) => (name === mainName ? shortSettings(configured) : {});
    const section = (name: string) =>
        name === mainName && !Object.keys(named[name] ?? {}).some(isShortKey)
            ? {}
            : { section: pathText(["images", name]) };
    const settingsOf = ([name, settings]: readonly [string, ConfiguredImage]): ImageSettings => ({
        ...imageSettings(name, { ...own(name), ...settings }),
        ...section(name),
    });
    // Pulumi hands a map over in this order, and its files have it as it was written.
    const [first = [mainName, {}] as const, ...more] = Object.entries(named).sort(([one], [other]) =>
        one < other ? -1 : 1,
    );
    return {
        config: { ...rest, images: [settingsOf(first), ...more.map(settingsOf)] },
        keyOf: ({ name }, ...path) => {
            const [key = ""] = path;
            const isShort = name === mainName && isShortKey(key) && !Object.hasOwn(named[name] ?? {}, key);
            return pathText(isShort ? path : ["images", name, ...path]);
        },
    };
}

function isShortKey(key: string | number): key is ShortKey {
    return Object.hasOwn(short, key);
}

/** What the project's own keys say of the image called `foundation`, but for what is so anyway, as in Pulumi.yaml. */
function shortSettings(configured: Configured): ConfiguredImage {
    const usual: Readonly<Record<string, unknown>> = { ...imageSettings(mainName, {}) };
    return Object.fromEntries(
        Object.entries(configured).filter(
            ([key, value]) => isShortKey(key) && value !== undefined && !isDeepStrictEqual(value, usual[key]),
        ),
    );
}

function findingsOf(configured: Configured): ProblemParts[] {
    const { config, keyOf } = configOf(configured);
    return [
        ...misplaced(configured),
        ...rules.map((rule) => rule(config)),
        ...config.images.flatMap((image) =>
            imageRules.map((rule) => rule(image, config, (...path) => keyOf(image, ...path))),
        ),
        ...imageConflicts(config.images, keyOf),
    ].filter((finding) => finding !== false);
}

/** Settings of the image called `foundation` where there is none of that name, or that are below its name as well. */
function misplaced(configured: Configured): ProblemParts[] {
    const { images } = configured;
    const names = Object.keys(images);
    if (names.length === 0) return [];
    const main = images[mainName];
    const owner = names.length === 1 ? names.join() : "<name>";
    return Object.keys(shortSettings(configured)).flatMap((key): ProblemParts[] => {
        if (main === undefined) {
            return [
                {
                    wrong: `${key}: is for the image called ${mainName}; images names ${names.join(", ")}`,
                    remedy: `write it as images.${owner}.${key}, and remove it with \`pulumi config rm ${key}\``,
                },
            ];
        }
        if (!Object.hasOwn(main, key)) return [];
        return [
            {
                wrong: `${key}: is in images.${mainName}.${key} as well`,
                remedy: `keep one of them; \`pulumi config rm ${key}\` removes this one`,
            },
        ];
    });
}

/** Keys as this repository's documents have them, which count for nothing in a project of another name. */
function strays(project: string, keys: readonly string[]): ProblemParts[] {
    const prefix = `${originalProject}:`;
    return keys
        .filter((key) => project !== originalProject && key.startsWith(prefix))
        .map((key): ProblemParts => ({
            wrong: `${key}: is of a project named ${originalProject}, but this one is named ${project}`,
            remedy: `run \`pulumi config set ${setting([key.slice(prefix.length)])}\` and \`pulumi config rm ${key}\``,
        }));
}

function findingOf(issue: v.BaseIssue<unknown>): ProblemParts {
    const path = (issue.path ?? []).map(({ key }) => key as string | number);
    const [key = ""] = path;
    if (!(key in schema.entries)) {
        const allowed = Object.keys(schema.entries);
        const meant = nearest(String(key), allowed);
        return {
            wrong: `${key}: is not a key of this project; allowed are ${allowed.join(", ")}`,
            remedy:
                meant === undefined
                    ? `remove it with \`pulumi config rm ${key}\`; what the program reads itself has a prefix of its own, such as app:${key}`
                    : `remove it with \`pulumi config rm ${key}\`, and if ${meant} is meant, \`pulumi config set ${setting([meant])}\``,
        };
    }
    const name = pathText(path);
    // A stack's value for a key takes the place of all that Pulumi.yaml has for it.
    const where = key === "images" && path.length > 1 ? "where images is written, or " : "";
    if (issue.path?.at(-1)?.origin === "key") {
        return {
            wrong: `${name}: ${issue.message}`,
            remedy: `remove it ${where}with \`pulumi config rm --path ${quoted(name)}\``,
        };
    }
    // Pulumi makes a map or a list of a text at the top alone.
    const first =
        path.length > 1 && itemOf(path) !== ""
            ? `remove it ${where}with \`pulumi config rm --path ${quoted(name)}\`, and `
            : "";
    return {
        wrong: `${name}: ${issue.message}`,
        ...(!secretOnes.includes(String(key)) && { found: JSON.stringify(issue.input) }),
        remedy: `${first}${first === "" ? `change it ${where}` : "set it "}with \`pulumi config set ${setting(path)}\``,
    };
}

/** What is a list or a map, with an item of it, for Pulumi takes them by their items only. */
const examples: Readonly<Record<string, string>> = {
    images: ".<name>.folder",
    apps: "[0]",
    platforms: "[0]",
    attest: "[0]",
    replaces: "[0]",
    ssh: "[0]",
    buildArgs: ".<name>",
    buildSecrets: ".<name>",
    secrets: ".<id>.env",
    extraHosts: ".<host>",
    buildContexts: ".<name>",
    labels: ".<name>",
    cache: ".from[0]",
};

function setting(path: readonly (string | number)[]): string {
    const [key = ""] = path;
    const text = `${pathText(path)}${itemOf(path)}`;
    if (text === key) return `${key} <value>`;
    const secret = secretOnes.includes(String(key)) ? "--secret " : "";
    // What looks like a number would be kept as one; a list of numbers is asked for nowhere.
    const type = /\[\d+\]$/.test(text) ? "" : "--type string ";
    return `${secret}--path ${quoted(text)} ${type}<value>`;
}

/** The rest of the way to a text that can be set. */
function itemOf(path: readonly (string | number)[]): string {
    const own = path[0] === "images" ? path.slice(2) : path;
    if (path.length === 1) return examples[own[0] ?? path[0] ?? ""] ?? "";
    if (own.length === 0) return ".folder";
    if (own.length === 2 && own[0] === "secrets") return ".env";
    return own.length === 1 ? (examples[own[0] ?? ""] ?? "") : "";
}

function quoted(path: string): string {
    return path.includes("[") ? shellWord(path) : path;
}
