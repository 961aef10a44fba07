import * as v from "valibot";
import type { RepositoryAction } from "../arm/scopeMap.ts";
import type { Answer } from "../web.ts";

/** What may be done with a tag, as `az acr repository update` changes it. */
const Attributes = v.strictObject({
    deleteEnabled: v.optional(v.boolean()),
    writeEnabled: v.optional(v.boolean()),
    listEnabled: v.optional(v.boolean()),
    readEnabled: v.optional(v.boolean()),
});

interface Tag {
    readonly name: string;
    readonly digest: string;
    readonly createdTime: string;
    readonly lastUpdateTime: string;
    readonly changeableAttributes: Required<v.InferOutput<typeof Attributes>>;
}

const free = { deleteEnabled: true, writeEnabled: true, listEnabled: true, readEnabled: true };

/**
 * What Azure's own API (`/acr/v1/<repository>/_tags`) knows of tags, learned from what passes by. Left out: attributes of
 * repositories and manifests, and reading and listing that are disabled.
 */
export class Tags {
    readonly #repositories = new Map<string, Map<string, Tag>>();

    /**
     * What a request of the distribution API would do to a tag that is locked; undefined where none is. A tag that can't be
     * written can't be deleted, either (github.com/Azure/acr/issues/561).
     */
    lockOn(
        method: string,
        path: string,
    ): { readonly repository: string; readonly action: RepositoryAction } | undefined {
        const { repository, reference } = manifestOf(path);
        const inTheWay = [...this.#of(repository).values()].some(
            ({ name, digest, changeableAttributes: { writeEnabled, deleteEnabled } }) =>
                (method === "PUT" && name === reference && !writeEnabled) ||
                (method === "DELETE" &&
                    [name, digest].includes(reference) &&
                    !(writeEnabled && deleteEnabled)),
        );
        return inTheWay ? { repository, action: method === "PUT" ? "push" : "delete" } : undefined;
    }

    /** Takes note of what the registry proper has done. */
    learn(method: string, path: string, digest: string): void {
        const { repository, reference } = manifestOf(path);
        const tags = this.#of(repository);
        if (method === "DELETE") {
            for (const tag of tags.values()) if (tag.digest === reference) tags.delete(tag.name);
        } else if (method === "PUT" && !reference.startsWith("sha256:")) {
            const lastUpdateTime = new Date().toISOString();
            const { createdTime = lastUpdateTime, changeableAttributes = free } = tags.get(reference) ?? {};
            tags.set(reference, {
                name: reference,
                digest,
                createdTime,
                lastUpdateTime,
                changeableAttributes,
            });
        }
    }

    list(repository: string): Answer {
        const tags = [...this.#of(repository).values()].sort((one, other) =>
            one.name < other.name ? -1 : 1,
        );
        return tags.length === 0
            ? notFound("NAME_UNKNOWN", `repository name not known to registry`)
            : { status: 200, body: { registry: "registry", imageName: repository, tags } };
    }

    patch(repository: string, name: string, text: string): Answer {
        const tag = this.#of(repository).get(name);
        if (tag === undefined) return notFound("TAG_UNKNOWN", `the specified tag does not exist`);
        const { changeableAttributes, ...rest } = tag;
        const changes = v.safeParse(v.pipe(v.string(), v.parseJson(), Attributes), text);
        if (!changes.success) {
            return { status: 400, body: { errors: [{ code: "BAD_REQUEST", message: "invalid body" }] } };
        }
        const changed = { ...rest, changeableAttributes: { ...changeableAttributes, ...changes.output } };
        this.#of(repository).set(name, changed);
        return { status: 200, body: { registry: "registry", imageName: repository, tag: changed } };
    }

    #of(repository: string): Map<string, Tag> {
        const tags = this.#repositories.get(repository) ?? new Map<string, Tag>();
        this.#repositories.set(repository, tags);
        return tags;
    }
}

/** What Azure says to who wants to. */
export const disallowed: Answer = {
    status: 405,
    body: {
        errors: [
            {
                code: "REGISTRY_DISALLOWED_OPERATION",
                message:
                    "The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation",
                detail: {},
            },
        ],
    },
};

function notFound(code: string, message: string): Answer {
    return { status: 404, body: { errors: [{ code, message }] } };
}

function manifestOf(path: string): { readonly repository: string; readonly reference: string } {
    const [, repository = "", reference = ""] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
    return { repository, reference };
}
