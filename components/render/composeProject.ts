import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document, type Node } from "yaml";
import {
    interpolate,
    InterpolationError,
    unsetIn,
    withUnset,
    type Variables,
} from "./composeInterpolation.ts";

// How Compose loads a project: compose-go, loader/{loader,extends,include,reset}.go, override/merge.go, paths/. Only what
// decides a build is read. Paths here are absolute, with `/`.

/** The files that a project may be made of. */
export interface ComposeSources {
    /** The text of a file; undefined when there is none. */
    readonly read: (path: string) => string | undefined;
    /** The variables that a `.env` sets; undefined when there is none. */
    readonly variables: (path: string) => Variables | undefined;
}

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
    readonly args: ReadonlyMap<string, string | undefined>;
}

/** Every service, those of profiles as well; `build` is undefined for one that isn't built. */
export interface ComposeProject {
    readonly services: ReadonlyMap<string, ComposeBuild | undefined>;
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
 * @throws ComposeError
 */
export function readComposeProject(
    folder: string,
    files: readonly string[],
    sources: ComposeSources,
): ComposeProject {
    const loader = new Loader(sources);
    const [first] = files;
    const own = first === undefined ? folder : folderOf(first);
    const [variables, others] = [folder, own].map((place) => sources.variables(resolvePath(place, ".env")));
    const services = loader.loadModel({
        folder: own,
        files,
        variables: { ...others, ...variables },
        includedBy: [],
    });
    return {
        services: new Map([...services].map(([name, { build }]) => [name, build && buildOf(build)])),
        files: [...loader.read].filter((file) => !files.includes(file)),
    };
}

function buildOf({ context = ".", dockerfile, inline, target, args }: Build): ComposeBuild {
    return { context, dockerfile: dockerfile ?? "Dockerfile", inline, target, args };
}

/** `build` in its long form. */
interface Build {
    readonly context?: string | undefined;
    readonly dockerfile?: string | undefined;
    readonly inline?: string | undefined;
    readonly target?: string | undefined;
    readonly args: ReadonlyMap<string, string | undefined>;
}

interface Service {
    readonly build?: Build | undefined;
    readonly extends?: { readonly service: string; readonly file?: string | undefined } | undefined;
}

type Services = Map<string, Service>;

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
    readonly services: Services;
    readonly include: readonly unknown[];
    readonly resets: readonly string[][];
}

class Loader {
    readonly read = new Set<string>();
    readonly #sources: ComposeSources;

    constructor(sources: ComposeSources) {
        this.#sources = sources;
    }

    loadModel(place: Place): Services {
        let model: Services = new Map();
        for (const file of place.files) {
            for (const layer of this.#layers(file, place.variables)) {
                const services = new Map(layer.services);
                for (const name of services.keys()) this.#extend(name, services, layer, file, place, []);
                model = reset(model, layer.resets);
                for (const entry of layer.include) this.#include(entry, services, layer, file, place);
                for (const [name, service] of services) {
                    model.set(name, merged(model.get(name), service));
                }
            }
        }
        return new Map(
            [...resolved(model, place.folder, ".")].map(([name, { build }]): [string, Service] => [
                name,
                { build: build && { ...build, args: withVariables(build.args, place.variables) } },
            ]),
        );
    }

    #layers(file: string, variables: Variables): Layer[] {
        const text = this.#sources.read(file);
        if (text === undefined) throw new ComposeError(`${file} is missing`);
        this.read.add(file);
        return parseAllDocuments(text, { merge: true, logLevel: "silent", uniqueKeys: false }).map(
            (document) => {
                const [error] = document.errors;
                if (error !== undefined) {
                    throw new ComposeError(`${file} can't be read (${error.message.split(":\n")[0] ?? ""})`);
                }
                return layerOf(document, file, variables);
            },
        );
    }

    /** Merges into a service what it extends. */
    #extend(
        name: string,
        services: Services,
        { resets }: Pick<Layer, "resets">,
        file: string,
        place: Place,
        through: readonly string[],
    ): Service {
        const service = services.get(name) ?? {};
        if (service.extends === undefined) return service;
        const step = `${file} ${name}`;
        if (through.includes(step)) throw new ComposeError(`${file}: the service ${name} extends itself`);
        const reference = known(service.extends.service, file, "extends");
        let base: Service;
        if (service.extends.file === undefined) {
            if (!services.has(reference)) {
                throw new ComposeError(
                    `${file}: the service ${name} extends ${reference}, which isn't there`,
                );
            }
            base = this.#extend(reference, services, { resets }, file, place, [...through, step]);
        } else {
            const from = resolvePath(place.folder, known(service.extends.file, file, "extends"));
            // A file that is extended is not loaded as a project: neither `include` nor what it doesn't name counts.
            const layers = this.#layers(from, place.variables);
            let others: Services = new Map();
            for (const layer of layers) {
                others = reset(others, layer.resets);
                for (const [other, definition] of layer.services) {
                    others.set(other, merged(others.get(other), definition));
                }
            }
            if (!others.has(reference)) {
                throw new ComposeError(
                    `${file}: the service ${name} extends ${reference} of ${from}, which isn't there`,
                );
            }
            others = resolved(others, folderOf(from), undefined);
            const own = { resets: layers.at(-1)?.resets ?? [] };
            base = this.#extend(reference, others, own, from, place, [...through, step]);
        }
        const [source] = reset(new Map([[name, base]]), resets).values();
        const result = { ...merged(source, service), extends: undefined };
        services.set(name, result);
        return result;
    }

    #include(entry: unknown, services: Services, layer: Layer, file: string, place: Place): void {
        const { path, project_directory, env_file } =
            typeof entry === "string" ? { path: entry } : mapOf(entry);
        const text = (value: unknown): string =>
            known(interpolated(textOf(value), place.variables, file), file, "include");
        const paths = listOf(path).map(text);
        const [first] = paths;
        if (first === undefined) return;
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
        const own = (envFiles.length > 0 ? envFiles : [resolvePath(folder, ".env")]).map(
            (each) => this.#sources.variables(each) ?? {},
        );
        const variables = Object.assign({}, ...own, place.variables) as Variables;
        for (const [name, service] of this.loadModel({ folder, files, variables, includedBy })) {
            const [imported] = reset(new Map([[name, service]]), layer.resets).values();
            services.set(name, merged(services.has(name) ? imported : service, services.get(name) ?? {}));
        }
    }
}

function layerOf(document: Document, file: string, variables: Variables): Layer {
    const resets: string[][] = [];
    findResets(document.contents, [], document, resets);
    const top: unknown = document.toJS({ maxAliasCount: -1 });
    if (top === null || top === undefined) return { services: new Map(), include: [], resets };
    if (!isObject(top)) throw new ComposeError(`${file} is no Compose file: it has no map at its top`);
    const services = Object.entries(mapOf(top["services"])).map(
        ([name, definition]) => [name, serviceOf(definition, file, variables)] as const,
    );
    return { services: new Map(services), include: listOf(top["include"]), resets };
}

function serviceOf(definition: unknown, file: string, variables: Variables): Service {
    const { build, extends: base } = mapOf(definition);
    const text = (value: unknown): string | undefined =>
        value === null || value === undefined ? undefined : interpolated(textOf(value), variables, file);
    const { service, file: from } = typeof base === "string" ? { service: base } : mapOf(base);
    return {
        ...(build !== undefined && build !== null && { build: longForm(build, text) }),
        ...(service !== undefined && { extends: { service: text(service) ?? "", file: text(from) } }),
    };
}

function longForm(build: unknown, text: (value: unknown) => string | undefined): Build {
    if (!isObject(build)) return { context: text(build), args: new Map() };
    const { context, dockerfile, dockerfile_inline: inline, target, args } = build;
    return {
        context: text(context),
        dockerfile: text(dockerfile),
        inline: text(inline),
        target: text(target),
        args: Array.isArray(args)
            ? new Map(
                  args.map((pair) => {
                      const [name = "", value] = (text(pair) ?? "").split(/=(.*)/s);
                      return [name, value] as const;
                  }),
              )
            : new Map(Object.entries(mapOf(args)).map(([name, value]) => [name, text(value)])),
    };
}

/** What one definition makes of another before it. */
function merged(before: Service | undefined, after: Service): Service {
    if (before === undefined) return after;
    const [one, other] = [before.build, after.build];
    const build =
        one === undefined || other === undefined
            ? (other ?? one)
            : {
                  context: other.context ?? one.context,
                  dockerfile: other.dockerfile ?? one.dockerfile,
                  inline: other.inline ?? one.inline,
                  target: other.target ?? one.target,
                  args: new Map([...one.args, ...other.args]),
              };
    return { build, extends: after.extends ?? before.extends };
}

/** The services without what `!reset` and `!override` take away: a whole one, its build, or a part of that. */
function reset(services: Services, resets: readonly string[][]): Services {
    if (resets.length === 0) return services;
    const gone = (...place: string[]): boolean =>
        resets.some(
            (path) => path.length === place.length && path.every((part, index) => part === place[index]),
        );
    if (gone("services")) return new Map();
    const kept = [...services].filter(([name]) => !gone("services", name));
    return new Map(
        kept.map(([name, service]): [string, Service] => {
            const { build } = service;
            if (build === undefined || gone("services", name, "build")) {
                return [name, { ...service, build: undefined }];
            }
            const keep = <T>(key: string, value: T): T | undefined =>
                gone("services", name, "build", key) ? undefined : value;
            const args = [...(keep("args", build.args) ?? [])].filter(
                ([arg]) => !gone("services", name, "build", "args", arg),
            );
            return [
                name,
                {
                    ...service,
                    build: {
                        context: keep("context", build.context),
                        dockerfile: keep("dockerfile", build.dockerfile),
                        inline: keep("dockerfile_inline", build.inline),
                        target: keep("target", build.target),
                        args: new Map(args),
                    },
                },
            ];
        }),
    );
}

/** Takes out what is tagged `!reset`, and notes where that and `!override` are. */
function findResets(
    node: Node | null | undefined,
    path: readonly string[],
    document: Document,
    resets: string[][],
): void {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (target?.tag === "!override" || target?.tag === "!reset") resets.push([...path]);
    if (target?.tag === "!override") return;
    if (isMap(target)) {
        target.items = target.items.filter(({ key, value }) => {
            // The merge key is a symbol.
            const name = !isScalar(key) ? "" : typeof key.value === "symbol" ? "<<" : String(key.value);
            const child = value as Node | null;
            const tagged = isAlias(child) ? child.resolve(document) : child;
            findResets(child, name === "<<" ? path : [...path, name], document, resets);
            return tagged?.tag !== "!reset";
        });
    } else if (isSeq(target)) {
        target.items.forEach((item, index) => {
            findResets(item as Node | null, [...path, String(index)], document, resets);
        });
    }
}

/** The services with their paths made absolute. */
function resolved(services: Services, folder: string, defaultContext: string | undefined): Services {
    return new Map(
        [...services].map(([name, service]): [string, Service] => {
            const { build, extends: base } = service;
            const context = build?.context ?? defaultContext;
            return [
                name,
                {
                    build: build && {
                        ...build,
                        context: context === undefined ? undefined : resolveContext(folder, context),
                    },
                    extends: base && {
                        ...base,
                        file: base.file === undefined ? undefined : resolvePath(folder, base.file),
                    },
                },
            ];
        }),
    );
}

/** An argument without a value has that of the variable with its name. */
function withVariables(
    args: ReadonlyMap<string, string | undefined>,
    variables: Variables,
): ReadonlyMap<string, string | undefined> {
    return new Map([...args].map(([name, value]) => [name, value ?? variables[name]]));
}

function resolveContext(folder: string, context: string): string {
    return isRemote(context) || unsetIn(context).length > 0 ? context : resolvePath(folder, context);
}

/** What Compose takes for a URL (compose-go, paths/context.go), or for a file of a remote repository. */
export function isRemote(path: string): boolean {
    return path.includes("://") || /^(github\.com\/|git@|oci:)/.test(path);
}

/** The absolute path that another one, relative to a folder, is. */
export function resolvePath(folder: string, path: string): string {
    const whole = isAbsolute(path) ? path : `${folder}/${path}`;
    const [, drive = "", rest = ""] = /^([a-zA-Z]:)?(.*)$/s.exec(whole) ?? [];
    const parts: string[] = [];
    for (const part of rest.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== "" && part !== ".") parts.push(part);
    }
    return `${drive}/${parts.join("/")}`;
}

function isAbsolute(path: string): boolean {
    return /^([a-zA-Z]:)?\//.test(path);
}

function folderOf(file: string): string {
    return file.slice(0, file.lastIndexOf("/")) || "/";
}

function interpolated(text: string, variables: Variables, file: string): string {
    try {
        return interpolate(text, variables);
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
    return typeof value === "string" ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
    return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : [value];
}
