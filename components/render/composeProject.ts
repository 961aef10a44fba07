import {
    isAlias,
    isMap,
    isScalar,
    isSeq,
    parseAllDocuments,
    visit,
    type Document,
    type Node,
    type Tags,
} from "yaml";
import { serviceName } from "./composeFile.ts";
import {
    interpolate,
    InterpolationError,
    unsetIn,
    withUnset,
    type Variables,
} from "./composeInterpolation.ts";
import { assignmentsIn, variablesOf } from "./envVariables.ts";
import { goNumber, goText } from "./goNumber.ts";
import { resolvePath } from "./paths.ts";

// How Compose loads a project: compose-go, loader/{loader,extends,include,reset}.go, override/merge.go, paths/. Only what
// decides a build, and what names an image, is read. Paths here are absolute, with `/`.

/** The text of a file; undefined when there is none. */
export type ReadText = (path: string) => string | undefined;

/**
 * What a service is built from. Texts may have variables that nothing sets (`unsetIn`). An argument without a value is
 * one that only a shell can set.
 */
export interface ComposeBuild {
    /** Absolute, or a URL. */
    readonly context: string;
    /** Relative to the context, or absolute. */
    readonly dockerfile: string;
    /** The Dockerfile's text, where the Compose file has it. */
    readonly inline: string | undefined;
    readonly target: string | undefined;
    readonly args: Pairs;
    /** By name; each a path, a URL or `service:<name>`. */
    readonly contexts: Pairs;
    /** Whether it asks the registry for its base images each time. */
    readonly pull: boolean;
}

type Pairs = ReadonlyMap<string, string | undefined>;

export interface ComposeService {
    /** The name of its image, where it has one of its own. */
    readonly image: string | undefined;
    /** Undefined for one that isn't built. */
    readonly build: ComposeBuild | undefined;
    /** Whether Compose leaves it alone unless it, or a profile, is named. */
    readonly inProfile: boolean;
}

export interface ComposeProject {
    readonly name: string;
    /** Every one, those of profiles as well. */
    readonly services: ReadonlyMap<string, ComposeService>;
    /** The files that it is made of besides the given ones, by `include` and `extends`. */
    readonly files: readonly string[];
}

/** Why Compose could not load a project. */
export class ComposeError extends Error {}

/**
 * The project that Compose makes of these files.
 *
 * @param folder where Compose is run. The project's own is that of the first file; each may have a `.env`.
 * @param files in the order in which they are merged.
 * @param shell variables that outrank those of each `.env`.
 * @throws ComposeError
 */
export function readComposeProject(
    folder: string,
    files: readonly string[],
    read: ReadText,
    shell: Variables = {},
): ComposeProject {
    const loader = new Loader(read);
    const [first] = files;
    const own = first === undefined ? folder : folderOf(first);
    const variables = { ...loader.variables(`${own}/.env`), ...loader.variables(`${folder}/.env`), ...shell };
    const { services, name } = loader.loadModel({ folder: own, files, variables, includedBy: [] });
    return {
        // Compose takes an empty one for none.
        name: serviceName(variables["COMPOSE_PROJECT_NAME"] || name || own.slice(own.lastIndexOf("/"))),
        services: new Map(Object.entries(services).map(([key, service]) => [key, serviceOf(mapOf(service))])),
        files: [...loader.read].filter((file) => !files.includes(file)),
    };
}

function serviceOf({ image, build, profiles }: Parts): ComposeService {
    const inProfile = Object.keys(mapOf(profiles)).length > 0;
    if (build === undefined) return { image: textIn(image), build: undefined, inProfile };
    const {
        context,
        dockerfile,
        dockerfile_inline: inline,
        target,
        args,
        additional_contexts,
        pull,
    } = mapOf(build);
    const pairs = (part: Part | undefined): Pairs =>
        new Map(Object.entries(mapOf(part)).map(([name, value]) => [name, textIn(value)]));
    return {
        image: textIn(image),
        inProfile,
        build: {
            context: textIn(context) ?? ".",
            dockerfile: textIn(dockerfile) ?? "Dockerfile",
            inline: textIn(inline),
            target: textIn(target),
            args: pairs(args),
            contexts: pairs(additional_contexts),
            pull: textIn(pull) === "true",
        },
    };
}

/** A part of a Compose file in its long form, in which one is merged into another key by key. */
type Part = string | null | Parts;
interface Parts {
    readonly [key: string]: Part;
}

/** Where files are loaded from, and with what. */
interface Place {
    readonly folder: string;
    readonly files: readonly string[];
    readonly variables: Variables;
    /** The files that have led here. */
    readonly includedBy: readonly string[];
}

/** What a YAML document says, with the places that its tags reset in the documents before it. */
interface Layer {
    readonly name: string | undefined;
    readonly services: Parts;
    readonly include: readonly unknown[];
    readonly resets: readonly string[][];
}

class Loader {
    readonly read = new Set<string>();
    readonly #text: ReadText;

    constructor(text: ReadText) {
        this.#text = text;
    }

    /** Those that a `.env` sets. */
    variables(file: string): Variables {
        return refusedIn(file, () => variablesOf(assignmentsIn(this.#text(file) ?? "")));
    }

    loadModel(place: Place): Pick<Layer, "name" | "services"> {
        let model: Parts = {};
        let name: string | undefined;
        for (const file of place.files) {
            for (const layer of this.#layers(file, place.variables)) {
                let services = mapped(layer.services, (_, each) =>
                    this.#extended(each, layer.services, layer, file, place, []),
                );
                model = reset(model, layer.resets);
                for (const entry of layer.include)
                    services = this.#include(entry, services, layer, file, place);
                model = merged(model, services);
                name = layer.name || name;
            }
        }
        return {
            name,
            services: mapped(resolved(model, place.folder, "."), (service) =>
                changed(mapOf(service), "build", (build) =>
                    // An argument without a value has that of the variable with its name.
                    changed(build, "args", (args) =>
                        mapped(args, (value, arg) => value ?? place.variables[arg] ?? null),
                    ),
                ),
            ),
        };
    }

    #layers(file: string, variables: Variables): Layer[] {
        const text = this.#text(file);
        if (text === undefined) throw new ComposeError(`${file} is missing`);
        this.read.add(file);
        // A date stays as it is written: what Compose makes of it can be in no image's name.
        const customTags = (tags: Tags) => [goNumber, ...tags];
        return parseAllDocuments(text, { merge: true, customTags, logLevel: "silent" }).map((document) => {
            const [error] = document.errors;
            if (error !== undefined) {
                throw new ComposeError(`${file} can't be read (${error.message.split(":\n")[0] ?? ""})`);
            }
            return layerOf(document, file, variables);
        });
    }

    /** A service with what it extends. */
    #extended(
        name: string,
        services: Parts,
        { resets }: Pick<Layer, "resets">,
        file: string,
        place: Place,
        through: readonly string[],
    ): Parts {
        const { extends: base, ...service } = mapOf(services[name]);
        if (base === undefined) return service;
        const step = `${file} ${name}`;
        if (through.includes(step)) throw new ComposeError(`${file}: the service ${name} extends itself`);
        const reference = mapOf(base);
        const wanted = known(textIn(reference["service"]) ?? "", file, "extends");
        const other = textIn(reference["file"]);
        const from = other === undefined ? file : resolvePath(place.folder, known(other, file, "extends"));
        let others = { services, resets };
        if (other !== undefined) {
            // A file that is extended is not loaded as a project: neither `include` nor what it doesn't name counts.
            const layers = this.#layers(from, place.variables);
            const all = layers.reduce<Parts>(
                (sum, each) => merged(reset(sum, each.resets), each.services),
                {},
            );
            others = { services: resolved(all, folderOf(from)), resets: layers.at(-1)?.resets ?? [] };
        }
        if (!Object.hasOwn(others.services, wanted)) {
            const there = other === undefined ? wanted : `${wanted} of ${from}`;
            throw new ComposeError(`${file}: the service ${name} extends ${there}, which isn't there`);
        }
        const whole = this.#extended(wanted, others.services, others, from, place, [...through, step]);
        return merged(mapOf(reset({ [name]: whole }, resets)[name]), service);
    }

    /** The services with those of what is included. */
    #include(entry: unknown, services: Parts, layer: Layer, file: string, place: Place): Parts {
        const { path, project_directory, env_file } =
            typeof entry === "string" ? { path: entry } : objectOf(entry);
        const text = (value: unknown): string =>
            known(interpolated(textOf(value), place.variables, file), file, "include");
        const paths = listOf(path).map(text);
        if (paths.length === 0) return services;
        if (paths.some(isRemote)) {
            throw new ComposeError(`${file} includes ${paths.join(", ")}, which is not in the repository`);
        }
        const files = paths.map((each) => resolvePath(place.folder, each));
        const [main = ""] = files;
        const includedBy = [...place.includedBy, file];
        if (includedBy.includes(main)) throw new ComposeError(`${file} includes ${main}, which includes it`);
        const folder =
            project_directory === undefined
                ? folderOf(main)
                : resolvePath(place.folder, text(project_directory));
        const envFiles = listOf(env_file).map((each) => resolvePath(place.folder, text(each)));
        const own = (envFiles.length > 0 ? envFiles : [`${folder}/.env`]).map((each) => this.variables(each));
        const variables = Object.assign({}, ...own, place.variables) as Variables;
        const included = this.loadModel({ folder, files, variables, includedBy }).services;
        // What takes away a service as a whole takes away none that is included.
        const within = layer.resets.filter(({ length }) => length > 2);
        const here = mapped(included, (service, name) =>
            merged(mapOf(reset({ [name]: service }, within)[name]), mapOf(services[name])),
        );
        return { ...services, ...here };
    }
}

function layerOf(document: Document, file: string, variables: Variables): Layer {
    const { top, resets } = contentOf(document, file);
    if (!isObject(top)) throw new ComposeError(`${file} is no Compose file: it has no map at its top`);
    const text = (value: unknown): string => interpolated(textOf(value), variables, file);
    const { name, services, include } = top;
    return {
        name: name === undefined || name === null ? undefined : withUnset(text(name)),
        services: Object.fromEntries(
            Object.entries(objectOf(services)).map(([key, service]) => [
                key,
                longForm(objectOf(service), text),
            ]),
        ),
        include: listOf(include),
        resets,
    };
}

type TextOf = (value: unknown) => string;

function longForm({ image, build, profiles, extends: base }: Fields, text: TextOf): Parts {
    const { context, dockerfile, dockerfile_inline, target, pull, args, additional_contexts } =
        objectOf(build);
    return {
        ...texts({ image }, text),
        ...(Array.isArray(profiles) && {
            profiles: Object.fromEntries(listOf(profiles).map((profile) => [text(profile), null])),
        }),
        ...(isObject(base) && { extends: texts({ service: base["service"], file: base["file"] }, text) }),
        ...(typeof base === "string" && { extends: texts({ service: base }, text) }),
        ...(typeof build === "string" && { build: texts({ context: build }, text) }),
        ...(isObject(build) && {
            build: {
                ...texts({ context, dockerfile, dockerfile_inline, target, pull }, text),
                args: pairs(args, text),
                additional_contexts: pairs(additional_contexts, text),
            },
        }),
    };
}

function texts(fields: Fields, text: TextOf): Parts {
    const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
    return Object.fromEntries(given.map(([key, value]) => [key, text(value)]));
}

/** Compose takes `name: value` and `- name=value`. */
function pairs(given: unknown, text: TextOf): Parts {
    if (!Array.isArray(given)) {
        return Object.fromEntries(
            Object.entries(objectOf(given)).map(([name, value]) => [
                name,
                value === null ? null : text(value),
            ]),
        );
    }
    return Object.fromEntries(
        given.map((pair) => {
            const [name = "", value = null] = text(pair).split(/=(.*)/s);
            return [name, value];
        }),
    );
}

/** What one definition makes of another before it. */
function merged(before: Parts, after: Parts): Parts {
    const entries = Object.entries(after).map(([key, part]): [string, Part] => {
        const one = Object.hasOwn(before, key) ? before[key] : undefined;
        return [key, isObject(one) && isObject(part) ? merged(one, part) : part];
    });
    return { ...before, ...Object.fromEntries(entries) };
}

/** The services without what `!reset` and `!override` take away. */
function reset(services: Parts, resets: readonly string[][]): Parts {
    return mapOf(resets.reduce<Parts>(without, { services })["services"]);
}

function without(parts: Parts, [key, ...rest]: readonly string[]): Parts {
    if (key === undefined) return parts;
    if (rest.length > 0) return changed(parts, key, (part) => without(part, rest));
    return Object.fromEntries(Object.entries(parts).filter(([name]) => name !== key));
}

/** What a document says, without what is tagged `!reset`, and where that and `!override` are. */
function contentOf(document: Document, file: string): { readonly top: unknown; readonly resets: string[][] } {
    const tagged: Tagged = { resets: [], away: new Set() };
    try {
        findTagged(document.contents, [], [], document, tagged);
        const taken = (_: unknown, node: unknown) => (tagged.away.has(node) ? visit.REMOVE : undefined);
        if (tagged.away.size > 0) visit(document, { Pair: taken, Node: taken });
        return { top: document.toJS({ maxAliasCount: -1 }) ?? {}, resets: tagged.resets };
    } catch (error) {
        throw new ComposeError(`${file} can't be read (${(error as Error).message})`);
    }
}

interface Tagged {
    /** Where `!reset` and `!override` are. */
    readonly resets: string[][];
    /** What is tagged `!reset`: pairs of maps, and items. */
    readonly away: Set<unknown>;
}

/**
 * Whether a node itself is tagged `!reset`.
 *
 * @param through the nodes that have led here.
 * @param tagged what is added to.
 */
function findTagged(
    node: Node | null | undefined,
    path: readonly string[],
    through: readonly unknown[],
    document: Document,
    tagged: Tagged,
): boolean {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (through.includes(target)) throw new Error("an alias is in what it stands for");
    if (target?.tag === "!override" || target?.tag === "!reset") tagged.resets.push([...path]);
    if (target?.tag === "!override") return false;
    const isAway = (child: unknown, part: readonly string[]): boolean =>
        findTagged(child as Node | null, [...path, ...part], [...through, target], document, tagged);
    if (isMap(target)) {
        for (const pair of target.items) {
            const { key, value } = pair;
            // The merge key is a symbol.
            const name = !isScalar(key) ? "" : typeof key.value === "symbol" ? "<<" : String(key.value);
            if (isAway(value, name === "<<" ? [] : [name])) tagged.away.add(pair);
        }
    } else if (isSeq(target)) {
        for (const [index, item] of target.items.entries()) {
            if (isAway(item, [String(index)])) tagged.away.add(item);
        }
    }
    return target?.tag === "!reset";
}

function mapped(parts: Parts, to: (part: Part, key: string) => Part): Parts {
    return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, to(part, key)]));
}

/** With another part in the place of one, where there is one. */
function changed(parts: Parts, key: string, to: (part: Parts) => Parts): Parts {
    const part = Object.hasOwn(parts, key) ? parts[key] : undefined;
    return isObject(part) ? { ...parts, [key]: to(part) } : parts;
}

/** The services with their paths made absolute. */
function resolved(services: Parts, folder: string, defaultContext?: string): Parts {
    return mapped(services, (service) => {
        const found = changed(mapOf(service), "build", (build) => {
            const { context = defaultContext, additional_contexts } = build;
            return {
                ...build,
                ...(context !== undefined && { context: resolveContext(folder, textIn(context) ?? "") }),
                additional_contexts: mapped(mapOf(additional_contexts), (place) =>
                    resolveContext(folder, textIn(place) ?? ""),
                ),
            };
        });
        return changed(found, "extends", (base) =>
            mapped(base, (value, key) => (key === "file" ? resolvePath(folder, textIn(value) ?? "") : value)),
        );
    });
}

function resolveContext(folder: string, context: string): string {
    const isPath = !isRemote(context) && !context.startsWith("service:") && unsetIn(context).length === 0;
    return isPath ? resolvePath(folder, context) : context;
}

/** What Compose takes for a URL (compose-go, paths/context.go), or for a file of a remote repository. */
export function isRemote(path: string): boolean {
    return path.includes("://") || /^(github\.com\/|git@|oci:)/.test(path);
}

/** That of a file at the root is empty, for a slash follows. */
function folderOf(file: string): string {
    return file.slice(0, file.lastIndexOf("/"));
}

function interpolated(text: string, variables: Variables, file: string): string {
    return refusedIn(file, () => interpolate(text, variables));
}

function refusedIn<T>(file: string, work: () => T): T {
    try {
        return work();
    } catch (error) {
        if (!(error instanceof InterpolationError)) throw error;
        throw new ComposeError(`${file}: ${error.message}`);
    }
}

/** A text that has to be known to go on. */
function known(text: string, file: string, where: string): string {
    const [variable] = unsetIn(text);
    if (variable === undefined) return text;
    throw new ComposeError(
        `${file}: ${where} names ${withUnset(text, `\${${variable}}`)}, and nothing sets ${variable}`,
    );
}

/** A scalar as Compose makes a text of it. */
function textOf(value: unknown): string {
    if (typeof value === "number" || typeof value === "bigint") return goText(value);
    return typeof value === "string" ? value : JSON.stringify(value);
}

function textIn(part: Part | undefined): string | undefined {
    return typeof part === "string" ? part : undefined;
}

function mapOf(part: Part | undefined): Parts {
    return isObject(part) ? part : {};
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): Fields {
    return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : [value];
}
