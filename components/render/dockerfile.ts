import { allSources, neededStages, sourceStage, stagesOf, type Stage } from "./dockerfileStages.ts";
import { DockerfileError, parseDockerfile, type Dockerfile } from "./dockerfileSyntax.ts";
import { familiarReference, referenceProblem, splitReference } from "./imageReference.ts";

/**
 * How Dockerfiles may name a foundation: by a build argument, by its name, or by image references that stand for it. Of
 * those, one without tag and digest matches them all, one with a tag or a digest only that (no tag is `latest`).
 */
export interface FoundationNames {
    readonly name: string;
    readonly argument: string;
    readonly replaces: readonly string[];
}

export interface DockerfileOptions {
    readonly foundations: readonly FoundationNames[];
    /** Which stages count: every one, or those that a build of the target needs, which is the last by default and when empty. */
    readonly stages: "all" | { readonly target?: string | undefined };
    /** Build arguments that outrank the defaults of the Dockerfile. */
    readonly args?: Readonly<Record<string, string>>;
}

/**
 * How a Dockerfile names a foundation. `buildArg`: by the foundation's build argument. `contexts`: the names under
 * which BuildKit will look for it among the named contexts, in the order found: the foundation's name, or a reference
 * that is listed as replaced, in its short form.
 */
export interface FoundationUse {
    readonly buildArg: boolean;
    readonly contexts: readonly string[];
}

/** An image in a FROM, COPY --from or RUN --mount; `image` is undefined where a FROM turns out to name a stage. */
export interface DockerfileImage {
    readonly line: number;
    readonly keyword: string;
    readonly written: string;
    readonly image: string | undefined;
    /** The foundation that it is, and the named context that BuildKit looks for; none is by the build argument. */
    readonly foundation: { readonly name: string; readonly context: string | undefined } | undefined;
}

/**
 * What a Dockerfile uses: the foundations by name, those that it doesn't use left out, and all images in the order found.
 * Or one text for each thing to change, with its line.
 */
export type DockerfileReading =
    | { readonly uses: ReadonlyMap<string, FoundationUse>; readonly images: readonly DockerfileImage[] }
    | { readonly problems: readonly string[] };

/** Finds foundations in a Dockerfile, as BuildKit would. */
export function readDockerfile(text: string, options: DockerfileOptions): DockerfileReading {
    try {
        return read(text, options);
    } catch (error) {
        if (!(error instanceof DockerfileError)) throw error;
        return { problems: [error.message] };
    }
}

/**
 * The images that a build of the target starts from, each once; `scratch` is none. One that depends on the platform is
 * there as it is on amd64 and on arm64. None for a Dockerfile that BuildKit would refuse.
 */
export function baseImages(
    text: string,
    target: string | undefined,
    args: Readonly<Record<string, string>>,
): readonly string[] {
    const reading = readDockerfile(text, { foundations: [], stages: { target }, args });
    if ("problems" in reading) return [];
    const bases = reading.images.filter(({ keyword }) => keyword === "FROM");
    return [...new Set(bases.flatMap(({ image }) => image ?? []))].filter((image) => image !== "scratch");
}

/** What to change in a Dockerfile that uses the foundation in no way. */
export function notFound(
    images: readonly DockerfileImage[],
    { argument, name, replaces }: FoundationNames,
): string {
    const listed = replaces.length === 0 ? "it lists nothing yet" : `it lists ${replaces.join(", ")}`;
    return [
        "the foundation cannot be found in the Dockerfile, which has",
        ...images.filter(({ keyword }) => keyword === "FROM").map(describe),
        "name it in one of three ways:",
        `  ARG ${argument} before the first FROM, then FROM \${${argument}}`,
        `  FROM ${name}`,
        `  FROM an image that the key replaces lists (${listed})`,
    ].join("\n");
}

function describe({ line, written, image }: DockerfileImage): string {
    const [word] = written.split(" ");
    const note = image === undefined ? "an earlier stage" : image === "" ? "nothing by default" : image;
    return `  line ${line}: FROM ${written}${note === word ? "" : ` (${note})`}`;
}

interface Build {
    readonly stages: readonly Stage[];
    readonly needed: ReadonlySet<Stage>;
    /** What each foundation's argument is set to. */
    readonly references: readonly string[];
}

function read(text: string, options: DockerfileOptions): DockerfileReading {
    const { foundations, stages: counted } = options;
    const dockerfile = parseDockerfile(text);
    // Two builds that differ in all that can't be known here: a name that is the same in both depends on none of it.
    const one = build(
        dockerfile,
        options,
        "amd64",
        (index) => `a.example:1/a/${index}:a@sha256:${"a".repeat(64)}`,
    );
    const two = build(
        dockerfile,
        options,
        "arm64",
        (index) => `b.example:2/b/${index}:b@sha256:${"b".repeat(64)}`,
    );
    if (one.needed.size === 0 && counted !== "all") {
        const names = one.stages.flatMap(({ name }) => name ?? []).join(", ");
        return {
            problems: [`no stage is named "${counted.target ?? ""}", the build's target: it has ${names}`],
        };
    }

    const images = [...fromImages(one, two, foundations), ...copiedImages([one, two], foundations)];
    const uses = usesOf(images);
    const problems = new Set([
        ...images.flatMap(({ line, keyword, written, problem }) =>
            problem === undefined ? [] : `line ${line}: ${keyword} ${written}: ${problem}`,
        ),
        ...overlaid([...one.needed], uses),
    ]);
    return problems.size > 0 ? { problems: [...problems] } : { uses, images };
}

function build(
    dockerfile: Dockerfile,
    { foundations, stages: counted, args }: DockerfileOptions,
    architecture: string,
    reference: (index: number) => string,
): Build {
    const references = foundations.map((_, index) => reference(index));
    const stages = stagesOf(dockerfile, architecture, {
        ...args,
        ...Object.fromEntries(foundations.map(({ argument }, index) => [argument, reference(index)])),
    });
    const needed = counted === "all" ? new Set(stages) : neededStages(stages, counted.target ?? "");
    return { stages, needed, references };
}

/** An image, or what is wrong with it. */
type Finding = DockerfileImage & { readonly problem?: string };

function fromImages(one: Build, two: Build, foundations: readonly FoundationNames[]): Finding[] {
    return one.stages.flatMap((stage, index): Finding[] => {
        const { line, written, base } = stage;
        const other = two.stages[index] ?? stage;
        const common = { line, keyword: "FROM", written, foundation: undefined };
        // BuildKit refuses that in any stage, so it is a problem in one that isn't needed too.
        const [undeclared] = stage.undeclared;
        if (undeclared !== undefined && stage.parent === undefined && referenceProblem(base) !== undefined) {
            const problem = `${undeclared} is used here, but no ARG before the first FROM declares it: add ARG ${undeclared} there`;
            return [{ ...common, image: base, problem }];
        }
        if (!one.needed.has(stage) && !two.needed.has(other)) return [];

        const argued = foundations.find(
            ({ argument }, index) =>
                base === one.references[index] &&
                other.base === two.references[index] &&
                !stage.altered.has(argument),
        );
        if (argued !== undefined) {
            return [
                {
                    ...common,
                    image: `\${${argued.argument}}`,
                    foundation: { name: argued.name, context: undefined },
                },
            ];
        }
        const problem = baseProblem(stage, other, foundations);
        if (problem !== undefined) return [{ ...common, image: base, problem }];
        const reached = [stage, other].filter((from) => one.needed.has(from) || two.needed.has(from));
        const found = reached.map((from) => (from.parent === undefined ? from.base : undefined));
        return [...new Set(found)].map((image) => ({
            ...common,
            image,
            foundation: foundationOf(image, foundations),
        }));
    });
}

function baseProblem(
    stage: Stage,
    other: Stage,
    foundations: readonly FoundationNames[],
): string | undefined {
    const differs = stage.base !== other.base;
    const part = foundations.find(({ argument }) => (differs ? stage.read : stage.altered).has(argument));
    if (part !== undefined) {
        return `${part.argument} is a whole reference, with its tag, and must stand alone: write FROM \${${part.argument}}`;
    }
    // The named context is emitted now, but BuildKit looks it up by the name that comes out in the build.
    const images = [stage, other].filter(({ parent }) => parent === undefined).map(({ base }) => base);
    if (!images.some((image) => foundationOf(image, foundations) !== undefined)) return undefined;
    const [unset] = stage.unset;
    if (unset !== undefined) {
        return `the name must be known before the build, and ${unset} has no default: give ARG ${unset} one`;
    }
    if (!differs) return undefined;
    return `the name must be known before the build, and depends on the platform (${stage.base}, ${other.base}): write one of them`;
}

function copiedImages(builds: readonly Build[], foundations: readonly FoundationNames[]): Finding[] {
    const found = builds.flatMap(({ stages, needed }) =>
        stages.flatMap((stage) => {
            const inImages = stage.sources.filter(({ from }) => /\$./.test(from));
            const reached = needed.has(stage) ? allSources(stage) : [];
            return [...inImages, ...reached].filter(
                (source) => source.from !== "scratch" && sourceStage(stages, source) === undefined,
            );
        }),
    );
    // Each of the builds has its own object for the same text.
    const once = new Map(found.map((source) => [JSON.stringify(source), source]));
    return [...once.values()].map(({ line, keyword, from }) => ({
        line,
        keyword,
        written: keyword === "COPY" ? `--from=${from}` : `--mount=from=${from}`,
        image: from,
        foundation: foundationOf(from, foundations),
        ...(/\$./.test(from) && {
            problem: `BuildKit expands no variable there: write FROM ${from} AS a stage, and the stage's name here`,
        }),
    }));
}

function usesOf(images: readonly DockerfileImage[]): Map<string, FoundationUse> {
    const found = images.flatMap(({ foundation }) => foundation ?? []);
    return new Map(
        found.map(({ name }) => {
            const contexts = found.filter((use) => use.name === name).map(({ context }) => context);
            const names = new Set(contexts.filter((context) => context !== undefined));
            return [name, { buildArg: contexts.includes(undefined), contexts: [...names] }];
        }),
    );
}

/** BuildKit would put the context in the place of the whole stage and skip the stage's instructions. */
function overlaid(stages: readonly Stage[], uses: ReadonlyMap<string, FoundationUse>): string[] {
    return [...uses.values()].flatMap(({ contexts }) =>
        stages
            .filter(({ name }) => name !== undefined && contexts.includes(name))
            .map(
                ({ line, name = "" }) =>
                    `line ${line}: the stage "${name}" has the name of the foundation: give the stage another name`,
            ),
    );
}

function foundationOf(
    image: string | undefined,
    foundations: readonly FoundationNames[],
): DockerfileImage["foundation"] {
    if (image === undefined) return undefined;
    const context = familiarReference(image);
    const found = foundations.find(
        ({ name, replaces }) => context === name || replaces.some((replaced) => standsFor(replaced, image)),
    );
    return found === undefined ? undefined : { name: found.name, context };
}

function standsFor(replaced: string, image: string): boolean {
    const [wanted, found] = [splitReference(replaced), splitReference(image)];
    const tag = found.tag ?? (found.digest === undefined ? "latest" : undefined);
    return (
        familiarReference(wanted.name) === familiarReference(found.name) &&
        (wanted.tag === undefined || wanted.tag === tag) &&
        (wanted.digest === undefined || wanted.digest === found.digest)
    );
}
