import type { Facts, FoundationFacts, ServiceFacts, UseFacts } from "../../../cli/status/facts.ts";
import type { LocalImage } from "../../../components/docker/images.ts";

export const name = "localhost:5050/foundation";
export const emitted = { image: `${name}:content-new`, digest: "sha256:new", stack: "dev" };

export function image(id: string, layers: readonly string[], more: Partial<LocalImage> = {}): LocalImage {
    return {
        id,
        tags: [],
        digests: [],
        builtFor: undefined,
        platform: "linux/amd64",
        tag: undefined,
        layers,
        history: layers.map((layer) => `RUN ${layer}`),
        createdAt: "2026-01-01T00:00:00Z",
        ...more,
    };
}

export const official = image("official", ["a", "b", "new"], {
    tags: [emitted.image],
    digests: [`${name}@sha256:new`],
    tag: "content-new",
});
export const override = image("override", ["a", "b", "mine"], {
    tags: [emitted.image],
    builtFor: { project: "foundation-1a2b3c", service: "foundation" },
    tag: "local",
    createdAt: "2026-02-01T00:00:00Z",
});
export const older = image("older", ["a", "b", "old"], {
    tags: [`${name}:content-old`],
    digests: [`${name}@sha256:old`],
    tag: "content-old",
});
/** What somebody has pushed under the official tag. */
export const foreign = image("foreign", ["x", "y"], {
    tags: [emitted.image],
    digests: [`${name}@sha256:foreign`],
    tag: "content-new",
});
/** What the official one is after an override has taken its tag. */
export const untagged = { ...official, tags: [] };

/** An app of its own folder, which uses the one foundation. */
export function app({
    reference = emitted.image,
    form,
    contextImage,
    pulled = false,
    ...more
}: Partial<ServiceFacts & UseFacts> = {}): ServiceFacts {
    return {
        folder: "apps/app1",
        service: "app1",
        uses: new Map([["foundation", { reference, form, contextImage, pulled }]]),
        project: "app1-1a2b3c",
        formerProject: "app1",
        image: "app1-1a2b3c-app1",
        diverted: false,
        containers: [],
        ...more,
    };
}

export function foundation(more: Partial<FoundationFacts> = {}): FoundationFacts {
    return {
        name: "foundation",
        image: emitted.image,
        digest: emitted.digest,
        folder: "foundation",
        uses: [],
        projects: ["foundation-1a2b3c", "foundation"],
        services: [more.name ?? "foundation"],
        changes: { state: "none" },
        registry: { state: "no-login" },
        ...more,
    };
}

export function builtOn(base: LocalImage, id = `app on ${base.id}`): LocalImage {
    const history = [...base.history, "RUN app", "CMD app"];
    return image(id, [...base.layers, "app"], { history, tag: base.tag, tags: ["app1-1a2b3c-app1:latest"] });
}

/** An app that has the label of its foundation. */
export function labelled(tag: string, layers: readonly string[]): LocalImage {
    return builtOn(image("labelled", layers, { tag }));
}

/** Of one foundation and one app, unless something else is given. */
export function facts({
    registry = { state: "no-login" },
    image = emitted.image,
    ...more
}: Partial<Facts & Pick<FoundationFacts, "registry" | "image">> = {}): Facts {
    return {
        stack: emitted.stack,
        foundations: [foundation({ registry, image })],
        images: [],
        services: [app()],
        builder: { name: "default", driver: "docker" },
        store: "classic",
        platform: "linux/amd64",
        warnings: [],
        ...more,
    };
}
