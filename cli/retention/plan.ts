import type { StoredImage } from "../../components/oci/client.ts";
import { isContentTag } from "../../components/render/foundation.ts";

/** An image of a repository, with all its tags. */
export interface TaggedImage extends StoredImage {
    readonly tags: readonly string[];
    /** When it was published, in milliseconds; undefined where nobody knows. */
    readonly published: number | undefined;
}

/** What somebody names in a repository. */
export interface Names {
    readonly tags: ReadonlySet<string>;
    readonly digests: ReadonlySet<string>;
}

/** What becomes of a repository's images. */
export interface Plan {
    /** The oldest last. */
    readonly removed: readonly TaggedImage[];
    /** Kept for being new. */
    readonly kept: readonly TaggedImage[];
    /** Kept, because nobody knows how old they are. */
    readonly ageless: readonly TaggedImage[];
    /** What is removed, with the manifests that nothing else names. */
    readonly manifests: readonly string[];
    /** What no image that stays is made of. */
    readonly freed: number;
}

/**
 * Divides a repository's images. Only those go that have no other tags than such as are made from content, and of whose tags
 * and digests nobody names any: what a person has tagged, signatures and channels stay.
 *
 * @param keep how many of those that nobody names stay, the newest.
 */
export function planRetention(images: readonly TaggedImage[], names: Names, keep: number): Plan {
    const unnamed = images
        .filter(({ tags, digest, manifests }) => {
            const digests = [digest, ...manifests];
            return (
                tags.every((tag) => isContentTag(tag) && !names.tags.has(tag)) &&
                !digests.some((one) => names.digests.has(one))
            );
        })
        .toSorted((one, other) => (other.published ?? 0) - (one.published ?? 0));
    // Without a place in the order, one may be the newest.
    const ageless = keep === 0 ? [] : unnamed.filter(({ published }) => published === undefined);
    const ordered = unnamed.filter((image) => !ageless.includes(image));
    const removed = ordered.slice(keep);
    const stays = images.filter((image) => !removed.includes(image));
    const needed = new Set(stays.flatMap(({ manifests, bytes }) => [...manifests, ...bytes.keys()]));
    const going = new Map(removed.flatMap(({ bytes }) => [...bytes]));
    return {
        removed,
        kept: ordered.slice(0, keep),
        ageless,
        // An index before what it is made of.
        manifests: [...new Set(removed.flatMap(({ digest, manifests }) => [digest, ...manifests]))].filter(
            (digest) => !needed.has(digest),
        ),
        freed: [...going].reduce((sum, [digest, size]) => sum + (needed.has(digest) ? 0 : size), 0),
    };
}
