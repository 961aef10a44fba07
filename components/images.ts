import * as path from "node:path";
import { useBuildx, type FoundationConfig } from "./config.ts";
import { FoundationImage, type FoundationImageArgs } from "./foundationImage.ts";
import type { ImageSettings } from "./imageConfig.ts";
import { Problem } from "./problem.ts";
import type { Registry } from "./registry.ts";
import type { Linked } from "./render/chain.ts";
import { usualDockerfile, type SecretSource } from "./render/foundation.ts";
import type { StagedImage } from "./workspace/stagedContext.ts";

/** An image, as it is to be published. */
export interface BuiltImage extends Pick<Linked<ImageSettings>, "uses"> {
    readonly settings: ImageSettings;
    readonly staged: StagedImage;
    readonly tag: string;
}

/** What was read and copied of each image, parents before children. */
export function builtImages(
    chain: readonly Linked<ImageSettings>[],
    staged: ReadonlyMap<string, StagedImage>,
): readonly BuiltImage[] {
    return chain.flatMap(({ image: settings, uses }) => {
        const copy = staged.get(settings.name);
        return copy === undefined ? [] : [{ settings, uses, staged: copy, tag: settings.tag ?? copy.tag }];
    });
}

/** @throws Problem when one image is built on another, which `@pulumi/docker` has no way to do. */
export function refuseChains(built: readonly BuiltImage[]): void {
    const children = built.filter(({ uses }) => uses.size > 0);
    if (children.length === 0) return;
    throw new Problem({
        wrong: "imageProvider: docker can't build one image on another",
        found: children
            .map(({ settings, uses }) => `${settings.name} on ${[...uses.keys()].join(" and ")}`)
            .join(", "),
        remedy: useBuildx,
    });
}

/**
 * Builds and pushes all images, each after those that it is built on.
 *
 * @param built parents before children.
 * @returns by name, in the same order.
 */
export function publishImages(
    config: FoundationConfig,
    registry: Registry,
    built: readonly BuiltImage[],
    publish: FoundationImageArgs["publish"],
): ReadonlyMap<string, FoundationImage> {
    const { attest, builder, channel, buildSecrets, root } = config;
    const images = new Map<string, FoundationImage>();
    for (const { settings, uses, staged, tag } of built) {
        const { name, repository, dockerfile, target, buildArgs, platforms, rebuild } = settings;
        const { ssh, cache } = settings;
        const parents = [...uses].map(([parent, { buildArg, contexts }]) => ({
            image: imageNamed(images, parent),
            argument: buildArg ? config.images.find((other) => other.name === parent)?.argument : undefined,
            contexts,
        }));
        const image = new FoundationImage(name, {
            ...{ registry, repository, tag, channel, publish },
            ...{ target, buildArgs, platforms, rebuild, attest, builder },
            context: staged.location,
            dockerfile: staged.dockerfile,
            // What a project doesn't use is no part of its state.
            source: dockerfile === usualDockerfile ? undefined : dockerfile,
            section: settings.section,
            parents: parents.length > 0 ? parents : undefined,
            secrets: unlessEmpty(mapped(settings.secrets, (source) => secretFrom(source, root))),
            secretValues: unlessEmpty(secretValues(settings, buildSecrets)),
            ssh: unlessEmpty(ssh),
            extraHosts: unlessEmpty(settings.extraHosts),
            buildContexts: unlessEmpty({ ...settings.buildContexts, ...staged.folders }),
            labels: unlessEmpty(settings.labels),
            cache: cache.from.length + cache.to.length > 0 ? cache : undefined,
        });
        images.set(name, image);
    }
    return images;
}

export function imageNamed(images: ReadonlyMap<string, FoundationImage>, name: string): FoundationImage {
    const image = images.get(name);
    if (image === undefined) throw new Error(`${name} was not published`);
    return image;
}

/** A file of the repository, as the project's folder sees it. */
function secretFrom(source: SecretSource, root: string): SecretSource {
    if (!("file" in source) || source.file.startsWith("~/") || path.isAbsolute(source.file)) return source;
    return { file: path.posix.join(root, source.file) };
}

/** Those of the stack's secret values that an image asks for. */
function secretValues(
    { secrets }: ImageSettings,
    values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
    const asked = Object.values(secrets).flatMap((source) => ("config" in source ? [source.config] : []));
    return Object.fromEntries(asked.map((name) => [name, values[name] ?? ""]));
}

function mapped<From, To>(
    map: Readonly<Record<string, From>>,
    change: (value: From) => To,
): Readonly<Record<string, To>> {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function unlessEmpty<T extends object>(value: T): T | undefined {
    return Object.keys(value).length > 0 ? value : undefined;
}
