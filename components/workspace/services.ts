import * as path from "node:path";
import type { ProblemParts } from "../problem.ts";
import { contextService, serviceName, type ContextForm } from "../render/composeFile.ts";
import { withUnset, type Variables } from "../render/composeInterpolation.ts";
import {
    ComposeError,
    readComposeProject,
    type ComposeBuild,
    type ComposeProject,
} from "../render/composeProject.ts";
import type { FoundationUse } from "../render/dockerfile.ts";
import { imageVariable } from "../render/foundation.ts";
import type { ManifestWorkspace } from "../render/manifest.ts";
import { resolvePath } from "../render/paths.ts";
import { fileNames } from "../render/workspaceFiles.ts";
import { MINIMUM_COMPOSE, MINIMUM_COMPOSE_WITH_SERVICES } from "../versions.js";
import type { Clone } from "./clone.ts";
import { filesRead, isOurs } from "./composeFiles.ts";
import { remedyForMissing } from "./emitted.ts";
import { readEnvFile } from "./env.ts";
import { readText } from "./texts.ts";

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
    /** Whether `docker compose up` leaves it alone unless it is named, as it is in a profile. */
    readonly inProfile: boolean;
    /** Where the user's own Compose file hands another image to its build, such as `build.args.FOUNDATION_IMAGE`. */
    readonly diversions: readonly string[];
    /** Why it can't be built on the foundation, with what to do. */
    readonly problem: ProblemParts | undefined;
}

/** Every service that is built, in the order of the manifest, and then the apps that were added since. */
export function readServices(clone: Clone): readonly Service[] {
    // Once: to list them takes as long as to read a Compose file.
    const shell = { ...process.env };
    return [...Object.entries(clone.manifest.workspaces), ...addedApps(clone)].flatMap(
        ([folder, workspace]) => servicesIn(clone, folder, workspace, shell),
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
    const home = homeOf(clone, folder);
    const emitted = emittedIn(home);
    const shell = { ...process.env };
    const ours = projectOf(home, [emitted], shell);
    // Those that build it, under its official name, are the only ones that get a name for their image.
    const services = [...(ours?.services ?? [])].flatMap(([service, { image }]) =>
        image === undefined ? [] : [service],
    );
    const [own = name] = services;
    const workspace = {
        emitted,
        ...(ours !== undefined && { name: ours.name }),
        services: { [own]: { [name]: itself, ...uses } },
    };
    const [service] = servicesIn(clone, folder, workspace, shell);
    return { service, services: services.length > 0 ? services : [name] };
}

/** What was emitted for Compose in the folder of a foundation, which the manifest doesn't say. */
function emittedIn(home: string): string {
    const beside = [fileNames.listed, fileNames.merged];
    return beside.find((file) => isOurs(path.join(home, file))) ?? fileNames.whole;
}

function servicesIn(
    clone: Clone,
    folder: string,
    { emitted = fileNames.whole, name, services }: ManifestWorkspace,
    shell: Variables,
): readonly Service[] {
    const { root, manifest } = clone;
    const home = homeOf(clone, folder);
    const env = readEnvFile(root, folder);
    const setting = (variable: string): string | undefined => shell[variable] ?? env?.values[variable];
    const text = readText(`${home}/${emitted}`);
    const files = filesRead(home);
    // Of hundreds of apps most have nothing of the user's, and YAML takes its time.
    const onlyOurs = files.length === 1 && files[0] === emitted;
    const ours = onlyOurs ? undefined : projectOf(home, [emitted], shell);
    const all = onlyOurs ? undefined : (projectOf(home, files, shell) ?? ours);
    const formerProject = serviceName(path.posix.basename(home));
    const project = all?.name ?? (setting("COMPOSE_PROJECT_NAME") || (name ?? formerProject));
    const ownImages = new Map(
        [...(all?.services ?? [])].flatMap(([service, { image }]) =>
            image === undefined ? [] : [[service, withUnset(image)] as const],
        ),
    );
    const useOf = (service: string, foundation: string, { contexts }: FoundationUse): ServiceUse => {
        const variable = imageVariable(foundation);
        const usual = `service:${contextService(foundation, service)}`;
        const source = text?.includes(usual)
            ? usual
            : ours?.services.get(service)?.build?.contexts.get(contexts[0] ?? "");
        const helper = /^service:(.*)$/.exec(source ?? "")?.[1];
        const form = contexts.length === 0 ? undefined : helper === undefined ? "image" : "service";
        return {
            // Compose takes an empty one for none.
            reference: setting(variable) || defaultIn(text ?? "", variable),
            ownLine: env?.ownLines.find((line) => line.name === variable)?.line,
            form,
            contextImage: helper === undefined ? undefined : `${project}-${helper}`,
            // The service that is its context is built without.
            pulled: form !== "service" && all?.services.get(service)?.build?.pull === true,
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
            inProfile: all?.services.get(service)?.inProfile === true,
            diversions: diversions(all?.services.get(service)?.build, ours?.services.get(service)?.build),
            problem:
                uses.size === 0
                    ? undefined
                    : text === undefined || lacking
                      ? {
                            wrong: `${folder} has no ${text === undefined ? emitted : ".env"} of the foundation`,
                            remedy: remedyForMissing,
                        }
                      : passedBy(folder, emitted, files),
        };
    });
}

/** Compose doesn't read what was emitted where a `.env` names other files, or a file of the user's comes before it. */
function passedBy(folder: string, emitted: string, files: readonly string[]): ProblemParts | undefined {
    if (files.some((file) => path.posix.normalize(file) === emitted)) return undefined;
    return {
        wrong: `in ${folder} Compose reads ${files.join(" and ") || "nothing"}, and not ${emitted}`,
        remedy: `where a line of your own sets COMPOSE_FILE, remove that or name ${emitted} in it as well; then write the files again with \`foundation sync\``,
    };
}

/** As the paths of a Compose project have it. */
function homeOf({ root }: Clone, folder: string): string {
    return resolvePath(root.split(path.sep).join("/"), folder);
}

/** What Compose makes of files in a folder; undefined where it refuses them, which it says at the next use. */
function projectOf(home: string, files: readonly string[], shell: Variables): ComposeProject | undefined {
    try {
        const places = files.map((file) => resolvePath(home, file));
        return readComposeProject(home, places, readText, shell);
    } catch (error) {
        if (error instanceof ComposeError) return undefined;
        throw error;
    }
}

/** What comes after ours in its place, and isn't the same. */
function diversions(build: ComposeBuild | undefined, ours: ComposeBuild | undefined): readonly string[] {
    return (
        [
            ["args", "args"],
            ["contexts", "additional_contexts"],
        ] as const
    ).flatMap(([kind, key]) =>
        [...(ours?.[kind] ?? [])].flatMap(([name, value]) => {
            const other = build?.[kind].get(name);
            return other === undefined || other === value ? [] : [`build.${key}.${name}`];
        }),
    );
}

/** The reference that our Compose file has for a variable which isn't set; one of a former version has none. */
function defaultIn(text: string, variable: string): string | undefined {
    return new RegExp(String.raw`\$\{${variable}:-([^}]+)\}`).exec(text)?.[1];
}

/** The oldest Compose that can do everything, these services included. */
export function minimumCompose(services: readonly Pick<Service, "uses">[]): string {
    const served = services.some(({ uses }) => [...uses.values()].some(({ form }) => form === "service"));
    return served ? MINIMUM_COMPOSE_WITH_SERVICES : MINIMUM_COMPOSE;
}
