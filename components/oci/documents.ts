import * as v from "valibot";

/** What a token service answers (distribution, spec/auth/token and oauth); one of the two is there. */
export const TokenAnswer = v.object({
    token: v.optional(v.string()),
    access_token: v.optional(v.string()),
});

/** What an image runs on, in Go's words (`linux`, `amd64`). */
const Platform = v.object({
    os: v.nullish(v.string()),
    architecture: v.nullish(v.string()),
    variant: v.nullish(v.string()),
});

/** The part of an OCI image manifest or index that is used here; Docker's own have the same names. */
export const Manifest = v.object({
    config: v.nullish(v.object({ digest: v.string() })),
    manifests: v.nullish(
        v.array(
            v.object({
                digest: v.string(),
                platform: v.nullish(Platform),
            }),
        ),
    ),
});

const Descriptors = v.nullish(v.array(v.object({ digest: v.string(), size: v.number() })), []);

/** What an OCI image manifest or index is made of. */
export const Contents = v.object({
    config: v.nullish(v.object({ digest: v.string(), size: v.number() })),
    layers: Descriptors,
    manifests: Descriptors,
});

/** The part of an OCI image configuration that is used here. */
export const ImageConfig = v.object({
    ...Platform.entries,
    rootfs: v.nullish(v.object({ diff_ids: v.nullish(v.array(v.string()), []) })),
    config: v.nullish(v.object({ Labels: v.nullish(v.record(v.string(), v.string())) })),
    history: v.nullish(v.array(v.object({ created_by: v.nullish(v.string(), "") })), []),
});

/** One page of a repository's tags. */
export const TagList = v.object({ tags: v.nullish(v.array(v.string())) });

/** A document as the schema has it; undefined when it isn't one. */
export function readDocument<Schema extends v.GenericSchema>(
    schema: Schema,
    text: string,
): v.InferOutput<Schema> | undefined {
    let document: unknown;
    try {
        document = JSON.parse(text);
    } catch {
        return undefined;
    }
    const read = v.safeParse(schema, document);
    return read.success ? read.output : undefined;
}
