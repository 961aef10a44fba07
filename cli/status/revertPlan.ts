import { isDeepStrictEqual } from "node:util";
import type { Facts } from "./facts.ts";
import type { LocalImage } from "../../components/docker/images.ts";
import { splitReference } from "../../components/render/imageReference.ts";
import { foundationState, statusOf, type Base } from "./model.ts";

/** What `revert` will do, so that it can be said first. */
export interface RevertPlan {
    /** What is pulled. */
    readonly image: string;
    /** References and ids of images to remove. */
    readonly removals: readonly { readonly what: string; readonly reason: string }[];
    /** For apps whose containers hold on to an override. */
    readonly commands: readonly string[];
}

/**
 * Plans the way back to the official foundation. Pulling gives the official name back; what it leaves are overrides
 * under other names, which would shadow what the registry has there, and apps that were built on any of them.
 */
export function planRevert(facts: Facts): RevertPlan {
    const status = statusOf(facts);
    const { name } = splitReference(facts.emitted.image);
    const overrides = facts.images.filter((image) => foundationState(image, facts) === "override");
    const used = new Set(facts.apps.flatMap((app) => app.containers.map(({ imageId }) => imageId)));

    const imageOf = (reference: string): LocalImage | undefined =>
        facts.images.find(({ tags }) => tags.includes(reference) || tags.includes(`${reference}:latest`));
    const foundations = overrides.flatMap((image) => {
        const names = image.tags.filter((tag) => splitReference(tag).name === name);
        const shadows = names.filter((tag) => tag !== facts.emitted.image);
        if (shadows.length > 0) {
            return shadows.map((what) => ({
                what,
                reason: "your own, under a name that the registry has too",
            }));
        }
        // Without any name it may be of another project whose folder is called the same.
        return names.length > 0
            ? [{ what: image.id, reason: "your own, which the pull leaves without a name" }]
            : [];
    });
    // Nothing but the foundation it was made of, so that is all that tells which.
    const copies = facts.apps.flatMap(({ contextImage }) =>
        contextImage !== undefined && overrides.some((image) => isCopy(image, imageOf(contextImage)))
            ? [{ what: contextImage, reason: "your own, as an app's build kept it" }]
            : [],
    );
    const astray = (base: Base | undefined): boolean => base?.state === "override" || base?.state === "moved";
    const builtAstray = status.apps.filter((app) => astray(app.built?.base));
    const inUse = (app: (typeof builtAstray)[number]): boolean => used.has(imageOf(app.image)?.id ?? "");
    return {
        image: facts.emitted.image,
        removals: [
            ...builtAstray
                .filter((app) => !inUse(app))
                .map((app) => ({
                    what: app.image,
                    reason: `built on ${app.built?.base.state === "moved" ? "what is not the published one" : "an override"}; the next \`docker compose up\` builds it anew`,
                })),
            ...copies,
            ...foundations,
        ],
        commands: [
            ...new Set(
                status.apps.flatMap((app) => {
                    const projects = [
                        ...(astray(app.built?.base) && inUse(app) ? [app.project] : []),
                        ...app.containers
                            .filter(({ base, running }) => running && astray(base))
                            .map((container) => container.project),
                    ];
                    return projects.map((name) => {
                        const other = name === app.project ? "" : ` --project-name ${name}`;
                        return `cd ${app.folder} && docker compose${other} up --build`;
                    });
                }),
            ),
        ],
    };
}

function isCopy(image: LocalImage, other: LocalImage | undefined): boolean {
    return isDeepStrictEqual([image.layers, image.history], [other?.layers, other?.history]);
}
