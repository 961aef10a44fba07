import * as fs from "node:fs";
import * as path from "node:path";
import { findChanges } from "../../components/workspace/changes.ts";
import {
    appFolders,
    minimumCompose,
    readEmitted,
    readWorkspace,
    type Workspace,
} from "../../components/workspace/emitted.ts";
import { readEnv } from "../../components/workspace/env.ts";
import { readStackConfig } from "../../components/workspace/stackConfig.ts";
import { mainImage, type FoundationConfig } from "../../components/config.ts";
import { currentBuilder } from "../../components/docker/builder.ts";
import { composeVersion } from "../../components/docker/compose.ts";
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
} from "../../components/docker/images.ts";
import { attempt, Problem } from "../../components/problem.ts";
import { isAtLeast, MINIMUM_COMPOSE } from "../../components/versions.js";
import { askRegistry } from "./askRegistry.ts";
import type { Container, Facts } from "./facts.ts";
import type { Changes } from "../../components/workspace/changes.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { environmentWarnings } from "./warnings.ts";

/**
 * Finds out everything that `status` judges by, from the emitted files, Docker and, where there is a login, the
 * registry.
 *
 * @throws Problem when there are no emitted files, or Docker does not answer.
 */
export async function gatherFacts(root: string): Promise<Facts> {
    const emitted = readEmitted(root);
    const workspaces = appFolders(root).map((folder) => readWorkspace(root, folder));
    const foundation = readWorkspace(root, "foundation");
    const config = attempt(() => readStackConfig(root, emitted.stack));
    const channel = config instanceof Problem ? "latest" : config.channel;

    const [found, builder, oldCompose, changes, unbuildable] = await Promise.all([
        askEngine((engine) => fromEngine(engine, root, emitted, channel, foundation, workspaces)),
        currentBuilder(readEnv(root, "foundation")),
        composeWarnings(workspaces),
        changesOf(root, emitted, config),
        // Docker takes its time meanwhile.
        dockerfileProblems(root, workspaces, config),
    ]);
    return {
        ...found,
        emitted,
        apps: workspaces.map((workspace) => ({
            ...workspace,
            formerProject: workspace.service,
            diverted: workspace.diversions.length > 0,
            problem: unbuildable.get(workspace.folder) ?? workspace.problem,
            containers: found.containers.get(workspace.folder) ?? [],
        })),
        changes,
        builder,
        warnings: [
            ...environmentWarnings(),
            ...oldCompose,
            ...disagreements(emitted, [foundation, ...workspaces]),
            ...diversionWarnings(workspaces),
        ],
    };
}

/** What the engine has of all this, and the registry for the engine's platform. */
async function fromEngine(
    engine: Engine,
    root: string,
    emitted: Emitted,
    channel: string,
    foundation: Workspace,
    workspaces: readonly Workspace[],
) {
    // Without a name of its own in the emitted file, it was the folder's.
    const projects = [foundation.project, foundation.service];
    const [listed, running, store, registry] = await Promise.all([
        listImages(engine),
        listContainers(engine),
        imageStore(engine),
        askRegistry(emitted, channel, engine.platform),
    ]);
    const index = indexImages(listed);
    // With 200 apps there are 40,000 pairs, of which hardly any can belong together.
    const byProject = grouped(running, ({ project }) => project);
    const byFolder = grouped(running, ({ folder }) => lastPart(folder));
    const containers = new Map(
        workspaces.map((workspace) => {
            const { folder, project } = workspace;
            const near = [...(byProject.get(project) ?? []), ...(byFolder.get(lastPart(folder)) ?? [])];
            const own = [...new Set(near)].filter((container) =>
                belongsTo(container, workspace, root, workspaces),
            );
            return [folder, own.map((container) => placed(container, workspace, index))];
        }),
    );
    const relevant = relevantImages(
        listed,
        emitted.image,
        workspaces.flatMap(({ service, image, contextImage = image }) => [
            image,
            contextImage,
            `${service}-${service}`,
        ]),
        projects,
    );
    const theirs = [...containers.values()].flat();
    const ids = new Set(theirs.map(({ imageId }) => imageId));
    const names = new Set(theirs.map(({ image }) => withTag(image)));
    const others = listed.filter(({ id, tags }) => ids.has(id) || tags.some((tag) => names.has(tag)));
    const images = await inspectImages(engine, [...new Set([...relevant, ...others])], projects);
    return { images, containers, store, registry, platform: engine.platform };
}

type Named = Pick<Workspace, "folder" | "project" | "service">;

/**
 * Whether a container is of this folder: of its Compose project, or started from it under a name that was given by hand.
 * Apps may share a project.
 */
export function belongsTo(
    { project, service, folder }: Pick<ComposeContainer, "project" | "service" | "folder">,
    workspace: Named,
    root: string,
    workspaces: readonly Named[],
): boolean {
    if (project !== workspace.project) return isSameFolder(folder, root, workspace.folder);
    const owner = workspaces.find((other) => project === other.project && service === other.service);
    return owner === undefined || owner === workspace;
}

function isSameFolder(found: string, root: string, folder: string): boolean {
    // First what costs nothing.
    if (lastPart(found) !== lastPart(folder) || !fs.existsSync(found)) return false;
    return fs.realpathSync(found) === fs.realpathSync(path.join(root, folder));
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
    const groups = new Map<string, T[]>();
    for (const item of items) {
        const key = keyOf(item);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [item]);
        else group.push(item);
    }
    return groups;
}

function lastPart(folder: string): string {
    return folder.slice(Math.max(folder.lastIndexOf("/"), folder.lastIndexOf("\\")) + 1);
}

function placed(
    container: ComposeContainer,
    { project, service, image: own, ownImages }: Workspace,
    index: ImageIndex,
): Container {
    const image =
        container.service === service && container.project === project
            ? own
            : (ownImages.get(container.service) ?? `${container.project}-${container.service}`);
    const [imageId = ""] = container.images.slice(-1);
    return { ...container, image, imageId: imageOf({ ...container, image }, index)?.id ?? imageId };
}

/** What `pulumi up` says of the Dockerfiles that don't start from the foundation, by folder. */
async function dockerfileProblems(
    root: string,
    workspaces: readonly Workspace[],
    config: FoundationConfig | Problem,
): Promise<ReadonlyMap<string, string>> {
    if (config instanceof Problem) return new Map();
    const { readUse } = await import("../../components/workspace/apps.ts");
    return new Map(
        workspaces.flatMap(({ folder }) => {
            const reading = readUse(path.join(root, folder), mainImage(config).replaces);
            return reading !== undefined && "problem" in reading
                ? [[folder, `${folder}/Dockerfile: ${reading.problem}`] as const]
                : [];
        }),
    );
}

async function changesOf(
    root: string,
    emitted: Emitted,
    config: FoundationConfig | Problem,
): Promise<Changes> {
    if (config instanceof Problem) {
        return { state: "unknown", reason: `Pulumi.${emitted.stack}.yaml can't be used` };
    }
    try {
        return await findChanges(root, emitted, mainImage(config));
    } catch (error) {
        if (error instanceof Problem) return { state: "unknown", reason: error.message };
        throw error;
    }
}

/** An older Compose only says that there is no folder `service:…`. */
async function composeWarnings(workspaces: readonly Workspace[]): Promise<string[]> {
    const minimum = minimumCompose(workspaces);
    // Asking takes a while.
    if (minimum === MINIMUM_COMPOSE) return [];
    const version = await composeVersion();
    if (isAtLeast(version, minimum)) return [];
    return [
        `Docker Compose ${version} can't build apps whose compose.yaml takes ${minimum} or newer; install a newer one: https://docs.docker.com/compose/install/`,
    ];
}

function diversionWarnings(workspaces: readonly Workspace[]): string[] {
    return workspaces.flatMap(({ folder, diversions }) =>
        diversions.map(
            (place) =>
                `${place} in the Compose file of your own in ${folder} decides what its next build starts from; remove it to follow the emitted files`,
        ),
    );
}

/** Who has another foundation than the one in `foundation/.env`, and why. */
export function disagreements(
    emitted: Emitted,
    workspaces: readonly Pick<Workspace, "folder" | "reference" | "ownLine">[],
): string[] {
    if (process.env["FOUNDATION_IMAGE"] !== undefined) return [];
    const own = workspaces.flatMap(({ folder, reference, ownLine }) =>
        ownLine === undefined || (reference === emitted.image && folder !== "foundation")
            ? []
            : [
                  `line ${ownLine} of ${folder}/.env names ${reference} and outranks the emitted one; remove that line to follow it`,
              ],
    );
    const others = workspaces.filter(
        ({ reference, ownLine }) => reference !== "" && reference !== emitted.image && ownLine === undefined,
    );
    if (others.length === 0) return own;
    const folders = others.map(({ folder }) => folder).join(", ");
    return [
        ...own,
        `another foundation than foundation/.env is named in the .env of ${folders}; run \`foundation sync\``,
    ];
}
