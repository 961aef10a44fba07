import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { Problem } from "../problem.ts";
import { serviceName, type ContextForm } from "../render/composeFile.ts";
import { parseReference, type ImageReference } from "../render/imageReference.ts";
import { MINIMUM_COMPOSE, MINIMUM_COMPOSE_WITH_SERVICES } from "../versions.js";
import { ownLines, readEmittedEnv, readEnv } from "./env.ts";

/** What the emitted `.env` of the foundation says. */
export interface Emitted {
    readonly image: string;
    readonly digest: string;
    readonly stack: string;
}

/** An app's folder as Compose sees it. */
export interface Workspace {
    /** Relative to the project, such as `apps/app1`. */
    readonly folder: string;
    readonly project: string;
    readonly service: string;
    /** The name of its image. */
    readonly image: string;
    /** The images of services that the user has added, as far as they name one. */
    readonly ownImages: ReadonlyMap<string, string>;
    /** The reference its next build starts from. */
    readonly reference: string;
    /** The line of the `.env`, outside of what is ours in it, that has the last word on the reference. */
    readonly ownLine: number | undefined;
    /** Where the user's own Compose file hands another image to its build, such as `build.args.FOUNDATION_IMAGE`. */
    readonly diversions: readonly string[];
    /** What its compose.yaml has for named contexts; nothing where the build argument is the only way. */
    readonly contexts: ContextForm | undefined;
    /** The name of the image that Compose makes of the service which is its context; nothing where there is none. */
    readonly contextImage?: string;
    readonly problem?: string;
}

/** What brings emitted files back. */
export const remedyForMissing = "get the emitted files with `git pull`, `foundation sync` or `pulumi up`";

/**
 * What the emitted `.env` of the foundation says; the file alone, without the shell's variables.
 *
 * @throws Problem when it is missing or says too little.
 */
export function readEmitted(root: string): Emitted {
    const values = readEnv(root, "foundation");
    const [image, digest, stack] = ["FOUNDATION_IMAGE", "FOUNDATION_DIGEST", "FOUNDATION_STACK"].map(
        (name) => values?.[name],
    );
    if (!image || !digest || !stack) {
        const file = path.join(root, "foundation", ".env");
        const found = values === undefined ? missing(file) : "doesn't name the foundation";
        throw new Problem(`${file} ${found}; ${remedyForMissing}`);
    }
    return { image, digest, stack };
}

function missing(file: string): string {
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return "is missing";
    return `is a link to ${fs.readlinkSync(file)}, which is missing`;
}

/** As {@link readEmitted}, without what lines of the user's own make of it. */
export function readEmittedBlock(root: string): Emitted {
    const { image, digest, stack } = readEmitted(root);
    const {
        FOUNDATION_IMAGE = image,
        FOUNDATION_DIGEST = digest,
        FOUNDATION_STACK = stack,
    } = readEmittedEnv(root, "foundation") ?? {};
    return { image: FOUNDATION_IMAGE, digest: FOUNDATION_DIGEST, stack: FOUNDATION_STACK };
}

/**
 * The registry that a foundation is in.
 *
 * @throws Problem when its name has none. It would be one of Docker Hub's, where our password has no business.
 */
export function registryOf(image: string): ImageReference {
    const reference = parseReference(image);
    if (reference.server !== "" && URL.canParse(`https://${reference.server}`)) return reference;
    throw new Problem(`the foundation's name "${image}" has no registry in it; ${remedyForMissing}`);
}

/** The folders of apps, in byte order: those under `apps/` that have a Dockerfile. */
export function appFolders(root: string): string[] {
    const home = path.join(root, "apps");
    if (!fs.existsSync(home)) return [];
    return fs
        .readdirSync(home)
        .filter((name) => fs.existsSync(path.join(home, name, "Dockerfile")))
        .sort()
        .map((name) => `apps/${name}`);
}

/** An app as the next `docker compose` in its folder would see it, with the shell's variables before the `.env`. */
export function readWorkspace(root: string, folder: string): Workspace {
    const service = serviceName(path.posix.basename(folder));
    const values = readEnv(root, folder);
    const file = path.join(root, folder, "compose.yaml");
    const composed = fs.existsSync(file);
    const own = overrideOf(path.join(root, folder));
    const setting = (name: string): string | undefined => process.env[name] ?? values?.[name];
    const text = composed ? fs.readFileSync(file, "utf8") : "";
    const project =
        setting("COMPOSE_PROJECT_NAME") ??
        (own.name === undefined ? (nameIn(text) ?? service) : expand(own.name, setting));
    const reference = setting("FOUNDATION_IMAGE") ?? "";
    const { form: contexts, helper } = contextIn(text);
    const ownImages = new Map(
        Object.entries(own.services ?? {}).flatMap(([name, definition]) =>
            typeof definition?.image === "string" ? [[name, expand(definition.image, setting)] as const] : [],
        ),
    );
    return {
        folder,
        project,
        service,
        image: ownImages.get(service) ?? `${project}-${service}`,
        ownImages,
        reference,
        ownLine: ownLines(root, folder).find(({ name }) => name === "FOUNDATION_IMAGE")?.line,
        diversions: diversions(own.services?.[service]?.build, () => contextNames(text, service)),
        contexts,
        ...(helper !== undefined && { contextImage: `${project}-${helper}` }),
        ...((!composed || reference === "") && {
            problem: `${folder} has no ${composed ? ".env" : "compose.yaml"} of the foundation; ${remedyForMissing}`,
        }),
    };
}

/** The project's name in our compose.yaml; one of a former version has none. */
function nameIn(compose: string): string | undefined {
    return /^name: (\S+)/m.exec(compose)?.[1];
}

/** What our compose.yaml has for named contexts, and the service that they are. */
function contextIn(compose: string): { readonly form?: ContextForm; readonly helper?: string } {
    const [, source, name] =
        /^ +additional_contexts:\s+.*: (docker-image|service):(\S+)/m.exec(compose) ?? [];
    if (source === undefined || name === undefined) return {};
    return source === "service" ? { form: "service", helper: name } : { form: "image" };
}

/** The oldest Compose that can do everything, these apps included. */
export function minimumCompose(workspaces: readonly Workspace[]): string {
    const served = workspaces.some(({ contexts }) => contexts === "service");
    return served ? MINIMUM_COMPOSE_WITH_SERVICES : MINIMUM_COMPOSE;
}

interface ComposeText {
    readonly name?: string;
    readonly services?: Readonly<Record<string, Service | null>>;
}

interface Service {
    readonly image?: string;
    /** A string is the context alone. */
    readonly build?: string | Build | null;
}

interface Build {
    readonly args?: Pairs;
    readonly additional_contexts?: Pairs;
}

/** Compose takes `name: value` and `- name=value`. */
type Pairs = Readonly<Record<string, unknown>> | readonly string[] | null;

function entries(pairs: Pairs | undefined): readonly (readonly [name: string, value: string])[] {
    const listed = Array.isArray(pairs)
        ? pairs.map((pair) => String(pair).split(/=(.*)/s))
        : Object.entries(pairs ?? {}).map(([name, value]) => [name, String(value)]);
    return listed.map(([name = "", value = ""]) => [name, value]);
}

function diversions(build: Service["build"], ours: () => readonly string[]): readonly string[] {
    if (typeof build !== "object" || build === null) return [];
    // Who repeats what is emitted changes nothing.
    const others = (pairs: Pairs | undefined): readonly string[] =>
        entries(pairs).flatMap(([name, value]) => (/\$\{?FOUNDATION_IMAGE\b/.test(value) ? [] : [name]));
    const contexts = others(build.additional_contexts);
    return [
        ...(others(build.args).includes("FOUNDATION_IMAGE") ? ["build.args.FOUNDATION_IMAGE"] : []),
        // Others are for COPY --from.
        ...(contexts.length > 0 ? ours().filter((name) => contexts.includes(name)) : []).map(
            (name) => `build.additional_contexts.${name}`,
        ),
    ];
}

/** The names under which our compose.yaml hands the foundation to the build. */
function contextNames(compose: string, service: string): readonly string[] {
    const build = readCompose(compose).services?.[service]?.build;
    return typeof build === "object" ? entries(build?.additional_contexts).map(([name]) => name) : [];
}

/** What the user has put beside our compose.yaml; Compose takes the first of these files. */
function overrideOf(folder: string): ComposeText {
    const file = [
        "compose.override.yml",
        "compose.override.yaml",
        "docker-compose.override.yml",
        "docker-compose.override.yaml",
    ]
        .map((name) => path.join(folder, name))
        .find((candidate) => fs.existsSync(candidate));
    if (file === undefined) return {};
    return readCompose(fs.readFileSync(file, "utf8"));
}

function readCompose(text: string): ComposeText {
    try {
        return (parse(text, { logLevel: "silent" }) as ComposeText | null) ?? {};
    } catch {
        // Compose says so, with the line, at the next use; here it only costs the names in it.
        return {};
    }
}

/** Compose's `$NAME`, `${NAME}` and `${NAME:-default}`, which is what names of images are made with. */
function expand(text: string, setting: (name: string) => string | undefined): string {
    return text.replaceAll(
        /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
        (_, bare?: string, braced?: string, fallback?: string) => {
            const value = setting(bare ?? braced ?? "");
            return value === undefined || value === "" ? (fallback ?? "") : value;
        },
    );
}
