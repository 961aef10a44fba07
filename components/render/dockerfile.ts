import { DockerfileParser, Keyword, type Dockerfile, type Flag, type Instruction } from "dockerfile-ast";

import { familiarReference } from "./imageReference.ts";

/**
 * How an app's Dockerfile names the foundation. `buildArg`: by the build argument FOUNDATION_IMAGE. `contexts`: the
 * names under which BuildKit will look for it among the named contexts, in the order found: `foundation`, or a
 * reference that is listed as replaced, in its short form.
 */
export interface FoundationUse {
    readonly buildArg: boolean;
    readonly contexts: readonly string[];
}

/** Either the use of the foundation or one text that says what to change. */
export type DockerfileReading = { readonly use: FoundationUse } | { readonly problem: string };

/**
 * Finds the foundation in a Dockerfile. `replaces` lists image references that stand for it: one without tag and
 * digest matches them all, one with a tag or a digest only that (no tag is `latest`).
 * Lookup order and expansion follow BuildKit: frontend/dockerfile/dockerfile2llb/convert.go and shell/lex.go.
 */
export function readDockerfile(text: string, replaces: readonly string[]): DockerfileReading {
    // The parser misses a here-document that has a file descriptor, `RUN cat /dev/fd/3 3<<EOF`; BuildKit does not.
    const dockerfile = DockerfileParser.parse(text.replace(/(?<=\s)\d+(?=<<)/g, ""));
    const syntax = syntaxProblem(dockerfile);
    if (syntax !== undefined) return { problem: syntax };

    const { bases, copied, stages } = readBases(dockerfile, replaces);
    const images = bases.flatMap(({ image }) => image ?? []);
    const buildArg = images.includes(foundationArgument);
    const contexts = [...images, ...copied.filter((name) => !stages.has(name.toLowerCase()))]
        .filter((image) => isFoundation(image, replaces))
        .map(familiarReference);

    const overlaid = contexts.find((name) => stages.has(name));
    if (overlaid !== undefined) {
        // BuildKit would put the context in the place of the whole stage and skip the stage's instructions.
        return {
            problem: `the stage "${overlaid}" has the name of the foundation: give the stage another name`,
        };
    }
    if (bases.some((base) => base.faulty) || (!buildArg && contexts.length === 0)) {
        return { problem: notFound(bases, replaces) };
    }
    return { use: { buildArg, contexts: [...new Set(contexts)] } };
}

/** One FROM: as written, the image it comes to unless that is an earlier stage, and a note for the user. */
interface Base {
    readonly line: number;
    readonly written: string;
    readonly image?: string;
    readonly note?: string;
    readonly faulty?: boolean;
}

interface Bases {
    readonly bases: readonly Base[];
    /** Sources of COPY --from and RUN --mount, as written: BuildKit expands no variable there. */
    readonly copied: readonly string[];
    readonly stages: ReadonlySet<string>;
}

// What FOUNDATION_IMAGE expands to while reading; no other expansion can come to this text.
const foundationArgument = "${FOUNDATION_IMAGE}";

function readBases(dockerfile: Dockerfile, replaces: readonly string[]): Bases {
    const escape = dockerfile.getEscapeCharacter();
    const scope: Scope = new Map(platformArguments.map((name) => [name, literal(`$${name}`)]));
    const bases: Base[] = [];
    const copied: string[] = [];
    const stages = new Set<string>();
    for (const instruction of dockerfile.getInstructions()) {
        switch (instruction.getKeyword()) {
            case "ARG":
                // One in a stage is out of every FROM's sight. The parser splits a quoted value at its spaces, which
                // does no harm: no image reference has any.
                if (bases.length === 0) for (const word of wordsOf(instruction)) declare(word, scope, escape);
                break;
            case "FROM": {
                const words = wordsOf(instruction);
                const [word = "", , stage] = words;
                bases.push({
                    line: lineOf(instruction),
                    written: words.join(" "),
                    ...readBase(word, expand(word, scope, escape), stages, replaces),
                });
                if (stage !== undefined) stages.add(stage.toLowerCase());
                break;
            }
            default:
                copied.push(...sources(instruction));
        }
    }
    return { bases, copied, stages };
}

// Set by BuildKit in every build (dockerfile2llb, defaultArgs); their values are not known here.
const platformArguments = ["BUILD", "TARGET"]
    .flatMap((side) => ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"].map((part) => side + part))
    .concat("TARGETSTAGE");

function readBase(
    word: string,
    { text, undeclared, unset }: Expansion,
    stages: ReadonlySet<string>,
    replaces: readonly string[],
): Pick<Base, "image" | "note" | "faulty"> {
    const [name] = undeclared;
    if (name !== undefined) {
        return { faulty: true, note: `${name} is used here, but no ARG before the first FROM declares it` };
    }
    if (text !== foundationArgument && text.includes(foundationArgument)) {
        return {
            faulty: true,
            note: "FOUNDATION_IMAGE is a whole reference, with its tag, and must stand alone",
        };
    }
    if (stages.has(text)) return { note: "an earlier stage" };
    // The named context is emitted now, but BuildKit looks it up by the name that comes out in the build.
    if ((unset.length > 0 || text.includes("$")) && isFoundation(text, replaces)) {
        const [argument] = unset;
        const reason =
            argument === undefined
                ? `found ${text}`
                : `and ${argument} has no default; give ARG ${argument} one`;
        return { faulty: true, note: `the name must be known before the build, ${reason}` };
    }
    return text === word ? { image: text } : { image: text, note: text === "" ? "nothing by default" : text };
}

function declare(word: string, scope: Scope, escape: string): void {
    const [name = "", ...value] = word.split("=");
    if (name === "FOUNDATION_IMAGE") {
        scope.set(name, literal(foundationArgument));
    } else if (value.length > 0) {
        scope.set(name, expand(value.join("="), scope, escape));
    } else if (!scope.has(name)) {
        scope.set(name, undefined);
    }
}

/** The images or stages that an instruction takes files from. */
function sources(instruction: Instruction): string[] {
    // Only instructions that can have flags have the method, and the type of those is not exported as a class.
    const flags =
        "getFlags" in instruction ? (instruction as Instruction & { getFlags(): Flag[] }).getFlags() : [];
    return flags.flatMap((flag) => {
        const value = flag.getValue() ?? "";
        if (flag.getName() === "from") return [value];
        if (flag.getName() !== "mount") return [];
        return value
            .split(",")
            .flatMap((option) => (option.startsWith("from=") ? [option.slice("from=".length)] : []));
    });
}

function isFoundation(image: string, replaces: readonly string[]): boolean {
    const found = parts(image);
    return (
        familiarReference(image) === "foundation" ||
        replaces
            .map(parts)
            .some(
                ({ name, tag, digest }) =>
                    name === found.name &&
                    (tag === undefined ||
                        tag === (found.tag ?? (found.digest === undefined ? "latest" : undefined))) &&
                    (digest === undefined || digest === found.digest),
            )
    );
}

function parts(reference: string): { name: string; tag: string | undefined; digest: string | undefined } {
    const [tagged = "", digest] = reference.split("@");
    // A colon before a slash is a port.
    const [, name = tagged, tag] = /^(.*):([^/:]*)$/.exec(tagged) ?? [];
    return { name: familiarReference(name), tag, digest };
}

interface Expansion {
    readonly text: string;
    /** Variables without value or fallback, which no ARG declares. */
    readonly undeclared: readonly string[];
    /** Arguments without a default or fallback: only a build gives them a value. */
    readonly unset: readonly string[];
}

/** The arguments that are declared so far, with their defaults. */
type Scope = Map<string, Expansion | undefined>;

function literal(text: string): Expansion {
    return { text, undeclared: [], unset: [] };
}

/**
 * A word with its quotes removed and `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}` (also without the colon)
 * expanded. A substitution of another kind is left as it is written.
 */
function expand(word: string, scope: Readonly<Scope>, escape: string): Expansion {
    const undeclared: string[] = [];
    const unset: string[] = [];
    let at = 0;

    function variable(): string {
        const found = /^\$(?:(\w+)|\{(\w+)(?:\}|(:?)([-+])))/.exec(word.slice(at));
        if (found === null) return word.charAt(at++);
        at += found[0].length;
        const [, bare, braced, colon, operator] = found;
        const name = bare ?? braced ?? "";
        const value = scope.get(name);
        if (operator === undefined) {
            if (value !== undefined) return used(value);
            if (scope.has(name)) unset.push(name);
            else undeclared.push(name);
            return "";
        }
        const fallback = text("}");
        at++;
        const set = value !== undefined && !(colon === ":" && value.text === "");
        if (operator === "+") return set ? fallback : "";
        return set ? used(value) : fallback;
    }

    function used(value: Expansion): string {
        unset.push(...value.unset, ...value.undeclared);
        return value.text;
    }

    function text(until?: string): string {
        let result = "";
        let quote: string | undefined;
        while (at < word.length && (quote !== undefined || word[at] !== until)) {
            const char = word.charAt(at);
            if (char === "$" && quote !== "'") {
                result += variable();
                continue;
            }
            at++;
            if (char === quote) {
                quote = undefined;
            } else if (quote === undefined && (char === "'" || char === '"')) {
                quote = char;
            } else {
                result += char === escape && quote !== "'" ? word.charAt(at++) : char;
            }
        }
        return result;
    }

    return { text: text(), undeclared, unset };
}

const keywords = new Set<string>(Object.values(Keyword));

/** The parser takes anything for an instruction; what BuildKit would refuse at once is refused here, with its line. */
function syntaxProblem(dockerfile: Dockerfile): string | undefined {
    const instructions = dockerfile.getInstructions();
    const [first] = instructions.filter((instruction) => instruction.getKeyword() !== "ARG");
    if (first === undefined) return "line 1: the Dockerfile has no FROM";
    for (const instruction of instructions) {
        const keyword = instruction.getKeyword();
        if (!keywords.has(keyword)) return `line ${lineOf(instruction)}: unknown instruction ${keyword}`;
        // Splitting into words is most of the work, and a Dockerfile has few FROMs.
        if (keyword !== "FROM") continue;
        const words = wordsOf(instruction);
        const named = words.length === 3 && words[1]?.toUpperCase() === "AS";
        if (words.length !== 1 && !named) {
            return `line ${lineOf(instruction)}: expected FROM <image> or FROM <image> AS <stage>, found FROM ${words.join(" ")}`;
        }
    }
    if (first.getKeyword() !== "FROM") {
        return `line ${lineOf(first)}: expected FROM first, found ${first.getKeyword()}`;
    }
    return undefined;
}

function notFound(bases: readonly Base[], replaces: readonly string[]): string {
    const listed = replaces.length === 0 ? "it lists nothing yet" : `it lists ${replaces.join(", ")}`;
    return [
        "the foundation cannot be found in the Dockerfile, which has",
        ...bases.map(({ line, written, note }) => {
            return `  line ${line}: FROM ${written}${note === undefined ? "" : ` (${note})`}`;
        }),
        "name it in one of three ways:",
        "  ARG FOUNDATION_IMAGE before the first FROM, then FROM ${FOUNDATION_IMAGE}",
        "  FROM foundation",
        `  FROM an image that foundation:replaces lists (${listed})`,
    ].join("\n");
}

function wordsOf(instruction: Instruction): string[] {
    return instruction.getArguments().map((argument) => argument.getValue());
}

function lineOf(instruction: Instruction): number {
    return instruction.getRange().start.line + 1;
}
