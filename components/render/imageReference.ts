/** The parts of an image reference; `server` is a host with an optional port, `digest` is `sha256:<64 hex>`. */
export interface ImageReference {
    readonly server: string;
    readonly repository: string;
    readonly tag?: string;
    readonly digest?: string;
}

/**
 * `localhost:5050/foundation:content-0123456789ab`, `…/foundation@sha256:…`, or with both a tag and a digest.
 * The parts are taken as they are: {@link repositoryProblem} and {@link tagProblem} judge them.
 */
export function imageReference({ server, repository, tag, digest }: ImageReference): string {
    const tagPart = tag === undefined ? "" : `:${tag}`;
    const digestPart = digest === undefined ? "" : `@${digest}`;
    return `${server}/${repository}${tagPart}${digestPart}`;
}

const repositoryGrammar = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

/**
 * What is wrong with a repository name, as the end of a sentence ("must be …"); undefined when nothing is.
 * Grammar and the 255 characters, which count the registry's host, port and slash, are those of the OCI distribution
 * specification, "Pulling manifests". Without `server`, only the repository itself is counted.
 */
export function repositoryProblem(repository: string, server?: string): string | undefined {
    const length = (server === undefined ? 0 : server.length + 1) + repository.length;
    if (length > 255) {
        return `must have at most 255 characters together with the registry's name, not ${length}`;
    }
    if (!repositoryGrammar.test(repository)) {
        return 'must be lower case letters and digits, with ".", "_", "__" or "-" between them and "/" between parts';
    }
    return undefined;
}

/**
 * What is wrong with a tag, as the end of a sentence; undefined when nothing is.
 * Grammar: OCI distribution specification, "Pulling manifests".
 */
export function tagProblem(tag: string): string | undefined {
    if (/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)) return undefined;
    return 'must be 1 to 128 letters, digits, "_", "." or "-", the first a letter, a digit or "_"';
}

const hostGrammar =
    /^([a-zA-Z0-9]+(-+[a-zA-Z0-9]+)*(\.[a-zA-Z0-9]+(-+[a-zA-Z0-9]+)*)*|\[[0-9a-fA-F:]+\])(:\d+)?$/;

/**
 * What is wrong with a registry's name, `<host>[:<port>]` with or without a path that its repositories begin with, as
 * the end of a sentence; undefined when nothing is.
 */
export function serverProblem(server: string): string | undefined {
    const { host, prefix } = splitServer(server);
    // What has neither of these, Docker takes for a part of a name on Docker Hub.
    const isHost = hostGrammar.test(host) && (/[.:]/.test(host) || host === "localhost");
    if (host === "index.docker.io") return "must be docker.io/<namespace> for Docker Hub";
    if (isHost && (prefix === "" || repositoryProblem(prefix.slice(0, -1), host) === undefined)) {
        return undefined;
    }
    return "must be a registry's host without https://, with or without a port and a path in lower case, such as ghcr.io/acme";
}

/** A registry's name in its parts: `ghcr.io/acme` is at `ghcr.io`, and its repositories begin with `acme/`. */
export function splitServer(server: string): { readonly host: string; readonly prefix: string } {
    const [host = "", ...path] = server.split("/");
    return { host, prefix: path.map((part) => `${part}/`).join("") };
}

// The algorithms that Docker knows; to others of the grammar it says that they aren't supported.
const digestGrammar = /^sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/;

/**
 * What is wrong with a reference in a FROM, as the end of a sentence; undefined when nothing is. What is before the
 * first slash is a host if it looks like one, as in splitDockerDomain in distribution/reference.
 */
export function referenceProblem(reference: string): string | undefined {
    const { name, tag, digest } = splitReference(reference);
    const [, host, rest] = /^([^/]*[.:A-Z][^/]*|localhost)\/(.*)$/.exec(name) ?? [];
    const sound =
        (host === undefined || hostGrammar.test(host)) &&
        repositoryProblem(rest ?? name) === undefined &&
        (tag === undefined || tagProblem(tag) === undefined) &&
        (digest === undefined || digestGrammar.test(digest));
    return sound
        ? undefined
        : "must be an image as in FROM, such as acme.azurecr.io/foundation, with or without a tag or a digest";
}

/**
 * The short form under which BuildKit looks a FROM up among the named contexts: without `docker.io/`, `library/` and
 * `:latest`. `docker.io/library/foundation:latest` and `foundation` are both `foundation`.
 * Sources: splitDockerDomain and familiarizeName in distribution/reference; Client.NamedContext in BuildKit's
 * frontend/dockerui, which trims `:latest` from the familiar string.
 */
export function familiarReference(reference: string): string {
    const slash = reference.indexOf("/");
    const host = reference.slice(0, Math.max(slash, 0));
    const hub = host === "docker.io" || host === "index.docker.io";
    const name = hub ? reference.slice(slash + 1) : reference;
    const official = /^library\/[^/]+$/.test(name);
    return (official ? name.slice("library/".length) : name).replace(/:latest$/, "");
}

/** A reference in its parts, those undefined that it doesn't have. */
export function splitReference(reference: string): {
    readonly name: string;
    readonly tag?: string | undefined;
    readonly digest?: string | undefined;
} {
    const [tagged = "", digest] = reference.split(/@(.*)/s);
    // A colon before a slash is a port.
    const [, name = tagged, tag] = /^(.*):([^/:]*)$/.exec(tagged) ?? [];
    return { name, tag, digest };
}

/** The parts of a reference that names its registry, which all emitted ones do. */
export function parseReference(reference: string): ImageReference {
    const { name, tag } = splitReference(reference);
    const slash = name.indexOf("/");
    return {
        server: name.slice(0, Math.max(slash, 0)),
        repository: name.slice(slash + 1),
        ...(tag !== undefined && { tag }),
    };
}

/** The server that an image of a Dockerfile is from, as Docker reads its name. */
export function serverOf(image: string): string {
    const [first = "", ...rest] = image.split("/");
    const isHost = rest.length > 0 && /[.:A-Z]|^localhost$/.test(first);
    return isHost && first !== "index.docker.io" ? first : "docker.io";
}
