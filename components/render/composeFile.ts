import { composeMark, overrideMark } from "./composeMark.ts";
import { composeYaml, literal } from "./composeYaml.ts";
import type { FoundationUse } from "./dockerfile.ts";
import { imageVariable, isRepositoryPath, type Foundation, type SecretSource } from "./foundation.ts";
import { gap } from "./gaps.ts";
import { relativePath } from "./paths.ts";

/** The label in which a foundation has its tag, and with it every image that is built on one. */
export const tagLabel = "foundation.tag";

/** The tag that a foundation has when it was built on a developer's machine. */
export const localTag = "local";

/** The foundations that a build uses, by name, and how its Dockerfile names them. */
export type Uses = ReadonlyMap<string, FoundationUse>;

/** How the foundation is built. `buildArgs` are literal, name to value. */
export interface FoundationBuild {
    readonly target?: string | undefined;
    readonly buildArgs: Readonly<Record<string, string>>;
    /** By id; only where they are is emitted. */
    readonly secrets?: Readonly<Record<string, SecretSource>>;
    readonly ssh?: readonly string[];
    readonly extraHosts?: Readonly<Record<string, string>>;
    readonly buildContexts?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly cache?: { readonly from: readonly string[] };
}

/** The variable that a developer's build takes in place of a secret value that only the stack has. */
function secretVariable(name: string): string {
    return `FOUNDATION_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/**
 * What a build's named contexts are: the `image` itself, which every Compose knows; or a `service` built on it, with
 * which BuildKit finds an image of this machine in every image store (docs/decisions/named-contexts.md).
 */
export type ContextForm = "image" | "service";

/** What emitted Compose files of one repository have in common. */
export interface ComposeSetting {
    readonly foundations: readonly Pick<Foundation, "name" | "argument">[];
    readonly contexts: ContextForm;
}

/** A foundation, with the build of it that a developer repeats. */
export type BuiltFoundation = Pick<Foundation, "name" | "folder" | "context" | "dockerfile"> &
    FoundationBuild;

/**
 * The compose.yaml of a foundation's folder: one service that builds and pulls under the official name.
 *
 * @param uses the foundations that it is built on itself.
 * @param project the name of its Compose project, from {@link projectName}.
 */
export function foundationCompose(
    foundation: BuiltFoundation,
    uses: Uses,
    setting: ComposeSetting,
    project: string,
): string {
    const { name } = foundation;
    const handed = handOver(new Map([[name, uses]]), setting, name);
    return composeText(
        composeMark,
        [
            "docker compose build   your own foundation, from the files in this folder",
            "docker compose pull    back to the official one",
            ...composeNeeded(handed.helpers),
        ],
        {
            name: project,
            services: {
                [name]: officialService(foundation, true, handed.builds.get(name) ?? noBuild),
                ...handed.helpers,
            },
            ...declared(foundation),
        },
    );
}

/** Builds and pulls under the official name; says where its files are, unless the user's Compose file does. */
function officialService(foundation: BuiltFoundation, placed: boolean, handed: HandedOver): object {
    const { name, folder, context, dockerfile, target, buildArgs, ...more } = foundation;
    const { secrets = {}, ssh = [], extraHosts = {}, labels = {} } = more;
    const file = relativePath(context, dockerfile);
    const names = Object.keys(buildArgs).sort();
    const args = new Map(names.map((arg) => [arg, literal(buildArgs[arg] ?? "")]));
    // /etc/foundation-release says so inside an image built here; the official build passes its own tag.
    args.set("FOUNDATION_TAG", localTag);
    const contexts = new Map([
        ...Object.entries(more.buildContexts ?? {}).map(
            ([key, place]) =>
                [key, literal(isRepositoryPath(place) ? relativePath(folder, place) : place)] as const,
        ),
        ...secretFolders(secrets, folder),
        ...handed.contexts,
    ]);
    const ids = Object.keys(secrets);
    return {
        image: imageOf(name),
        build: {
            ...(placed && { context: literal(relativePath(folder, context)) }),
            ...(placed && file !== "Dockerfile" && { dockerfile: literal(file) }),
            ...(target !== undefined && { target: literal(target) }),
            ...buildEntries({ args: new Map([...args, ...handed.args]), contexts }),
            ...(ids.length > 0 && { secrets: ids }),
            ...(ssh.length > 0 && { ssh: ssh.map(literal) }),
            ...(Object.keys(extraHosts).length > 0 && { extra_hosts: extraHosts }),
            // What is built on it inherits this, and so tells what it stands on.
            labels: { ...literals(labels), [tagLabel]: localTag },
            // A colleague who changes a line need not repeat the expensive steps above it: the official image
            // carries its build cache. Without a registry or a login, the build goes on without.
            cache_from: [imageOf(name), ...(more.cache?.from ?? []).map(literal)],
        },
    };
}

/** The secrets that a Compose file declares for a foundation's build. */
function declared({ folder, secrets = {} }: BuiltFoundation): object {
    return Object.keys(secrets).length > 0 ? { secrets: secretPlaces(secrets, folder) } : {};
}

/**
 * The compose.yaml of an app's folder: it hands the foundations to the builds the way their Dockerfiles ask for them.
 *
 * @param service the app's own, from {@link serviceName}.
 * @param uses what each built service uses: the app's own, and those that the user has added.
 * @param project the name of its Compose project, from {@link projectName}.
 */
export function appCompose(
    service: string,
    uses: ReadonlyMap<string, Uses>,
    setting: ComposeSetting,
    project: string,
): string {
    const { builds, helpers } = handOver(uses, setting, service);
    const entries = [...new Set([service, ...builds.keys()])].map((name) => [
        name,
        {
            build: {
                ...(name === service && { context: "." }),
                ...buildEntries(builds.get(name) ?? noBuild),
            },
        },
    ]);
    return composeText(
        composeMark,
        [
            "docker compose up           build if needed, and run",
            "docker compose up --build   after a change to the app or to the foundation",
            ...composeNeeded(helpers),
        ],
        { name: project, services: { ...(Object.fromEntries(entries) as object), ...helpers } },
    );
}

/** Where Compose takes each secret from. */
function secretPlaces(
    secrets: Readonly<Record<string, SecretSource>>,
    folder: string,
): Readonly<Record<string, object>> {
    return Object.fromEntries(
        Object.entries(secrets).map(([id, source]): [string, object] => {
            if ("env" in source) return [id, { environment: source.env }];
            if ("config" in source) return [id, { environment: secretVariable(source.config) }];
            return [id, { file: literal(secretFile(source.file, folder)) }];
        }),
    );
}

/** As a Compose file in the folder has it. Compose knows `~`. */
function secretFile(file: string, folder: string): string {
    return /^(~\/|\/|[a-zA-Z]:)/.test(file) ? file : relativePath(folder, file);
}

/**
 * Named contexts that no Dockerfile names, so that nothing of them is sent: Compose 5 lets its builder read below the
 * contexts of a build and nowhere else, not even the files of its secrets.
 */
function secretFolders(
    secrets: Readonly<Record<string, SecretSource>>,
    folder: string,
): (readonly [name: string, place: string])[] {
    return Object.entries(secrets).flatMap(([id, source]) => {
        const file = "file" in source ? secretFile(source.file, folder) : "";
        const outside = /^(~|\.\.)\/|^\/|^[a-zA-Z]:/.test(file);
        return outside ? [[`folder-of-secret-${id.toLowerCase()}`, literal(folderOf(file))] as const] : [];
    });
}

function folderOf(file: string): string {
    return file.replace(/[\\/][^\\/]*$/, "") || "/";
}

function literals(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, literal(text)]));
}

/** What is merged into a Compose file of the user's. */
export interface Additions {
    /** What each built service of theirs uses. */
    readonly uses: ReadonlyMap<string, Uses>;
    /** In the folder of a foundation: the services that build it under its official name. */
    readonly official?: {
        readonly foundation: BuiltFoundation;
        readonly services: readonly string[];
        /** Whether it is ours, and so says where its files are. */
        readonly added: boolean;
    };
    /** Their services that aren't built. */
    readonly others: readonly string[];
    /** Names the services that are contexts. */
    readonly owner: string;
}

/** An entry for each built service that uses a foundation, or is one, and nothing else. */
export function overrideCompose(
    { uses, official, others, owner }: Additions,
    setting: ComposeSetting,
): string {
    const { builds, helpers } = handOver(uses, setting, owner, others);
    const entries = [...new Set([...(official?.services ?? []), ...builds.keys()])].map((name) => {
        const handed = builds.get(name) ?? noBuild;
        if (!official?.services.includes(name)) return [name, { build: buildEntries(handed) }];
        return [name, officialService(official.foundation, official.added, handed)];
    });
    return composeText(overrideMark, composeNeeded(helpers).slice(1), {
        services: { ...(Object.fromEntries(entries) as object), ...helpers },
        ...(official !== undefined && declared(official.foundation)),
    });
}

/** What a service's build gets of ours. */
interface HandedOver {
    readonly args: ReadonlyMap<string, string>;
    readonly contexts: ReadonlyMap<string, string>;
}

const noBuild: HandedOver = { args: new Map(), contexts: new Map() };

/** What hands the foundations to each service that uses one, and the services that are their named contexts. */
function handOver(
    services: ReadonlyMap<string, Uses>,
    { foundations, contexts: form }: ComposeSetting,
    owner: string,
    others: readonly string[] = [],
): {
    readonly builds: ReadonlyMap<string, HandedOver>;
    readonly helpers: Readonly<Record<string, object>>;
} {
    const helpers: Record<string, object> = {};
    const builds = new Map<string, HandedOver>();
    const taken = new Set([...services.keys(), ...others]);
    for (const [service, uses] of services) {
        const args = new Map<string, string>();
        const contexts = new Map<string, string>();
        for (const { name, argument } of foundations) {
            const use = uses.get(name);
            if (use === undefined) continue;
            if (use.buildArg) args.set(argument, imageOf(name));
            if (use.contexts.length === 0) continue;
            const helper = free(contextService(name, owner), taken);
            const source = form === "service" ? `service:${helper}` : `docker-image://${imageOf(name)}`;
            for (const context of use.contexts) contexts.set(context, source);
            if (form === "service") helpers[helper] = contextDefinition(name);
        }
        if (args.size > 0 || contexts.size > 0) builds.set(service, { args, contexts });
    }
    return { builds, helpers };
}

/** A name that no service of the user's has. */
function free(name: string, taken: ReadonlySet<string>): string {
    return taken.has(name) ? free(`${name}-image`, taken) : name;
}

function buildEntries({ args, contexts }: HandedOver): object {
    return {
        ...(args.size > 0 && { args }),
        ...(contexts.size > 0 && { additional_contexts: contexts }),
    };
}

function composeNeeded(helpers: object): readonly string[] {
    return Object.keys(helpers).length > 0 ? ["", "This takes Docker Compose 2.33.1 or newer."] : [];
}

/** The reference of a foundation: that of `.env`, or else the one that was published. */
function imageOf(name: string): string {
    return `\${${imageVariable(name)}:-${gap(`${name}.image`)}}`;
}

/**
 * The service that the named contexts of a foundation are in that form. It has its owner in its name, so that one
 * Compose file can include several apps.
 */
export function contextService(foundation: string, owner: string): string {
    return foundation === "foundation" ? `foundation-${owner}` : `foundation-${foundation}-${owner}`;
}

/** Built along with the app, and never started. The argument has a default, or BuildKit would warn of each build. */
function contextDefinition(foundation: string): object {
    return {
        scale: 0,
        build: {
            dockerfile_inline: literal("ARG FOUNDATION_IMAGE=scratch\nFROM ${FOUNDATION_IMAGE}\n"),
            args: { FOUNDATION_IMAGE: imageOf(foundation) },
        },
    };
}

/**
 * The name of a folder's Compose project. Compose would take the folder's name alone, and equally named folders of two
 * repositories would replace each other's images and containers.
 *
 * @param mark what tells the repository from others; letters and digits.
 */
export function projectName(service: string, mark: string): string {
    return `${service}-${mark}`;
}

/**
 * The Compose service for an app's folder, by the rule Compose itself makes a project name of a folder with
 * (compose-go, NormalizeProjectName): lower case, only `[a-z0-9_-]`, starting with a letter or digit.
 * Empty when nothing is left.
 */
export function serviceName(folder: string): string {
    return folder
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, "")
        .replace(/^[_-]+/, "");
}

/**
 * A service's name as images can have it, whose names Compose makes of project and service: Docker takes 255 characters at
 * most, no separator at the end, and side by side only `__` or any number of `-`.
 */
export function imageableName(service: string): string {
    return service
        .slice(0, 100)
        .replace(/[_-]{2,}/g, (separators) => (/^(__|-+)$/.test(separators) ? separators : "-"))
        .replace(/[_-]+$/, "");
}

function composeText(mark: string, advice: readonly string[], content: object): string {
    const comment = advice.map((line) => (line === "" ? "#\n" : `#   ${line}\n`)).join("");
    return `${mark}\n${comment === "" ? "" : `#\n${comment}`}\n${composeYaml(content)}`;
}
