import { isDeepStrictEqual } from "node:util";
import type { Facts } from "./facts.ts";
import type { LocalImage } from "../../components/docker/images.ts";
import { splitReference } from "../../components/render/imageReference.ts";
import { foundationState, type Base } from "./bases.ts";
import { inFolder, statusOf, type FoundationStatus } from "./model.ts";

/** What `revert` will do, so that it can be said first. */
export interface RevertPlan {
    /** The foundations to pull: those that are here. */
    readonly pulls: readonly Pick<FoundationStatus, "image" | "folder">[];
    /** References and ids of images to remove. */
    readonly removals: readonly { readonly what: string; readonly reason: string }[];
    /** For services whose containers hold on to an override. */
    readonly commands: readonly string[];
}

/**
 * Plans the way back to the official foundations. Pulling gives the official names back; what it leaves are overrides
 * under other names, which would shadow what the registry has there, and what was built on any of them.
 */
export function planRevert(facts: Facts): RevertPlan {
    const status = statusOf(facts);
    const overrides = facts.foundations.flatMap((foundation) =>
        facts.images
            .filter((image) => foundationState(image, foundation, facts) === "override")
            .map((image) => ({ image, foundation })),
    );
    const used = new Set(
        facts.services.flatMap(({ containers }) => containers.map(({ imageId }) => imageId)),
    );

    const imageOf = (reference: string): LocalImage | undefined =>
        facts.images.find(({ tags }) => tags.includes(reference) || tags.includes(`${reference}:latest`));
    const removals = overrides.flatMap(({ image, foundation }) => {
        const { name } = splitReference(foundation.image);
        const names = image.tags.filter((tag) => splitReference(tag).name === name);
        const shadows = names.filter((tag) => tag !== foundation.image);
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
    const copies = facts.services
        .flatMap(({ uses }) => [...uses.values()].flatMap(({ contextImage }) => contextImage ?? []))
        .filter((name) => overrides.some(({ image }) => isCopy(image, imageOf(name))))
        .map((what) => ({ what, reason: "your own, as an app's build kept it" }));
    const astray = (base: Base | undefined): boolean => base?.state === "override" || base?.state === "moved";
    const builtAstray = status.services.filter((service) => astray(service.built?.base));
    const inUse = (service: (typeof builtAstray)[number]): boolean =>
        used.has(imageOf(service.image)?.id ?? "");
    return {
        pulls: status.images
            .filter(({ local }) => local.state !== "absent")
            .map(({ image, folder }) => ({ image, folder })),
        removals: [
            ...builtAstray
                .filter((service) => !inUse(service))
                .map((service) => ({
                    what: service.image,
                    reason: `built on ${service.built?.base.state === "moved" ? "what is not the published one" : "an override"}; the next \`docker compose up\` builds it anew`,
                })),
            ...copies,
            ...removals,
        ],
        commands: [
            ...new Set(
                status.services.flatMap((service) => {
                    const projects = [
                        ...(astray(service.built?.base) && inUse(service) ? [service.project] : []),
                        ...service.containers
                            .filter(({ base, running }) => running && astray(base))
                            .map((container) => container.project),
                    ];
                    return projects.map((name) => {
                        const other = name === service.project ? "" : ` --project-name ${name}`;
                        return inFolder(service.folder, `docker compose${other} up --build`);
                    });
                }),
            ),
        ],
    };
}

function isCopy(image: LocalImage, other: LocalImage | undefined): boolean {
    return isDeepStrictEqual([image.layers, image.history], [other?.layers, other?.history]);
}
