import type { FoundationUse } from "./dockerfile.ts";
import { readDockerfile } from "./dockerfile.ts";
import type { Foundation } from "./foundation.ts";

/** A foundation with what decides which others its Dockerfile uses. */
export interface Link extends Foundation {
    readonly target?: string | undefined;
    readonly buildArgs: Readonly<Record<string, string>>;
}

/** A foundation, and those that it is built on, by name. */
export interface Linked<Image> {
    readonly image: Image;
    readonly uses: ReadonlyMap<string, FoundationUse>;
}

/** Foundations with those that each is built on, parents first; or one text for each thing to change. */
export type ChainReading<Image> =
    { readonly chain: readonly Linked<Image>[] } | { readonly problems: readonly string[] };

/**
 * Finds out which foundations are built on which others, from their Dockerfiles.
 *
 * @param textOf what is in an image's Dockerfile.
 */
export function readChain<Image extends Link>(
    images: readonly Image[],
    textOf: (image: Image) => string,
): ChainReading<Image> {
    const read = images.map((image) => ({ image, reading: readLink(image, images, textOf) }));
    const problems = read.flatMap(({ image, reading }) =>
        "problems" in reading ? reading.problems.map((problem) => `${image.dockerfile}: ${problem}`) : [],
    );
    if (problems.length > 0) return { problems };
    const links = read.flatMap(({ image, reading }) =>
        "problems" in reading ? [] : [{ image, uses: reading.uses }],
    );
    return sorted(links);
}

/** An only image is read by nobody but the builder, which knows every Dockerfile there is. */
function readLink<Image extends Link>(
    image: Image,
    images: readonly Image[],
    textOf: (image: Image) => string,
): { readonly uses: ReadonlyMap<string, FoundationUse> } | { readonly problems: readonly string[] } {
    const others = images.filter(({ name }) => name !== image.name);
    if (others.length === 0) return { uses: new Map() };
    const { target, buildArgs } = image;
    return readDockerfile(textOf(image), {
        foundations: others.map(({ name, argument, replaces }) => ({
            name,
            replaces,
            // Where the image's own configuration says what an argument is, it is no foundation. No ARG has an empty name.
            argument: Object.hasOwn(buildArgs, argument) ? "" : argument,
        })),
        stages: { target },
        args: buildArgs,
    });
}

function sorted<Image extends Link>(links: readonly Linked<Image>[]): ChainReading<Image> {
    const chain: Linked<Image>[] = [];
    const done = new Set<string>();
    let open = links;
    while (open.length > 0) {
        const ready = open.filter(({ uses }) => [...uses.keys()].every((name) => done.has(name)));
        if (ready.length === 0) return { problems: [circleIn(open)] };
        chain.push(...ready);
        for (const { image } of ready) done.add(image.name);
        open = open.filter(({ image }) => !done.has(image.name));
    }
    return { chain };
}

/** @param links of which each is built on another one of them. */
function circleIn<Image extends Link>(links: readonly Linked<Image>[]): string {
    const parents = new Map(
        links.map(({ image, uses }) => [
            image.name,
            [...uses.keys()].find((name) => links.some((other) => other.image.name === name)) ?? "",
        ]),
    );
    const path = [links[0]?.image.name ?? ""];
    for (;;) {
        const next = parents.get(path.at(-1) ?? "") ?? "";
        const start = path.indexOf(next);
        if (start !== -1) {
            return `${[...path.slice(start), next].join(" is built on ")}, which can't be: have one of them start from something else`;
        }
        path.push(next);
    }
}
