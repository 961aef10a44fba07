import * as v from "valibot";
import { localTag, tagLabel } from "../render/composeFile.ts";
import { splitReference } from "../render/imageReference.ts";
import type { Engine } from "./engine.ts";

/** An image, as the engine lists it. */
export interface ListedImage {
    readonly id: string;
    /** References such as `localhost:5050/foundation:latest`; none when another build has taken its name. */
    readonly tags: readonly string[];
    /** References by digest, such as `localhost:5050/foundation@sha256:…`. */
    readonly digests: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
    /** The digests of its manifests, one for each platform that is here; none where the engine doesn't tell. */
    readonly manifests: readonly string[];
}

/** A service of a Compose project. */
export interface ComposeService {
    readonly project: string;
    readonly service: string;
}

/** An image as the Docker engine has it. */
export interface LocalImage extends Pick<ListedImage, "id" | "tags" | "digests"> {
    /** The tag of the foundation that it is or was built on, by its label; none where that was built without. */
    readonly tag: string | undefined;
    /** What its file system is made of, from the bottom up. */
    readonly layers: readonly string[];
    /**
     * What made it, from the bottom up: every instruction, also those like ENV that make no layer. What is built on an
     * image inherits both. It isn't read of what stands on a published foundation, which the tag tells.
     */
    readonly history: readonly string[];
    readonly createdAt: string;
    /** What `docker compose build` made it for; nothing for an image that was pulled, or built without Compose. */
    readonly builtFor: ComposeService | undefined;
    /** Such as `linux/amd64`. */
    readonly platform: string;
}

/**
 * Where the engine keeps images. With `containerd`, which is the default of newer engines, BuildKit looks for the image
 * of a named context in the registry first, and for that of a `FROM` on this machine.
 */
export type ImageStore = "classic" | "containerd";

const infoSchema = v.object({ DriverStatus: v.nullable(v.array(v.array(v.string()))) });

/** Where the engine keeps its images. */
export async function imageStore({ get }: Engine): Promise<ImageStore> {
    const { DriverStatus: status } = await get("/info", infoSchema);
    return status?.flat().includes("io.containerd.snapshotter.v1") === true ? "containerd" : "classic";
}

const strings = v.nullish(v.array(v.string()), []);
const labels = v.nullish(v.record(v.string(), v.string()), {});
const listSchema = v.array(
    v.object({
        Id: v.string(),
        RepoTags: strings,
        RepoDigests: strings,
        Labels: labels,
        // From API 1.47 on, with the containerd store.
        Manifests: v.nullish(v.array(v.object({ ID: v.string(), Kind: v.string() })), []),
    }),
);

/** Every image. */
export async function listImages({ get }: Engine): Promise<readonly ListedImage[]> {
    const found = await get("/images/json?manifests=1", listSchema);
    const named = (reference: string): boolean => !reference.startsWith("<none>");
    return found.map(({ Id, RepoTags, RepoDigests, Labels, Manifests }) => ({
        id: Id,
        tags: RepoTags.filter(named),
        digests: RepoDigests.filter(named),
        labels: Labels,
        // The others are attestations, of which each build makes new ones.
        manifests: Manifests.filter(({ Kind }) => Kind === "image").map(({ ID }) => ID),
    }));
}

/**
 * The images that matter: those of the foundations' repositories, the ones that are named, and those that Compose has
 * built for a foundation, which may have lost their names since.
 *
 * @param repositories names of images without their tags.
 */
export function relevantImages(
    listed: readonly ListedImage[],
    repositories: readonly string[],
    names: readonly string[],
    isFoundation: (builtFor: ComposeService) => boolean,
): readonly ListedImage[] {
    const wanted = new Set(names.map(withTag));
    // Most are others, and are told apart without taking each reference to pieces.
    const isOfFoundation = (reference: string): boolean =>
        repositories.some((name) => reference.startsWith(name) && splitReference(reference).name === name);
    return listed.filter(({ tags, digests, labels }) => {
        const builtFor = composeService(labels);
        return (
            tags.some(isOfFoundation) ||
            digests.some(isOfFoundation) ||
            tags.some((tag) => wanted.has(tag)) ||
            (builtFor !== undefined && isFoundation(builtFor))
        );
    });
}

/** Images by their ids, and by the digests of their manifests. */
export type ImageIndex = ReadonlyMap<string, readonly ListedImage[]>;

export function indexImages(listed: readonly ListedImage[]): ImageIndex {
    const index = new Map<string, ListedImage[]>();
    for (const image of listed) {
        for (const key of [image.id, ...image.manifests]) index.set(key, [...(index.get(key) ?? []), image]);
    }
    return index;
}

/** The image of a container; of several with its content, the one that has this name. */
export function imageOf(
    { images, image }: { readonly images: readonly string[]; readonly image: string },
    index: ImageIndex,
): ListedImage | undefined {
    const same = images.flatMap((known) => index.get(known) ?? []);
    const name = withTag(image);
    return same.find(({ tags }) => tags.includes(name)) ?? same[0];
}

/** As Docker lists it. */
export function withTag(image: string): string {
    return splitReference(image).tag === undefined ? `${image}:latest` : image;
}

const inspectSchema = v.object({
    RootFS: v.object({ Layers: strings }),
    Created: v.nullish(v.string(), ""),
    // When it got a name here; in the year 1 when it never did.
    Metadata: v.object({ LastTagTime: v.nullish(v.string()) }),
    Os: v.string(),
    Architecture: v.string(),
});
const historySchema = v.array(v.object({ CreatedBy: v.string() }));

/** All there is to know about these images. One that has gone meanwhile is left out. */
export async function inspectImages(
    { find }: Engine,
    images: readonly ListedImage[],
): Promise<readonly LocalImage[]> {
    const inspect = async ({ id, tags, digests, labels }: ListedImage): Promise<readonly LocalImage[]> => {
        const tag = labels[tagLabel];
        const published = tag !== undefined && tag !== localTag;
        const [found, steps] = await Promise.all([
            find(`/images/${id}/json`, inspectSchema),
            published ? [] : find(`/images/${id}/history`, historySchema),
        ]);
        if (found === undefined) return [];
        return [
            {
                id,
                tags,
                digests,
                tag,
                layers: found.RootFS.Layers,
                // Docker 26 has none of an image for another platform, with the containerd store.
                history: (steps ?? []).map((step) => step.CreatedBy).reverse(),
                createdAt: builtAt(found.Created, found.Metadata.LastTagTime ?? undefined, labels),
                builtFor: composeService(labels),
                platform: `${found.Os}/${found.Architecture}`,
            },
        ];
    };
    return (await Promise.all(images.map(inspect))).flat();
}

function composeService(labels: ListedImage["labels"]): ComposeService | undefined {
    const project = labels["com.docker.compose.project"];
    return project === undefined
        ? undefined
        : { project, service: labels["com.docker.compose.service"] ?? "" };
}

/**
 * When an image was built. A build that finds everything in the cache keeps the time of the first one, so where Compose
 * has built it, the time when it got its name counts.
 */
export function builtAt(
    createdAt: string,
    taggedAt: string | undefined,
    labels: Readonly<Record<string, string>>,
): string {
    const composed = labels["com.docker.compose.project"] !== undefined;
    return composed && taggedAt !== undefined && taggedAt > createdAt ? taggedAt : createdAt;
}
