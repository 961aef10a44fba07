import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { ProblemParts } from "../problem.ts";
import { contextService, serviceName, type ContextForm } from "../render/composeFile.ts";
import { isMarked } from "../render/composeMark.ts";
import { imageVariable } from "../render/foundation.ts";
import type { ManifestUse, ManifestWorkspace } from "../render/manifest.ts";
import { fileNames } from "../render/workspaceFiles.ts";
import { MINIMUM_COMPOSE, MINIMUM_COMPOSE_WITH_SERVICES } from "../versions.js";
import type { Clone } from "./clone.ts";
import { readText } from "./composeFiles.ts";
import { remedyForMissing } from "./emitted.ts";
import { readEnvFile } from "./env.ts";

/** A foundation that a service's build uses, as its next build gets it. */
export interface ServiceUse {
    /** The reference that it starts from; none where nothing says. */
    readonly reference: string | undefined;
    /** The line of the `.env`, outside of what is ours in it, that has the last word on the reference. */
    readonly ownLine: number | undefined;
    /** As what it reaches the build under another name; nothing where it is a build argument only. */
    readonly form: ContextForm | undefined;
    /** The name of the image that Compose makes of the service which is its context; nothing where there is none. */
    readonly contextImage: string | undefined;
    /** Whether its build asks the registry for it each time, as `pull: true` in the user's Compose file says. */
    readonly pulled: boolean;
}

/** A service that is built, as the next `docker compose` in its folder would see it. */
export interface Service {
    /** Relative to the repository's root, such as `apps/app1`. */
    readonly folder: string;
    readonly service: string;
    /** Its Compose project. */
    readonly project: string;
    /** The Compose project that it would be without a name of its own. */
    readonly formerProject: string;
    /** The name of its image. */
    readonly image: string;
    /** The images of the folder's other services, as far as they name one. */
    readonly ownImages: ReadonlyMap<string, string>;
    /** By the name of the foundation. */
    readonly uses: ReadonlyMap<string, ServiceUse>;
    /** Where the user's own Compose file hands another image to its build, such as `build.args.FOUNDATION_IMAGE`. */
    readonly diversions: readonly string[];
    /** Why it can't be built on the foundation, with what to do. */
    readonly problem: ProblemParts | undefined;
}

/** Every service that is built, in the order of the manifest, and then the apps that were added since. */
export function readServices(clone: Clone): readonly Service[] {
    return [...Object.entries(clone.manifest.workspaces), ...addedApps(clone)].flatMap(
        ([folder, workspace]) => servicesIn(clone, folder, workspace),
    );
}

/** Apps that nothing was emitted for yet. */
function addedApps({
    found,
    manifest,
}: Clone): readonly (readonly [folder: string, workspace: ManifestWorkspace])[] {
    if (found === undefined) return [];
    const { images, workspaces } = manifest;
    const [main = ""] = Object.hasOwn(images, "foundation") ? ["foundation"] : Object.keys(images);
    // A new Dockerfile that names no foundation has been forgotten rather than meant.
    const forgotten = { [main]: { buildArg: false, contexts: [] } };
    return found.apps
        .filter(({ folder }) => !Object.hasOwn(workspaces, folder))
        .map(({ folder, form, services }) => {
            const used = [...services].map(([service, uses]) => {
                return [service, found.unused.has(folder) ? forgotten : Object.fromEntries(uses)] as const;
            });
            return [folder, { emitted: fileNames[form.kind], services: Object.fromEntries(used) }];
        });
}

/** The folder of a foundation, as Compose has it. */
export interface FoundationFolder {
    /** The service that builds it, as one that is built on the foundations that it uses. */
    readonly service: Service | undefined;
    /** The names of the services that build it. */
    readonly services: readonly string[];
}

/** The folder of a foundation, as Compose has it; undefined where that is in another repository. */
export function readFoundation(clone: Clone, name: string): FoundationFolder | undefined {
    const { folder, uses = {} } = clone.manifest.images[name] ?? {};
    if (folder === undefined) return undefined;
    const itself = { buildArg: false, contexts: [] };
    const emitted = emittedIn(path.join(clone.root, folder));
    const services = officialIn(readText(path.join(clone.root, folder, emitted)) ?? "", name);
    const [own = name] = services;
    const [service] = servicesIn(clone, folder, {
        emitted,
        services: { [own]: { [name]: itself, ...uses } },
    });
    return { service, services: services.length > 0 ? services : [name] };
}

/** The services that build a foundation under its official name: beside a Compose file of the user's, theirs. */
function officialIn(text: string, foundation: string): readonly string[] {
    const variable = new RegExp(String.raw`^\$\{${imageVariable(foundation)}\b`);
    return Object.entries(readCompose(text).services ?? {})
        .filter(([, service]) => variable.test(service?.image ?? ""))
        .map(([name]) => name);
}

/** What was emitted for Compose in the folder of a foundation, which the manifest doesn't say. */
function emittedIn(home: string): string {
    const beside = ["compose.foundation.yaml", "compose.override.yaml"];
    return beside.find((file) => isMarked(readText(path.join(home, file)) ?? "")) ?? "compose.yaml";
}

function servicesIn(
    { root, manifest }: Clone,
    folder: string,
    { emitted = "compose.yaml", name, services }: ManifestWorkspace,
): readonly Service[] {
    const home = path.join(root, folder);
    const env = readEnvFile(root, folder);
    const setting = (variable: string): string | undefined => process.env[variable] ?? env?.values[variable];
    const text = readText(path.join(home, emitted));
    const own = readOwn(home, emitted);
    const formerProject = serviceName(path.basename(path.resolve(home)));
    const project =
        setting("COMPOSE_PROJECT_NAME") ??
        (own.name === undefined ? (nameIn(text ?? "") ?? name ?? formerProject) : expand(own.name, setting));
    const ownImages = new Map(
        Object.entries(own.services ?? {}).flatMap(([service, definition]) =>
            typeof definition?.image === "string"
                ? [[service, expand(definition.image, setting)] as const]
                : [],
        ),
    );
    const useOf = (service: string, foundation: string, { contexts }: ManifestUse): ServiceUse => {
        const variable = imageVariable(foundation);
        const helper = helperIn(text ?? "", service, foundation, contexts);
        const form = contexts.length === 0 ? undefined : helper === undefined ? "image" : "service";
        const build = own.services?.[service]?.build;
        return {
            // Compose takes an empty one for none.
            reference: setting(variable) || defaultIn(text ?? "", variable),
            ownLine: env?.ownLines.find((line) => line.name === variable)?.line,
            form,
            contextImage: helper === undefined ? undefined : `${project}-${helper}`,
            // The service that is its context is built without.
            pulled: form !== "service" && typeof build === "object" && build?.pull === true,
        };
    };
    return Object.entries(services).map(([service, used]) => {
        const uses = new Map(
            Object.entries(used)
                .filter(([foundation]) => Object.hasOwn(manifest.images, foundation))
                .map(([foundation, use]) => [foundation, useOf(service, foundation, use)]),
        );
        const lacking = [...uses.values()].some(({ reference }) => reference === undefined);
        return {
            folder,
            service,
            project,
            formerProject,
            image: ownImages.get(service) ?? `${project}-${service}`,
            ownImages,
            uses,
            // What is ours comes last where it is merged into a Compose file of the user's.
            diversions:
                emitted === "compose.yaml"
                    ? diversions(own.services?.[service]?.build, () => buildIn(text ?? "", service))
                    : [],
            problem:
                uses.size > 0 && (text === undefined || lacking)
                    ? {
                          wrong: `${folder} has no ${text === undefined ? emitted : ".env"} of the foundation`,
                          remedy: remedyForMissing,
                      }
                    : undefined,
        };
    });
}

/** The service that is a foundation's context, which all services of a Compose file of the user's share. */
function helperIn(
    text: string,
    service: string,
    foundation: string,
    [context]: readonly string[],
): string | undefined {
    if (context === undefined) return undefined;
    const own = contextService(foundation, service);
    if (text.includes(`service:${own}`)) return own;
    const source = entries(buildIn(text, service).additional_contexts).find(([name]) => name === context);
    return /^service:(.*)$/.exec(source?.[1] ?? "")?.[1];
}

/** The reference that our Compose file has for a variable which isn't set; one of a former version has none. */
function defaultIn(text: string, variable: string): string | undefined {
    return new RegExp(String.raw`\$\{${variable}:-([^}]+)\}`).exec(text)?.[1];
}

/** The project's name in our Compose file; one of a former version has none. */
function nameIn(compose: string): string | undefined {
    return /^name: (\S+)/m.exec(compose)?.[1];
}

/** The oldest Compose that can do everything, these services included. */
export function minimumCompose(services: readonly Pick<Service, "uses">[]): string {
    const served = services.some(({ uses }) => [...uses.values()].some(({ form }) => form === "service"));
    return served ? MINIMUM_COMPOSE_WITH_SERVICES : MINIMUM_COMPOSE;
}

interface ComposeText {
    readonly name?: string;
    readonly services?: Readonly<Record<string, ServiceText | null>> | null;
}

interface ServiceText {
    readonly image?: string;
    /** A string is the context alone. */
    readonly build?: string | BuildText | null;
}

interface BuildText {
    readonly args?: Pairs;
    readonly additional_contexts?: Pairs;
    readonly pull?: unknown;
}

/** Compose takes `name: value` and `- name=value`. */
type Pairs = Readonly<Record<string, unknown>> | readonly string[] | null;

function entries(pairs: Pairs | undefined): readonly (readonly [name: string, value: string])[] {
    const listed = Array.isArray(pairs)
        ? pairs.map((pair) => String(pair).split(/=(.*)/s))
        : Object.entries(pairs ?? {}).map(([name, value]) => [name, String(value)]);
    return listed.map(([name = "", value = ""]) => [name, value]);
}

function diversions(build: ServiceText["build"], ours: () => BuildText): readonly string[] {
    if (typeof build !== "object" || build === null) return [];
    return (["args", "additional_contexts"] as const).flatMap((kind) => {
        // Who repeats what is emitted changes nothing.
        const others = entries(build[kind]).filter(
            ([, value]) => !/\$\{?FOUNDATION_(\w+_)?IMAGE\b/.test(value),
        );
        if (others.length === 0) return [];
        // Others are for instructions that name no foundation.
        const emitted = entries(ours()[kind]).map(([name]) => name);
        return others.filter(([name]) => emitted.includes(name)).map(([name]) => `build.${kind}.${name}`);
    });
}

/** What our Compose file hands to the build of a service. */
function buildIn(compose: string, service: string): BuildText {
    const build = readCompose(compose).services?.[service]?.build;
    return typeof build === "object" && build !== null ? build : {};
}

/** The files of one kind, in the order in which Compose looks for them. It reads the first. */
export const composeFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
export const overrideFiles = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/** What the user's own Compose files say, the later over the earlier. */
function readOwn(home: string, emitted: string): ComposeText {
    const texts = [composeFiles, overrideFiles].flatMap((kind) => {
        const file = kind.find((name) => fs.existsSync(path.join(home, name)));
        if (file === undefined || file === emitted) return [];
        return [readCompose(readText(path.join(home, file)) ?? "")];
    });
    const [first = {}, second] = texts;
    if (second === undefined) return first;
    const names = Object.keys({ ...first.services, ...second.services });
    return {
        ...first,
        ...second,
        services: Object.fromEntries(
            names.map((name) => [name, { ...first.services?.[name], ...second.services?.[name] }]),
        ),
    };
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
