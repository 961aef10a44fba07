import type { AppFacts, Facts } from "../../cli/status/facts.ts";
import type { LocalImage } from "../../components/docker/images.ts";

export const name = "localhost:5050/foundation";
export const emitted = { image: `${name}:content-new`, digest: "sha256:new", stack: "dev" };

export function image(id: string, layers: readonly string[], more: Partial<LocalImage> = {}): LocalImage {
    return {
        id,
        tags: [],
        digests: [],
        builtHere: false,
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
    builtHere: true,
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

export function app(more: Partial<AppFacts> = {}): AppFacts {
    return {
        folder: "apps/app1",
        reference: emitted.image,
        project: "app1-1a2b3c",
        formerProject: "app1",
        image: "app1-1a2b3c-app1",
        diverted: false,
        contexts: undefined,
        containers: [],
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

export function facts(more: Partial<Facts> = {}): Facts {
    return {
        emitted,
        images: [],
        apps: [app()],
        changes: { state: "none" },
        registry: { state: "no-login" },
        builder: { name: "default", driver: "docker" },
        store: "classic",
        platform: "linux/amd64",
        warnings: [],
        ...more,
    };
}
