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

const descriptor = { digest: v.string(), size: v.nullish(v.number(), 0) };

/** The part of an OCI image manifest or index that is used here; Docker's own have the same names. */
export const Manifest = v.object({
    config: v.nullish(v.object(descriptor)),
    layers: v.nullish(v.array(v.object(descriptor)), []),
    /** Those of an index. */
    manifests: v.nullish(v.array(v.object({ ...descriptor, platform: v.nullish(Platform) }))),
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
