import * as net from "node:net";
import * as path from "node:path";
import * as v from "valibot";
import type { ProblemParts } from "./problem.ts";
import { imageVariable, isRepositoryPath, type Foundation, type SecretSource } from "./render/foundation.ts";
import {
    familiarReference,
    referenceProblem,
    repositoryProblem,
    tagProblem,
} from "./render/imageReference.ts";

/** A foundation with all that its configuration says about its build. */
export interface ImageSettings extends Foundation {
    /** Where its settings are in the configuration, such as `images.java`; none where they are the project's own keys. */
    readonly section?: string;
    /** The stage to build; the last where none is given. */
    readonly target?: string | undefined;
    readonly buildArgs: Readonly<Record<string, string>>;
    /** Such as `linux/arm64`; none means the builder's own. */
    readonly platforms: readonly string[];
    /** A tag fixed by hand; else it is made from the content. */
    readonly tag?: string | undefined;
    /** Any text; a new one builds the same content again from scratch. */
    readonly rebuild?: string | undefined;
    /** By the id that the Dockerfile's `--mount=type=secret` has. */
    readonly secrets: Readonly<Record<string, SecretSource>>;
    /** As `docker build --ssh` takes them: `default`, or `<id>=<path of a key or a socket>`. */
    readonly ssh: readonly string[];
    /** Host name to address, or to `host-gateway`. */
    readonly extraHosts: Readonly<Record<string, string>>;
    /** Name to a folder of the repository, an image (`docker-image://…`), or a URL. */
    readonly buildContexts: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
    /** Besides the image's own, which is in the registry: as `--cache-from` and `--cache-to` take them. */
    readonly cache: {
        /** What a build may start from. */
        readonly from: readonly string[];
        /** Where what it has done is kept. */
        readonly to: readonly string[];
    };
}

const anyText = v.string("must be a text");
const text = v.pipe(anyText, v.nonEmpty("must not be empty"));

/** A text that a function finds nothing wrong with. */
export function judged(problemOf: (value: string) => string | undefined) {
    return v.pipe(
        anyText,
        v.check(
            (value) => problemOf(value) === undefined,
            ({ input }) => problemOf(input) ?? "",
        ),
    );
}

/** A list, each item of which is judged by itself. */
export function listOf<Item extends v.GenericSchema>(item: Item) {
    return v.array(item, "must be a list of texts");
}

/** A map, each name and item of which is judged by itself. */
export function mapOf<Name extends v.GenericSchema<string, string>, Item extends v.GenericSchema>(
    names: string,
    name: Name,
    item: Item,
) {
    const message = `must be a map from ${names}`;
    // A record may also be a list, with numbers for names.
    return v.pipe(
        v.unknown(),
        v.check((value) => !Array.isArray(value), message),
        v.record(name, item, message),
    );
}

const place = v.pipe(judged(pathProblem), v.transform(normalized));

function normalized(value: string): string {
    return path.posix.normalize(value).replace(/(?<=.)\/$/, "");
}

/** What is wrong with a path inside of the repository, as the end of a sentence; undefined when nothing is. */
function pathProblem(value: string): string | undefined {
    if (value === "") return "must not be empty";
    if (value.includes("\\")) return 'must have "/" between its parts';
    const inside = path.posix.normalize(value);
    if (inside.startsWith("/") || /^[a-zA-Z]:/.test(inside))
        return "must be relative to the repository's root";
    return inside === ".." || inside.startsWith("../") ? "must not lead out of the repository" : undefined;
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variable = v.pipe(
    anyText,
    v.regex(variableName, 'must be letters, digits and "_", the first not a digit'),
);

/** The image learns its own tag by this argument. */
const tagArgument = "FOUNDATION_TAG";
const argument = v.pipe(variable, v.notValue(tagArgument, "is how the image learns its own tag"));

const secretSource = v.pipe(
    v.strictObject(
        { env: v.optional(variable), file: v.optional(text), config: v.optional(text) },
        ({ expected }) =>
            expected === "never"
                ? "is no place for a secret; allowed are env, file, config"
                : "must be { env: <variable> }, { file: <path> } or { config: <name in buildSecrets> }",
    ),
    v.check((sources) => Object.keys(sources).length === 1, "must have one of env, file and config"),
    v.transform((source) => source as SecretSource),
);

const platform = v.pipe(
    anyText,
    v.regex(
        /^[^/,\s]+(\/[^/,\s]+){1,2}$/,
        "must be <os>/<architecture>, such as linux/amd64 or linux/arm/v7",
    ),
);

const contextName = judged((name) =>
    referenceProblem(name) === undefined ? undefined : "must be a name or an image as in FROM",
);

/** A folder is judged as one; anything else is for BuildKit to judge. */
const buildContext = v.pipe(
    judged((value) =>
        !isRepositoryPath(value) || pathProblem(value) === undefined
            ? undefined
            : "must be a folder of the repository, docker-image://<image>, or a URL",
    ),
    v.transform((value) => (isRepositoryPath(value) ? normalized(value) : value)),
);

const hostAddress = judged((address) =>
    address === "host-gateway" || net.isIP(address) !== 0
        ? undefined
        : "must be an IP address or host-gateway",
);

/** How each setting of an image is judged, as JSON has it. */
export const imageEntries = {
    target: text,
    platforms: listOf(platform),
    tag: judged(tagProblem),
    rebuild: text,
    repository: judged(repositoryProblem),
    replaces: listOf(judged(referenceProblem)),
    context: place,
    dockerfile: place,
    // Numbers are refused: what was written as 1.10 or 3.0 is kept as 1.1 and 3.
    buildArgs: mapOf(
        "names of build arguments to texts",
        v.pipe(v.string(), v.notValue(tagArgument, "is how the image learns its own tag")),
        anyText,
    ),
    secrets: mapOf("ids of secrets to where they are", v.string(), secretSource),
    ssh: listOf(
        v.pipe(anyText, v.regex(/^[\w.-]+(=.+)?$/, "must be default, or <id>=<path of a key or a socket>")),
    ),
    extraHosts: mapOf("host names to addresses", v.string(), hostAddress),
    buildContexts: mapOf("names to folders, images or URLs", contextName, buildContext),
    labels: mapOf(
        "names of labels to texts",
        v.pipe(v.string(), v.notValue("foundation.tag", "is how an image tells what it stands on")),
        anyText,
    ),
    cache: v.strictObject(
        { from: v.optional(listOf(text), []), to: v.optional(listOf(text), []) },
        ({ expected }) =>
            expected === "never"
                ? "is not a key of cache; allowed are from, to"
                : "must have the lists from and to",
    ),
} as const;

const names = /^[a-z0-9]+([-_][a-z0-9]+)*$/;
const imageName = v.pipe(
    v.string(),
    v.regex(names, 'must be lower-case letters and digits, with "-" or "_" between them'),
    v.notValue("scratch", "is what a Dockerfile starts from to start from nothing"),
);

/** How Dockerfiles name an image, beside its own name. */
export const nameEntries = { argument, replaces: imageEntries.replaces };

const ownEntries = { folder: place, argument, ...imageEntries };

// Each may be left out; what stands for it depends on the others.
const imageSchema = v.partial(
    v.strictObject(ownEntries, ({ expected }) =>
        expected === "never"
            ? `is not a setting of an image; allowed are ${Object.keys(ownEntries).join(", ")}`
            : "must be a map of an image's settings",
    ),
);

/** `foundation:images`, as JSON has it. */
export const imagesSchema = mapOf("names of images to their settings", imageName, imageSchema);

/** Where a setting of an image is written, such as `images.java.buildArgs.A`. */
export type KeyOf = (image: ImageSettings, ...path: readonly (string | number)[]) => string;

/** What was configured of one image. */
export type ConfiguredImage = v.InferOutput<typeof imageSchema>;

/** An image with what stands for all that wasn't configured. */
export function imageSettings(name: string, configured: ConfiguredImage): ImageSettings {
    const folder = configured.folder ?? name;
    return {
        name,
        folder,
        context: configured.context ?? folder,
        dockerfile: configured.dockerfile ?? path.posix.join(folder, "Dockerfile"),
        argument: configured.argument ?? imageVariable(name),
        replaces: configured.replaces ?? [],
        repository: configured.repository ?? name,
        target: configured.target,
        buildArgs: configured.buildArgs ?? {},
        platforms: configured.platforms ?? [],
        tag: configured.tag,
        rebuild: configured.rebuild,
        secrets: configured.secrets ?? {},
        ssh: configured.ssh ?? [],
        extraHosts: configured.extraHosts ?? {},
        buildContexts: configured.buildContexts ?? {},
        labels: configured.labels ?? {},
        cache: configured.cache ?? { from: [], to: [] },
    };
}

/** What doesn't go together among several images. */
export function imageConflicts(images: readonly ImageSettings[], keyOf: KeyOf): ProblemParts[] {
    const pairs = images.flatMap((image, index) =>
        images.slice(0, index).map((earlier) => [image, earlier] as const),
    );
    const shared = (key: Shared, remedy: string) =>
        pairs
            .filter(([image, other]) => image[key] === other[key])
            .map(([image, other]): ProblemParts => ({
                wrong: `${keyOf(image, key)}: must differ from that of ${other.name}`,
                found: `"${image[key]}" for both`,
                remedy,
            }));
    const sharesVariable = ([{ name }, other]: (typeof pairs)[number]) =>
        imageVariable(name) === imageVariable(other.name);
    return [
        ...shared(
            "folder",
            "give each a folder of its own for its compose.yaml; the Dockerfile may stay where it is (dockerfile, context)",
        ),
        ...shared("repository", "give each a repository of its own"),
        ...shared("argument", "give each an argument of its own"),
        ...pairs.filter(sharesVariable).map(([{ name }, other]): ProblemParts => ({
            wrong: `images.${name}: would have the same variable in .env as ${other.name}`,
            found: `${imageVariable(name)} for both`,
            remedy: "rename one of them",
        })),
        ...images.flatMap((image) => namedTwice(image, images, keyOf)),
    ];
}

type Shared = "folder" | "repository" | "argument";

/** Names that would each stand for two images. */
function namedTwice(image: ImageSettings, images: readonly ImageSettings[], keyOf: KeyOf): ProblemParts[] {
    const others = images.filter((other) => other !== image);
    const owner = (name: string) =>
        others.find((other) =>
            [other.name, ...other.replaces].some(
                (known) => familiarReference(known) === familiarReference(name),
            ),
        );
    return [
        ...image.replaces.map((name, index) => ({ name, path: ["replaces", index] })),
        ...Object.keys(image.buildContexts).map((name) => ({ name, path: ["buildContexts", name] })),
    ].flatMap(({ name, path }): ProblemParts[] => {
        const other = owner(name);
        if (other === undefined) return [];
        return [
            {
                wrong: `${keyOf(image, ...path)}: stands for the image ${other.name} already`,
                found: `"${name}"`,
                remedy: "leave it out on one side",
            },
        ];
    });
}
