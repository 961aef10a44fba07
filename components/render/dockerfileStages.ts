import { expand, ExpansionError, type Escape } from "./dockerfileExpansion.ts";
import {
    DockerfileError,
    plainWords,
    quotedWords,
    type Dockerfile,
    type Instruction,
} from "./dockerfileSyntax.ts";

/** A stage. `line` and `written` are of its FROM, `name` is in lower case. */
export interface Stage {
    readonly line: number;
    readonly written: string;
    readonly name: string | undefined;
    /** What it starts from, expanded: an image unless there is a `parent`, or `scratch`. */
    readonly base: string;
    readonly parent: Stage | undefined;
    /**
     * The arguments that the base was made of, through others as well; those of them whose value was cut, replaced or
     * only tested; those that an ARG declares and nothing sets; and those that no ARG declares.
     */
    readonly read: ReadonlySet<string>;
    readonly altered: ReadonlySet<string>;
    readonly unset: ReadonlySet<string>;
    readonly undeclared: ReadonlySet<string>;
    /** Where it takes files from. */
    readonly sources: readonly Source[];
    /** The same behind ONBUILD, which is for the stages that start from this one. */
    readonly triggered: readonly Source[];
}

/** A COPY --from or RUN --mount with its `from`, which is a stage or an image. BuildKit expands no variable there. */
export interface Source {
    readonly line: number;
    readonly keyword: string;
    readonly from: string;
}

/**
 * The stages of a Dockerfile, built for Linux. `buildArgs` outrank the defaults of the ARGs that declare them, and the
 * arguments that BuildKit sets, such as TARGETARCH.
 * Sources: frontend/dockerfile/instructions, and buildMetaArgs and toCommand in frontend/dockerfile/dockerfile2llb.
 *
 * @throws DockerfileError
 */
export function stagesOf(
    { escape, instructions }: Dockerfile,
    architecture: string,
    buildArgs: Readonly<Record<string, string>>,
): readonly Stage[] {
    const scope = new Scope(architecture, buildArgs, escape);
    const stages: (Stage & { sources: Source[]; triggered: Source[] })[] = [];
    for (const instruction of instructions) {
        const { keyword, line, trigger } = instruction;
        const stage = stages.at(-1);
        if (keyword === "FROM") {
            stages.push({ ...readFrom(instruction, scope, stages), sources: [], triggered: [] });
        } else if (stage !== undefined) {
            stage.sources.push(...sourcesOf(instruction));
            if (trigger !== undefined) stage.triggered.push(...sourcesOf(trigger));
        } else if (keyword === "ARG") {
            scope.declare(instruction);
        } else {
            throw new DockerfileError(line, `expected FROM first, found ${keyword}`);
        }
    }
    if (stages.length === 0) throw new DockerfileError(1, "the Dockerfile has no FROM");
    return stages;
}

/** The stages that a build of `target`, the last when empty, needs: itself and all that lead to it. */
export function neededStages(stages: readonly Stage[], target: string): ReadonlySet<Stage> {
    const needed = new Set<Stage>();
    const open = [target === "" ? stages.at(-1) : stageNamed(stages, target)];
    for (const stage of open) {
        if (stage === undefined || needed.has(stage)) continue;
        needed.add(stage);
        open.push(stage.parent, ...allSources(stage).map((source) => sourceStage(stages, source)));
    }
    return needed;
}

/** What a stage takes files from, with what ONBUILD in the stage that it starts from adds. */
export function allSources({ sources, parent }: Stage): readonly Source[] {
    return [...sources, ...(parent?.triggered ?? [])];
}

/** The stage that a source is; undefined for an image. */
export function sourceStage(stages: readonly Stage[], { keyword, from }: Source): Stage | undefined {
    return keyword === "COPY" && /^\+?\d+$/.test(from) ? stages[Number(from)] : stageNamed(stages, from);
}

/** Of several with that name, the last. */
function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
    return stages.findLast((stage) => stage.name === name.toLowerCase());
}

function readFrom(
    { line, rest }: Instruction,
    scope: Scope,
    stages: readonly Stage[],
): Omit<Stage, "sources" | "triggered"> {
    const words = plainWords(rest);
    const [word = "", as, name] = words;
    if (words.length !== 1 && !(words.length === 3 && as?.toUpperCase() === "AS")) {
        throw new DockerfileError(
            line,
            `expected FROM <image> or FROM <image> AS <stage>, found FROM ${rest}`,
        );
    }
    const { text, ...origin } = scope.expand(word, line);
    return {
        line,
        written: words.join(" "),
        name: name?.toLowerCase(),
        base: text,
        // Unlike in --from, case matters, and a later stage is none.
        parent: stages.findLast((stage) => stage.name === text),
        ...origin,
    };
}

function sourcesOf({ line, keyword, flags }: Instruction): Source[] {
    const flag = { COPY: "--from=", RUN: "--mount=" }[keyword];
    if (flag === undefined) return [];
    const found = flags.filter((text) => text.startsWith(flag)).map((text) => text.slice(flag.length));
    return (keyword === "COPY" ? found : found.flatMap(mountSource))
        .filter((from) => from !== "")
        .map((from) => ({ line, keyword, from }));
}

/** The `from` of a mount, whose options are CSV: the last one counts. */
function mountSource(mount: string): string[] {
    const options = mount.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
    const from = options
        .map((option) => option.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"'))
        .findLast((option) => /^from=/i.test(option));
    return from === undefined ? [] : [from.slice("from=".length)];
}

/** What a text was made of. */
type Origin = Pick<Stage, "read" | "altered" | "unset" | "undeclared">;

/** The arguments that are declared before the first FROM. Those of a stage are out of every FROM's sight. */
class Scope {
    readonly #buildArgs: Readonly<Record<string, string>>;
    readonly #escape: Escape;
    readonly #values: Map<string, string>;
    readonly #declared: Set<string>;
    readonly #origins = new Map<string, Origin>();

    constructor(architecture: string, buildArgs: Readonly<Record<string, string>>, escape: Escape) {
        this.#buildArgs = buildArgs;
        this.#escape = escape;
        this.#values = new Map(
            platformArguments(architecture).map(([name, value]) => [name, buildArgs[name] ?? value]),
        );
        this.#declared = new Set(this.#values.keys());
    }

    declare({ line, rest }: Instruction): void {
        for (const word of quotedWords(rest, this.#escape)) {
            const [name = "", initial] = word.split(/=(.*)/s);
            this.#declared.add(name);
            const given = Object.hasOwn(this.#buildArgs, name) ? this.#buildArgs[name] : undefined;
            if (given !== undefined) {
                this.#values.set(name, given);
            } else if (initial !== undefined) {
                const { text, ...origin } = this.expand(initial, line);
                this.#values.set(name, text);
                this.#origins.set(name, origin);
            }
        }
    }

    expand(word: string, line: number): { text: string } & Origin {
        try {
            const { text, read, altered, missing } = expand(word, this.#values, this.#escape);
            const origins = read.flatMap((name) => this.#origins.get(name) ?? []);
            const inner = origins.flatMap(({ unset, undeclared }) => [...unset, ...undeclared]);
            return {
                text,
                read: new Set([...read, ...origins.flatMap((origin) => [...origin.read])]),
                altered: new Set([
                    ...altered.flatMap((name) => [name, ...(this.#origins.get(name)?.read ?? [])]),
                    ...origins.flatMap((origin) => [...origin.altered]),
                ]),
                unset: new Set([...missing.filter((name) => this.#declared.has(name)), ...inner]),
                undeclared: new Set(missing.filter((name) => !this.#declared.has(name))),
            };
        } catch (error) {
            if (!(error instanceof ExpansionError)) throw error;
            throw new DockerfileError(line, `${word} can't be expanded: ${error.message}`);
        }
    }
}

/** What BuildKit sets in every build: defaultArgs in dockerfile2llb/platform.go. */
function platformArguments(architecture: string): [name: string, value: string][] {
    const parts = {
        PLATFORM: `linux/${architecture}`,
        OS: "linux",
        OSVERSION: "",
        ARCH: architecture,
        VARIANT: "",
    };
    return ["BUILD", "TARGET"].flatMap((side) =>
        Object.entries(parts).map(([part, value]): [string, string] => [side + part, value]),
    );
}
