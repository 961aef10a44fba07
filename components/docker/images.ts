import { DockerError } from "./docker.ts";
import { ask, mustAnswer } from "./ask.ts";
import { askEngine } from "./engine.ts";
import { splitReference } from "../render/imageReference.ts";

/** An image as the Docker engine has it. */
export interface LocalImage {
    readonly id: string;
    /** References such as `localhost:5050/foundation:latest`; none when another build has taken its name. */
    readonly tags: readonly string[];
    /** References by digest, such as `localhost:5050/foundation@sha256:…`. */
    readonly digests: readonly string[];
    /** What its file system is made of, from the bottom up. */
    readonly layers: readonly string[];
    /**
     * What made it, from the bottom up: every instruction, also those like ENV that make no layer. What is built on an
     * image inherits both.
     */
    readonly history: readonly string[];
    readonly createdAt: string;
    /** Whether `docker compose build` of the foundation's folder made it. */
    readonly builtHere: boolean;
}

/**
 * Where the engine keeps images. With `containerd`, which is the default of newer engines, BuildKit looks for the image
 * of a named context in the registry first, and for that of a `FROM` on this machine.
 */
export type ImageStore = "classic" | "containerd";

/** One line of `docker image ls`. */
export interface ListedImage {
    readonly id: string;
    /** `<none>` when it has no name left. */
    readonly repository: string;
    readonly tag: string;
}

/** Every image that has a name, and those without one that Compose has built for the foundation's project. */
export async function listImages(project: string): Promise<readonly ListedImage[]> {
    const format = ["--no-trunc", "--format", "{{.ID}}\t{{.Repository}}\t{{.Tag}}"];
    const former = ["--filter", "dangling=true", "--filter", `label=com.docker.compose.project=${project}`];
    const [named, unnamed] = await Promise.all([
        mustAnswer(["image", "ls", ...format]),
        mustAnswer(["image", "ls", ...former, ...format]),
    ]);
    const read = (text: string): ListedImage[] =>
        text
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => line.split("\t"))
            .map(([id = "", repository = "", tag = ""]) => ({ id, repository, tag }));
    return [...read(named).filter(({ repository }) => repository !== "<none>"), ...read(unnamed)];
}

/** Where the engine keeps its images. */
export async function imageStore(): Promise<ImageStore> {
    const status = await mustAnswer(["info", "--format", "{{json .DriverStatus}}"]);
    return status.includes("io.containerd.snapshotter") ? "containerd" : "classic";
}

/** The ids of images that matter: those of the foundation's repository, nameless ones, and the ones that are named. */
export function relevantIds(
    listed: readonly ListedImage[],
    foundation: string,
    names: readonly string[],
): readonly string[] {
    const { name } = splitReference(foundation);
    const wanted = new Set(
        names.map((image) => (splitReference(image).tag === undefined ? `${image}:latest` : image)),
    );
    return [
        ...new Set(
            listed
                .filter(
                    ({ repository, tag }) =>
                        repository === name || repository === "<none>" || wanted.has(`${repository}:${tag}`),
                )
                .map(({ id }) => id),
        ),
    ];
}

/**
 * All there is to know about these images. One that has gone meanwhile is left out.
 *
 * @param project the Compose project of the foundation's folder.
 */
export async function inspectImages(ids: readonly string[], project: string): Promise<readonly LocalImage[]> {
    // A command line has its limits, the smallest on Windows.
    const batches = Array.from({ length: Math.ceil(ids.length / 300) }, (_, index) =>
        ids.slice(index * 300, (index + 1) * 300),
    );
    const [inspected, histories] = await Promise.all([
        Promise.all(batches.map((batch) => inspectBatch(batch, project))),
        readHistories(ids),
    ]);
    const historyOf = new Map(ids.map((id, index) => [id, histories[index]]));
    return inspected.flat().flatMap((image) => {
        const history = historyOf.get(image.id);
        return history === undefined ? [] : [{ ...image, history }];
    });
}

type Inspected = Omit<LocalImage, "history">;

async function inspectBatch(ids: readonly string[], project: string): Promise<readonly Inspected[]> {
    try {
        const text = await ask(["image", "inspect", "--format", inspection, ...ids]);
        return text
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line) as Inspection)
            .map(({ id, tags, digests, layers, createdAt, taggedAt, labels }) => ({
                id,
                tags: tags ?? [],
                digests: digests ?? [],
                layers: layers ?? [],
                createdAt: builtAt(createdAt, taggedAt, labels),
                builtHere: labels?.["com.docker.compose.project"] === project,
            }));
    } catch (error) {
        if (!(error instanceof DockerError)) throw error;
        if (ids.length === 1) return [];
        const middle = Math.ceil(ids.length / 2);
        return (
            await Promise.all(
                [ids.slice(0, middle), ids.slice(middle)].map((half) => inspectBatch(half, project)),
            )
        ).flat();
    }
}

// As JSON of just this: with 200 apps, the whole would be a megabyte.
const inspection =
    '{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}},"layers":{{json .RootFS.Layers}},' +
    '"createdAt":{{json .Created}},"taggedAt":{{json .Metadata.LastTagTime}},"labels":{{json .Config.Labels}}}';

interface Inspection {
    readonly id: string;
    readonly tags: readonly string[] | null;
    readonly digests: readonly string[] | null;
    readonly layers: readonly string[] | null;
    readonly createdAt: string;
    /** When it got a name here; in the year 1 when it never did. */
    readonly taggedAt?: string;
    readonly labels: Readonly<Record<string, string>> | null;
}

/**
 * When an image was built. A build that finds everything in the cache keeps the time of the first one, so where Compose
 * has built it, the time when it got its name counts.
 */
export function builtAt(
    createdAt: string,
    taggedAt: string | undefined,
    labels: Readonly<Record<string, string>> | null,
): string {
    const composed = labels?.["com.docker.compose.project"] !== undefined;
    return composed && taggedAt !== undefined && taggedAt > createdAt ? taggedAt : createdAt;
}

/** What made each of these images, from the bottom up; undefined for one that has gone meanwhile. */
async function readHistories(ids: readonly string[]): Promise<readonly (readonly string[] | undefined)[]> {
    const answers = await askEngine(ids.map((id) => `/images/${id}/history`));
    return (answers as readonly (readonly { readonly CreatedBy: string }[] | undefined)[]).map((steps) =>
        steps?.map((step) => step.CreatedBy).reverse(),
    );
}
