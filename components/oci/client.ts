import { readChallenge, type Challenge } from "./challenge.ts";
import type { Login } from "./dockerLogin.ts";

/** What an image's manifest and configuration tell of it. */
export interface RemoteImage {
    readonly digest: string;
    readonly layers: readonly string[];
    /** The instructions that made it, from the bottom up. */
    readonly history: readonly string[];
}

/** The registry can't be reached, or gives no answer that could be understood. */
export class RegistrySilent extends Error {}

/** A registry refused the login itself. */
export class LoginRefused extends Error {}

/** Media types of manifests, so that the digest is of what was pushed, be it one platform or several. */
const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Asks a registry over the OCI distribution API, with one login. */
export class RegistryClient {
    readonly #server: string;
    readonly #login: Login;
    readonly #signal: AbortSignal;
    #scheme: "http" | "https";
    /** The header that the last answer was given for, so that a second question needs no second challenge. */
    readonly #authorizations = new Map<string, string>();

    constructor(server: string, login: Login, signal: AbortSignal) {
        this.#server = server;
        this.#login = login;
        this.#signal = signal;
        this.#scheme = schemeOf(server);
    }

    /** The digest that a tag or digest stands for; undefined when the registry has no such image. */
    async digest(repository: string, reference: string): Promise<string | undefined> {
        const response = await this.request(
            "HEAD",
            `/v2/${repository}/manifests/${reference}`,
            manifestTypes,
        );
        if (response.status === 404) return undefined;
        this.#mustSucceed(response);
        return response.headers.get("docker-content-digest") ?? undefined;
    }

    /**
     * An image by its tag or digest; of an image for several platforms, the one for `architecture`, which is named
     * as in Go (`amd64`).
     */
    async image(
        repository: string,
        reference: string,
        architecture: string,
    ): Promise<RemoteImage | undefined> {
        const response = await this.request("GET", `/v2/${repository}/manifests/${reference}`, manifestTypes);
        if (response.status === 404) return undefined;
        this.#mustSucceed(response);
        const digest = response.headers.get("docker-content-digest") ?? reference;
        const manifest = (await response.json()) as Manifest;
        if (manifest.manifests !== undefined) {
            const own = manifest.manifests.find(({ platform }) => platform?.architecture === architecture);
            const image = own && (await this.image(repository, own.digest, architecture));
            return image && { ...image, digest };
        }
        if (manifest.config === undefined) return undefined;
        const blob = await this.request("GET", `/v2/${repository}/blobs/${manifest.config.digest}`);
        this.#mustSucceed(blob);
        const { rootfs, history = [] } = (await blob.json()) as ImageConfig;
        return {
            digest,
            layers: rootfs?.diff_ids ?? [],
            history: history.map((step) => step.created_by ?? ""),
        };
    }

    /** One question, with the login given in whatever way the registry wants it. The answer may be a refusal. */
    async request(method: string, path: string, accept = "*/*"): Promise<Response> {
        const scope = path.replace(/\/(manifests|blobs|tags)\/.*$/, "");
        const known = this.#authorizations.get(`${method} ${scope}`);
        const response = await this.#send(method, path, accept, known);
        if (response.status !== 401) return response;
        const challenge = readChallenge(response.headers.get("www-authenticate") ?? "");
        if (challenge === undefined || known !== undefined) return response;
        const authorization = await this.#answer(challenge);
        this.#authorizations.set(`${method} ${scope}`, authorization);
        return this.#send(method, path, accept, authorization);
    }

    async #send(
        method: string,
        path: string,
        accept: string,
        authorization: string | undefined,
    ): Promise<Response> {
        const response = await this.#fetch(new URL(path, `${this.#scheme}://${this.#server}`), {
            method,
            headers: { accept, ...(authorization !== undefined && { authorization }) },
        });
        // One on this machine may have TLS after all, and sends us there; a login would get lost on that way.
        if (response.redirected && response.url.startsWith(`https://${this.#server}/`))
            this.#scheme = "https";
        return response;
    }

    async #answer(challenge: Challenge): Promise<string> {
        const basic = (user: string, password: string): string =>
            `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
        const login = this.#login;
        if (challenge.kind === "basic") {
            return basic(login.username, "password" in login ? login.password : login.identityToken);
        }
        const asked = Object.entries({ service: challenge.service, scope: challenge.scope }).flatMap(
            ([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]),
        );
        const url = new URL(challenge.realm);
        if (url.protocol !== "https:" && !isLoopback(url.host)) {
            throw new RegistrySilent(`${this.#server} wants the password sent in the open to ${url.host}`);
        }
        let response: Response;
        if ("identityToken" in login) {
            const form = new URLSearchParams(asked);
            form.set("grant_type", "refresh_token");
            form.set("refresh_token", login.identityToken);
            response = await this.#fetch(url, { method: "POST", body: form });
        } else {
            for (const [name, value] of asked) url.searchParams.set(name, value);
            response = await this.#fetch(url, {
                headers: { authorization: basic(login.username, login.password) },
            });
        }
        if (response.status === 400 || response.status === 401 || response.status === 403) {
            throw new LoginRefused(`${this.#server} refuses the login of ${login.username}`);
        }
        this.#mustSucceed(response);
        const token = (await response.json()) as { readonly token?: string; readonly access_token?: string };
        return `Bearer ${token.access_token ?? token.token ?? ""}`;
    }

    async #fetch(url: URL, init: RequestInit): Promise<Response> {
        try {
            return await fetch(url, { ...init, signal: this.#signal });
        } catch (error) {
            // What went wrong on the network is one level down in fetch's errors.
            const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
            const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
            throw new RegistrySilent(`${url.host} does not answer (${reason})`);
        }
    }

    #mustSucceed(response: Response): void {
        if (response.ok) return;
        if (response.status === 401 || response.status === 403) {
            throw new LoginRefused(`${this.#server} refuses the login of ${this.#login.username}`);
        }
        throw new RegistrySilent(
            `${this.#server} answers with ${response.status} ${response.statusText}`.trimEnd(),
        );
    }
}

interface Manifest {
    readonly config?: { readonly digest: string };
    readonly manifests?: readonly {
        readonly digest: string;
        readonly platform?: { readonly architecture: string };
    }[];
}

interface ImageConfig {
    readonly rootfs?: { readonly diff_ids?: readonly string[] };
    readonly history?: readonly { readonly created_by?: string }[];
}

/** A registry on this machine speaks plain HTTP, as Docker itself expects it to. */
function schemeOf(server: string): "http" | "https" {
    return isLoopback(server) ? "http" : "https";
}

function isLoopback(host: string): boolean {
    return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
}
