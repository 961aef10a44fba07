import * as fs from "node:fs";
import * as path from "node:path";
import type { FoundationConfig } from "../../components/config.ts";
import { composeVersion } from "../../components/docker/ask.ts";
import { currentBuilder } from "../../components/docker/builder.ts";
import { listContainers, type ComposeContainer } from "../../components/docker/containers.ts";
import { askEngine, type Engine } from "../../components/docker/engine.ts";
import {
    imageOf,
    imageStore,
    indexImages,
    inspectImages,
    listImages,
    relevantImages,
    withTag,
    type ImageIndex,
    type ListedImage,
} from "../../components/docker/images.ts";
import { attempt, Problem, problemText } from "../../components/problem.ts";
import { imageVariable } from "../../components/render/foundation.ts";
import { splitReference } from "../../components/render/imageReference.ts";
import type { ManifestImage } from "../../components/render/manifest.ts";
import { isAtLeast, MINIMUM_COMPOSE } from "../../components/versions.js";
import { findChanges, type Changes } from "../../components/workspace/changes.ts";
import type { FoundWorkspaces } from "../../components/workspace/apps.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { readEnv } from "../../components/workspace/env.ts";
import {
    minimumCompose,
    readFoundation,
    readServices,
    type Service,
} from "../../components/workspace/services.ts";
import { compose, newerOne } from "../tools.ts";
import { askRegistry } from "./askRegistry.ts";
import type { Container, Facts, FoundationFacts, ServiceFacts } from "./facts.ts";
import { isBuiltFor } from "./bases.ts";
import { environmentWarnings } from "./warnings.ts";

/** A foundation, with what its folder says. */
interface Published
    extends Pick<FoundationFacts, "name" | "projects" | "services">, Omit<ManifestImage, "uses"> {
    readonly uses: readonly string[];
    /** That of its folder, where it is in this repository. */
    readonly service: Service | undefined;
}

/**
 * Finds out everything that `status` judges by, from the emitted files, Docker and, where there is a login, the
 * registry.
 *
 * @throws Problem when there are no emitted files, or Docker does not answer.
 */
export async function gatherFacts(clone: Clone): Promise<Facts> {
    const { stack } = clone.manifest;
    const services = readServices(clone);
    const foundations = Object.entries(clone.manifest.images).map(([name, image]): Published => {
        const { service, services = [] } = readFoundation(clone, name) ?? {};
        // Without a name of its own in the emitted file, it was the folder's.
        const projects = service === undefined ? [] : [service.project, service.formerProject];
        return { ...image, name, uses: Object.keys(image.uses), projects, services, service };
    });
    const config = attempt(() => clone.config());

    const [found, builder, oldCompose, changes] = await Promise.all([
        askEngine((engine) => fromEngine(engine, clone.root, foundations, services)),
        currentBuilder(readEnv(clone.root, clone.folders[0] ?? ".")),
        composeWarnings(services),
        // Docker takes its time meanwhile.
        changesOf(clone, config),
    ]);
    return {
        stack,
        foundations: foundations.map(
            ({ name, reference, digest, folder, uses, projects, services }, index) => ({
                name,
                image: reference,
                digest,
                folder,
                uses,
                projects,
                services,
                changes: changes.get(name) ?? { state: "unknown", reason: "it isn't configured here" },
                registry: found.registry[index] ?? { state: "no-login" },
            }),
        ),
        images: found.images,
        services: services.map((service) => ({
            ...service,
            uses: usesOf(service),
            diverted: service.diversions.length > 0,
            problem: problemOf(service, clone.found) ?? (service.problem && problemText(service.problem)),
            containers: found.containers.get(service) ?? [],
        })),
        builder,
        store: found.store,
        platform: found.platform,
        warnings: [
            ...environmentWarnings(foundations.map(({ name }) => name)).map(problemText),
            ...oldCompose,
            ...disagreements(foundations, [
                ...foundations.flatMap(({ service }) => service ?? []),
                ...services,
            ]),
            ...diversionWarnings(services),
        ],
    };
}

function usesOf({ uses }: Service): ServiceFacts["uses"] {
    return new Map(
        [...uses].map(([name, { reference = "", form, contextImage, pulled }]) => [
            name,
            { reference, form, contextImage, pulled },
        ]),
    );
}

/** What the engine has of all this, and the registry for the engine's platform. */
async function fromEngine(
    engine: Engine,
    root: string,
    foundations: readonly Published[],
    services: readonly Service[],
) {
    const repositories = foundations.map(({ reference }) => splitReference(reference).name);
    const [all, running, store, registry] = await Promise.all([
        listImages(engine),
        listContainers(engine),
        imageStore(engine),
        Promise.all(foundations.map((foundation) => askRegistry(foundation, engine.platform))),
    ]);
    const listed = all.map((image) => asEmitted(image, repositories));
    const index = indexImages(listed);
    // With 200 apps there are 40,000 pairs, of which hardly any can belong together.
    const byProject = Map.groupBy(running, ({ project }) => project);
    const byFolder = Map.groupBy(running, ({ folder }) => lastPart(folder));
    const containers = new Map(
        services.map((service) => {
            const near = [
                ...(byProject.get(service.project) ?? []),
                ...(byFolder.get(lastPart(path.join(root, service.folder))) ?? []),
            ];
            const own = [...new Set(near)].filter((container) =>
                belongsTo(container, service, root, services),
            );
            return [service, own.map((container) => placed(container, service, index))];
        }),
    );
    const relevant = relevantImages(
        listed,
        repositories,
        services.flatMap(({ service, image, formerProject, uses }) => [
            image,
            `${formerProject}-${service}`,
            ...[...uses.values()].flatMap(({ contextImage = image }) => contextImage),
        ]),
        (builtFor) => foundations.some((foundation) => isBuiltFor(foundation, builtFor)),
    );
    const theirs = [...containers.values()].flat();
    const ids = new Set(theirs.map(({ imageId }) => imageId));
    const names = new Set(theirs.map(({ image }) => withTag(image)));
    const others = listed.filter(({ id, tags }) => ids.has(id) || tags.some((tag) => names.has(tag)));
    const images = await inspectImages(engine, [...new Set([...relevant, ...others])]);
    return { images, containers, store, registry, platform: engine.platform };
}

/** An image under the names that emitted files have for the foundations. Docker lists those of Docker Hub without its host. */
export function asEmitted(image: ListedImage, repositories: readonly string[]): ListedImage {
    const onHub = repositories.filter((name) => name.startsWith("docker.io/"));
    if (onHub.length === 0) return image;
    const emitted = (reference: string): string =>
        onHub.includes(`docker.io/${splitReference(reference).name}`) ? `docker.io/${reference}` : reference;
    return { ...image, tags: image.tags.map(emitted), digests: image.digests.map(emitted) };
}

type Named = Pick<Service, "folder" | "project" | "service">;

/**
 * Whether a container counts as one of this service: it is one, in its Compose project or started from its folder under a
 * name that was given by hand; or it is of a service that isn't built, and counts as one of the first of its workspace.
 * Workspaces may share a project.
 */
export function belongsTo(
    { project, service, folder }: Pick<ComposeContainer, "project" | "service" | "folder">,
    named: Named,
    root: string,
    services: readonly Named[],
): boolean {
    const isOf = (other: Named): boolean =>
        project === other.project || isSameFolder(folder, root, other.folder);
    if (!isOf(named)) return false;
    if (service === named.service && project === named.project) return true;
    const others = services.filter((other) => other !== named && isOf(other));
    if (others.some((other) => project === other.project && service === other.service)) return false;
    const beside = services.filter((other) => other.folder === named.folder);
    return (beside.find((other) => other.service === service) ?? beside[0]) === named;
}

function isSameFolder(found: string, root: string, folder: string): boolean {
    const own = path.join(root, folder);
    // First what costs nothing.
    if (lastPart(found) !== lastPart(own) || !fs.existsSync(found)) return false;
    return fs.realpathSync(found) === fs.realpathSync(own);
}

function lastPart(folder: string): string {
    return folder.slice(Math.max(folder.lastIndexOf("/"), folder.lastIndexOf("\\")) + 1);
}

function placed(
    container: ComposeContainer,
    { project, service, image: own, ownImages }: Service,
    index: ImageIndex,
): Container {
    const image =
        container.service === service && container.project === project
            ? own
            : (ownImages.get(container.service) ?? `${container.project}-${container.service}`);
    const [imageId = ""] = container.images.slice(-1);
    return { ...container, image, imageId: imageOf({ ...container, image }, index)?.id ?? imageId };
}

/** What a deployment would say of a service that was built on a foundation, as its files are now. */
export function problemOf(
    { folder, service, uses }: Pick<Service, "folder" | "service" | "uses">,
    found: FoundWorkspaces | undefined,
): string | undefined {
    // One that is on no foundation may be so.
    if (found === undefined || uses.size === 0) return undefined;
    const problems = [...found.problems, ...found.gone].filter(
        (problem) => problem.folder === folder && (problem.service ?? service) === service,
    );
    if (problems.length > 0) return problems.map(({ text }) => text).join("\n");
    return found.unused.get(folder);
}

/** By name, whether what each image is built from is what was published. */
async function changesOf(
    clone: Clone,
    config: FoundationConfig | Problem,
): Promise<ReadonlyMap<string, Changes>> {
    const { images, stack } = clone.manifest;
    const unknown = (reason: string): ReadonlyMap<string, Changes> =>
        new Map(
            Object.entries(images).map(([name, { folder }]) => [
                name,
                {
                    state: "unknown",
                    reason: folder === undefined ? "its files are in another repository" : reason,
                },
            ]),
        );
    if (config instanceof Problem) return unknown(`Pulumi.${stack}.yaml can't be used`);
    try {
        return await findChanges(clone, config.images);
    } catch (error) {
        if (error instanceof Problem) return unknown(error.message);
        throw error;
    }
}

/** An older Compose only says that there is no folder `service:…`. */
async function composeWarnings(services: readonly Service[]): Promise<string[]> {
    const minimum = minimumCompose(services);
    // Asking takes a while.
    if (minimum === MINIMUM_COMPOSE) return [];
    const version = await composeVersion();
    if (isAtLeast(version, minimum)) return [];
    return [
        `Docker Compose ${version} can't build apps whose compose.yaml takes ${minimum} or newer; ${newerOne(compose)}`,
    ];
}

function diversionWarnings(services: readonly Service[]): string[] {
    return services.flatMap(({ folder, diversions }) =>
        diversions.map(
            (place) =>
                `${place} in the Compose file of your own in ${folder} decides what its next build starts from; remove it to follow the emitted files`,
        ),
    );
}

/** Who has another foundation than the published one, and why. */
export function disagreements(
    foundations: readonly Pick<Published, "name" | "reference">[],
    services: readonly Pick<Service, "folder" | "uses">[],
): string[] {
    return foundations.flatMap(({ name, reference }) => {
        if (process.env[imageVariable(name)] !== undefined) return [];
        // Services of one folder read the same `.env`.
        const uses = new Map(
            services.flatMap(({ folder, uses }) => {
                const use = uses.get(name);
                return use === undefined ? [] : [[folder, use] as const];
            }),
        );
        const others = [...uses].filter(
            ([, use]) => use.reference !== undefined && use.reference !== reference,
        );
        const lines = others.flatMap(([folder, use]) =>
            use.ownLine === undefined
                ? []
                : [
                      `line ${use.ownLine} of ${folder}/.env names ${use.reference ?? ""} and outranks the emitted one; remove that line to follow it`,
                  ],
        );
        const rest = others.filter(([, use]) => use.ownLine === undefined).map(([folder]) => folder);
        if (rest.length === 0) return lines;
        return [
            ...lines,
            `another foundation than ${reference} is named in the .env of ${rest.join(", ")}; run \`foundation sync\``,
        ];
    });
}
