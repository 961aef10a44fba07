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
        layers,
        history: layers.map((layer) => `RUN ${layer}`),
        createdAt: "2026-01-01T00:00:00Z",
        ...more,
    };
}

export const official = image("official", ["a", "b", "new"], {
    tags: [emitted.image],
    digests: [`${name}@sha256:new`],
});
export const override = image("override", ["a", "b", "mine"], {
    tags: [emitted.image],
    builtHere: true,
    createdAt: "2026-02-01T00:00:00Z",
});
export const older = image("older", ["a", "b", "old"], {
    tags: [`${name}:content-old`],
    digests: [`${name}@sha256:old`],
});
/** What somebody has pushed under the official tag. */
export const foreign = image("foreign", ["x", "y"], {
    tags: [emitted.image],
    digests: [`${name}@sha256:foreign`],
});
/** What the official one is after an override has taken its tag. */
export const untagged = { ...official, tags: [] };

export function app(more: Partial<AppFacts> = {}): AppFacts {
    return {
        folder: "apps/app1",
        reference: emitted.image,
        image: "app1-app1",
        diverted: false,
        contexts: undefined,
        containers: [],
        ...more,
    };
}

export function builtOn(base: LocalImage, id = `app on ${base.id}`): LocalImage {
    const history = [...base.history, "RUN app", "CMD app"];
    return image(id, [...base.layers, "app"], { history, tags: ["app1-app1:latest"] });
}

/** An app whose history has the tag that its foundation was built with. */
export function recording(tag: string, layers: readonly string[]): LocalImage {
    const history = [`RUN |1 FOUNDATION_TAG=${tag} /bin/sh -c true`, "RUN app"];
    return { ...builtOn(image("recorded", layers)), history };
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
        warnings: [],
        ...more,
    };
}
