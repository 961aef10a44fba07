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
import type { FoundationConfig } from "../../components/config.ts";
import { currentBuilder } from "../../components/docker/builder.ts";
import { composeVersion } from "../../components/docker/compose.ts";
import { listContainers, type ComposeContainer } from "../../components/docker/containers.ts";
import { imageStore, inspectImages, listImages, relevantIds } from "../../components/docker/images.ts";
import { attempt, Problem } from "../../components/problem.ts";
import { isAtLeast, MINIMUM_COMPOSE } from "../../components/versions.js";
import { askRegistry } from "./askRegistry.ts";
import type { Facts } from "./facts.ts";
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
    const { project } = foundation;
    const config = attempt(() => readStackConfig(root, emitted.stack));

    const [listed, containers, builder, store, oldCompose, changes, registry, unbuildable] =
        await Promise.all([
            listImages(project),
            listContainers(),
            currentBuilder(readEnv(root, "foundation")),
            imageStore(),
            composeWarnings(workspaces),
            changesOf(root, emitted, config),
            askRegistry(emitted, config instanceof Problem ? "latest" : config.channel),
            // Docker takes its time meanwhile.
            dockerfileProblems(root, workspaces, config),
        ]);
    const apps = workspaces.map(({ project, service, ownImages, ...workspace }) => ({
        ...workspace,
        diverted: workspace.diversions.length > 0,
        problem: unbuildable.get(workspace.folder) ?? workspace.problem,
        containers: containers
            .filter(
                (container) =>
                    container.project === project &&
                    (container.service === service || !isAnApp(container, workspaces)),
            )
            .map((container) => ({
                ...container,
                image:
                    container.service === service
                        ? workspace.image
                        : (ownImages.get(container.service) ?? `${project}-${container.service}`),
            })),
    }));
    const ids = relevantIds(
        listed,
        emitted.image,
        apps.flatMap(({ image, contextImage = image, containers: all }) => [
            image,
            contextImage,
            ...all.map((container) => container.image),
        ]),
    );
    const running = apps.flatMap((app) => app.containers.map((container) => container.imageId));
    const images = await inspectImages([...new Set([...ids, ...running])], project);

    return {
        emitted,
        images,
        apps,
        changes,
        registry,
        builder,
        store,
        warnings: [
            ...environmentWarnings(),
            ...oldCompose,
            ...disagreements(emitted, [foundation, ...workspaces]),
            ...diversionWarnings(workspaces),
        ],
    };
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
            const reading = readUse(path.join(root, folder), config.replaces);
            return reading !== undefined && "problem" in reading
                ? [[folder, `${folder}/Dockerfile: ${reading.problem}`] as const]
                : [];
        }),
    );
}

/** Apps may share a Compose project. */
function isAnApp(container: ComposeContainer, workspaces: readonly Workspace[]): boolean {
    return workspaces.some(
        ({ project, service }) => container.project === project && container.service === service,
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
        return await findChanges(root, emitted, config);
    } catch (error) {
        if (error instanceof Problem) return { state: "unknown", reason: error.message };
        throw error;
    }
}

/** An older Compose only says that there is no folder `service:foundation`. */
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
