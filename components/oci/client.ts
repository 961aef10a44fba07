import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { GenericSchema, InferOutput } from "valibot";
import { Problem } from "../problem.ts";
import { readChallenge, type Challenge } from "./challenge.ts";
import type { Login } from "./dockerLogin.ts";
import { ImageConfig, Manifest, readDocument, TagList, TokenAnswer } from "./documents.ts";
import { platformFor, platformName } from "./platform.ts";
import { ask, isUntrusted, type Answer, type Question } from "./transport.ts";

/** What an image's manifest and configuration tell of it. */
export interface RemoteImage {
    readonly digest: string;
    /** What it is for, such as `linux/amd64`. */
    readonly platforms: readonly string[];
    /** Of the platform that was asked for; none when it isn't for that. */
    readonly layers: readonly string[];
    /** The instructions that made it, from the bottom up. */
    readonly history: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
}

/** What a registry stores for an image. */
export interface StoredImage {
    readonly digest: string;
    /** The manifests that an index names; none of an image for one platform. */
    readonly manifests: readonly string[];
    /** The bytes of everything that it is made of, itself included, by digest. */
    readonly bytes: ReadonlyMap<string, number>;
}

/** What came of a login: only a clear no is a refusal, everything else says nothing about the password. */
export type LoginAnswer = "accepted" | "refused" | { readonly silent: string };

/** The registry can't be reached, or gives no answer that could be understood. */
export class RegistrySilent extends Problem {}

/** A registry refused the login itself, or what was asked with it. */
export class LoginRefused extends Problem {}

/** Media types of manifests, so that the digest is of what was pushed, be it one platform or several. */
const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** What is sent along with a question. */
interface Content {
    readonly type: string;
    readonly body: string;
}

/** Who asks, for token services that want to know (distribution, spec/auth/oauth). */
const clientId = "foundation";

/** How often a question is asked at most, where a registry is busy or hangs up. */
const mostAttempts = 3;

/** The longest that a registry may ask to wait, in milliseconds; it is told when it asks for more. */
const longestPause = 10_000;

/**
 * Asks a registry over the OCI distribution API, with one login or none. A question ends when the signal says so, be it
 * in a pause.
 */
export class RegistryClient {
    readonly #server: string;
    readonly #login: Login | undefined;
    readonly #signal: AbortSignal;
    #scheme: "http" | "https";
    /** The header that the last answer was given for, so that a second question needs no second challenge. */
    readonly #authorizations = new Map<string, string>();

    constructor(server: string, login: Login | undefined, signal: AbortSignal) {
        this.#server = server;
        this.#login = login;
        this.#signal = signal;
        // A registry on this machine speaks plain HTTP, as Docker itself expects it to.
        this.#scheme = isLoopback(server) ? "http" : "https";
    }

    /** The digest that a tag or digest stands for; undefined when the registry has no such image. */
    async digest(repository: string, reference: string): Promise<string | undefined> {
        const path = `/v2/${repository}/manifests/${reference}`;
        const answer = await this.request("HEAD", path, manifestTypes);
        if (answer.status === 404) return undefined;
        this.#mustSucceed(answer);
        const digest = answer.headers.get("docker-content-digest");
        if (digest !== null) return digest;
        // The header is not required.
        const manifest = await this.request("GET", path, manifestTypes);
        this.#mustSucceed(manifest);
        return digestOf(manifest.body);
    }

    /** An image by its tag or digest; of an image for several platforms, the one for `platform`. */
    async image(repository: string, reference: string, platform: string): Promise<RemoteImage | undefined> {
        const manifest = await this.#manifest(repository, reference);
        if (manifest === undefined) return undefined;
        const { digest, manifests, config } = manifest;
        if (manifests) {
            const platforms = manifests.map((own) => platformName(own.platform ?? {}));
            const own = manifests[platforms.indexOf(platformFor(platform, platforms) ?? "")];
            const image = own && (await this.image(repository, own.digest, platform));
            return {
                ...(image ?? { layers: [], history: [], labels: {} }),
                digest,
                // What isn't for one is an attestation.
                platforms: platforms.filter((name) => name !== "unknown/unknown"),
            };
        }
        if (!config) return undefined;
        const blob = await this.request("GET", `/v2/${repository}/blobs/${config.digest}`);
        this.#mustSucceed(blob);
        mustBe(config.digest, blob);
        const { rootfs, history, config: settings, ...own } = read(ImageConfig, blob);
        return {
            digest,
            platforms: [platformName(own)],
            layers: rootfs?.diff_ids ?? [],
            history: history.map((step) => step.created_by),
            labels: settings?.Labels ?? {},
        };
    }

    /** Puts a manifest that the repository has under a tag as well, byte for byte. */
    async tag(repository: string, digest: string, tag: string): Promise<void> {
        const manifest = await this.request("GET", `/v2/${repository}/manifests/${digest}`, manifestTypes);
        this.#mustSucceed(manifest);
        mustBe(digest, manifest);
        const type = manifest.headers.get("content-type") ?? "";
        const path = `/v2/${repository}/manifests/${tag}`;
        this.#mustSucceed(await this.request("PUT", path, "*/*", { type, body: manifest.body.toString() }));
    }

    /** What is stored for an image, by its tag or digest; undefined when the registry has no such image. */
    async stored(repository: string, reference: string): Promise<StoredImage | undefined> {
        const manifest = await this.#manifest(repository, reference);
        if (manifest === undefined) return undefined;
        const { digest, length, config, layers } = manifest;
        const bytes = new Map([[digest, length]]);
        for (const blob of [...(config ? [config] : []), ...layers]) bytes.set(blob.digest, blob.size);
        const manifests = (manifest.manifests ?? []).map((child) => child.digest);
        for (const child of manifests) {
            const found = await this.stored(repository, child);
            for (const [name, size] of found?.bytes ?? []) bytes.set(name, size);
        }
        return { digest, manifests, bytes };
    }

    /** A manifest by its tag or digest, with its own digest and its length in bytes. */
    async #manifest(repository: string, reference: string) {
        const answer = await this.request("GET", `/v2/${repository}/manifests/${reference}`, manifestTypes);
        if (answer.status === 404) return undefined;
        this.#mustSucceed(answer);
        mustBe(reference, answer);
        const digest = answer.headers.get("docker-content-digest") ?? digestOf(answer.body);
        return { ...read(Manifest, answer), digest, length: answer.body.length };
    }

    /**
     * Deletes a manifest by its digest, and with it the tags that stand for it. One that is gone already is fine.
     *
     * @throws Problem when the registry doesn't delete, or not for this login.
     */
    async remove(repository: string, digest: string): Promise<void> {
        const answer = await this.request("DELETE", `/v2/${repository}/manifests/${digest}`);
        if (answer.status === 404) return;
        // As the specification has it; some say that they don't know the question.
        if (answer.status === 405 || (answer.status === 400 && reasonOf(answer).includes("UNSUPPORTED"))) {
            throw new Problem({
                wrong: `${this.#server} deletes nothing that is asked for in the way of the OCI specification${reasonOf(answer)}`,
                remedy: "delete there by its own means",
            });
        }
        this.#mustSucceed(answer);
    }

    /** Every tag of a repository, page by page; undefined when the registry has no such repository. */
    async tags(repository: string): Promise<readonly string[] | undefined> {
        const pages = await this.pages(`/v2/${repository}/tags/list`, TagList);
        return pages?.flatMap(({ tags }) => tags ?? []);
    }

    /** All pages of a list; undefined when the registry has nothing there. */
    async pages<Schema extends GenericSchema>(
        first: string,
        schema: Schema,
    ): Promise<readonly InferOutput<Schema>[] | undefined> {
        const pages: InferOutput<Schema>[] = [];
        let path: string | undefined = first;
        while (path !== undefined) {
            const answer: Answer = await this.request("GET", path);
            if (answer.status === 404) return undefined;
            this.#mustSucceed(answer);
            pages.push(read(schema, answer));
            path = nextPage(answer);
        }
        return pages;
    }

    /** Whether the registry wants to know who asks, before it says what it has. */
    async wantsLogin(): Promise<boolean> {
        const door = await this.#send("GET", "/v2/", "*/*", undefined);
        if (door.status === 401) return true;
        this.#mustSucceed(door);
        return false;
    }

    /** Whether the registry takes the login, asked in the way of `docker login`. */
    async checkLogin(): Promise<LoginAnswer> {
        try {
            const door = await this.#send("GET", "/v2/", "*/*", undefined);
            const challenge = door.status === 401 ? challengeOf(door) : undefined;
            if (challenge === undefined) return { silent: `${door.url.href} answers ${door.status}` };
            const answer =
                challenge.kind === "basic"
                    ? await this.#send("GET", "/v2/", "*/*", this.#basic())
                    : // Some name an example for a scope here, which is nobody's.
                      await this.#askForToken({ ...challenge, scope: undefined });
            if (answer.ok) return "accepted";
            return answer.status === 401
                ? "refused"
                : { silent: `${answer.url.host} answers ${answer.status}` };
        } catch (error) {
            if (error instanceof RegistrySilent) return { silent: error.parts.wrong };
            throw error;
        }
    }

    /** One question, with the login given in whatever way the registry wants it. The answer may be a refusal. */
    async request(method: string, path: string, accept = "*/*", content?: Content): Promise<Answer> {
        const subject = `${method} ${path.replace(/\/(manifests|blobs|tags)\/.*$/, "")}`;
        const known = this.#authorizations.get(subject);
        const answer = await this.#send(method, path, accept, known, content);
        const challenge = answer.status === 401 ? challengeOf(answer) : undefined;
        if (challenge === undefined) return answer;
        // A token lives for a minute or more, and another question may need another one.
        const authorization = await this.#authorize(challenge);
        if (authorization === undefined || authorization === known) return answer;
        this.#authorizations.set(subject, authorization);
        return this.#send(method, path, accept, authorization, content);
    }

    async #send(
        method: string,
        path: string,
        accept: string,
        authorization: string | undefined,
        content?: Content,
    ): Promise<Answer> {
        const at = (scheme: string): Question => ({
            method,
            url: new URL(path, `${scheme}://${hostOf(this.#server)}`),
            headers: {
                accept,
                ...(authorization !== undefined && { authorization }),
                ...(content !== undefined && { "content-type": content.type }),
            },
            ...(content !== undefined && { body: content.body }),
        });
        const answer = await this.#ask(at(this.#scheme)).catch((error: unknown) => error as Error);
        if (this.#scheme === "http" && wantsTls(answer)) {
            // One on this machine may have TLS after all. Some send us there, some just hang up.
            const secure = await this.#ask(at("https")).catch((error: unknown) => error as Error);
            if (!(secure instanceof Error)) {
                this.#scheme = "https";
                return secure;
            }
            if (isUntrusted(secure.cause)) throw secure;
        }
        if (answer instanceof Error) throw answer;
        if (answer.url.protocol === "https:" && answer.url.host === hostOf(this.#server)) {
            this.#scheme = "https";
        }
        return answer;
    }

    /** What to say to the challenge; undefined when there is nothing, for want of a login. */
    async #authorize(challenge: Challenge): Promise<string | undefined> {
        if (challenge.kind === "basic") return this.#basic();
        const answer = await this.#askForToken(challenge);
        if ([400, 401, 403].includes(answer.status)) throw this.#refusal(answer);
        this.#mustSucceed(answer);
        const { access_token: access, token = access } = read(TokenAnswer, answer);
        if (token === undefined) throw new RegistrySilent(`${answer.url.host} gives no token`);
        return `Bearer ${token}`;
    }

    async #askForToken({ realm, service, scope }: Challenge & { readonly kind: "bearer" }): Promise<Answer> {
        const url = URL.canParse(realm) ? new URL(realm) : undefined;
        if (url === undefined) throw new RegistrySilent(`${this.#server} names no token service: ${realm}`);
        if (url.protocol !== "https:" && !isLoopback(url.host)) {
            throw new RegistrySilent(`${this.#server} wants the password sent in the open to ${url.host}`);
        }
        const login = this.#login;
        if (login !== undefined && "identityToken" in login) {
            const form = new URLSearchParams({
                ...(service !== undefined && { service }),
                ...(scope !== undefined && { scope }),
                grant_type: "refresh_token",
                refresh_token: login.identityToken,
                client_id: clientId,
            });
            const headers = { "content-type": "application/x-www-form-urlencoded" };
            return this.#ask({ method: "POST", url, headers, body: form.toString() });
        }
        if (service !== undefined) url.searchParams.set("service", service);
        for (const part of scope?.split(" ") ?? []) url.searchParams.append("scope", part);
        const basic = this.#basic();
        const headers = { ...(basic !== undefined && { authorization: basic }) };
        return this.#ask({ method: "GET", url, headers });
    }

    #basic(): string | undefined {
        const login = this.#login;
        if (login === undefined) return undefined;
        const secret = "password" in login ? login.password : login.identityToken;
        return `Basic ${Buffer.from(`${login.username}:${secret}`).toString("base64")}`;
    }

    /** Asks, and asks again where the registry says that it is busy, or hangs up before it has answered. */
    async #ask(question: Question): Promise<Answer> {
        for (let attempt = 1; ; attempt += 1) {
            const outcome = await ask(question, this.#signal).catch((error: unknown) => error as Error);
            const pause = attempt < mostAttempts ? pauseAfter(outcome, question.method, attempt) : undefined;
            if (pause !== undefined) {
                await sleep(pause, undefined, { signal: this.#signal }).catch(() => undefined);
                if (!this.#signal.aborted) continue;
            }
            if (outcome instanceof Error) throw this.#silence(question.url, outcome);
            return outcome;
        }
    }

    #silence({ host }: URL, error: Error): RegistrySilent {
        const reason: unknown = this.#signal.aborted ? this.#signal.reason : error;
        const text = reason instanceof Error ? reason.message || nameOf(reason) : String(reason);
        const remedy = isUntrusted(reason)
            ? `put its authority's certificate into /etc/docker/certs.d/${host}/ca.crt, where Docker looks for it as well, or name the file in NODE_EXTRA_CA_CERTS`
            : undefined;
        return new RegistrySilent({ wrong: `${host} does not answer (${text})`, remedy }, { cause: error });
    }

    #mustSucceed(answer: Answer): void {
        if (answer.ok) return;
        if (answer.status === 401 || answer.status === 403) throw this.#refusal(answer);
        const wait = answer.headers.get("retry-after");
        throw new RegistrySilent(
            [
                `${answer.url.host} answers with ${answer.status}${reasonOf(answer)}`,
                ...(wait === null
                    ? []
                    : [`asks to wait ${/^\d+$/.test(wait) ? `${wait} seconds` : `until ${wait}`}`]),
            ].join(" and "),
        );
    }

    #refusal(answer: Answer): LoginRefused {
        if (this.#login === undefined) return new LoginRefused(`${this.#server} wants a login`);
        const { username } = this.#login;
        // To somebody whom it knows it says 403, as far as it keeps to the specification.
        return new LoginRefused(
            answer.status === 403
                ? `${this.#server} refuses the login of ${username} for this${reasonOf(answer)}`
                : `${this.#server} refuses the login of ${username}`,
        );
    }
}

function mustBe(digest: string, { body, url }: Answer): void {
    // Others are tags, or of an algorithm that no registry is known to use.
    if (!/^sha256:[0-9a-f]{64}$/.test(digest) || digestOf(body) === digest) return;
    throw new RegistrySilent(`${url.host} answers with something else than ${digest}`);
}

function read<Schema extends GenericSchema>(schema: Schema, { body, url }: Answer): InferOutput<Schema> {
    const document = readDocument(schema, body.toString());
    if (document !== undefined) return document;
    throw new RegistrySilent(`${url.host}${url.pathname} answers with something else than a registry does`);
}

/** Docker Hub's API has another name than its images. */
function hostOf(server: string): string {
    return server === "docker.io" ? "registry-1.docker.io" : server;
}

function isLoopback(host: string): boolean {
    return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
}

function challengeOf(answer: Answer): Challenge | undefined {
    return readChallenge(answer.headers.get("www-authenticate") ?? "");
}

function digestOf(content: Buffer): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The path of the page after this one (RFC 8288, `Link: </v2/…>; rel="next"`). */
function nextPage({ headers, url }: Answer): string | undefined {
    const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.get("link") ?? "")?.[1];
    if (link === undefined) return undefined;
    const { pathname, search } = new URL(link, url);
    return pathname + search;
}

/** Servers with TLS answer a plain question with 400, or not at all. */
function wantsTls(outcome: Answer | Error): boolean {
    if (outcome instanceof RegistrySilent) return isCut(outcome.cause);
    return !(outcome instanceof Error) && outcome.status === 400;
}

/** Whether the connection was there, and ended before the answer did. */
function isCut(error: unknown): boolean {
    return (
        error instanceof Error &&
        "code" in error &&
        ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(String(error.code))
    );
}

/** How long to wait before asking again, in milliseconds; undefined when that is of no use, or would do harm. */
function pauseAfter(outcome: Answer | Error, method: string, attempt: number): number | undefined {
    const harmless = method === "GET" || method === "HEAD";
    const usual = 250 * 2 ** attempt;
    if (outcome instanceof Error) return harmless && isCut(outcome) ? usual : undefined;
    const wait = outcome.headers.get("retry-after");
    const asked = wait === null ? undefined : millisecondsUntil(wait);
    // Nothing was done of what was throttled.
    if (outcome.status === 429 || (outcome.status === 503 && asked !== undefined)) {
        const pause = asked ?? usual;
        return pause <= longestPause ? pause : undefined;
    }
    return harmless && [500, 502, 503, 504].includes(outcome.status) ? usual : undefined;
}

/** What `Retry-After` says: seconds, or a time. */
function millisecondsUntil(text: string): number | undefined {
    const time = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
    return Number.isNaN(time) ? undefined : Math.max(0, time);
}

/** What the registry says of an error, as a single short line. */
function reasonOf({ body }: Answer): string {
    const text = body.toString();
    const [, code] = /"code"\s*:\s*"([A-Z_]{1,40})"/.exec(text) ?? [];
    const [, message] = /"message"\s*:\s*"([^"\\]{1,200})"/.exec(text) ?? [];
    const parts = [code, message].filter((part) => part !== undefined);
    return parts.length === 0 ? "" : ` (${parts.join(": ")})`;
}

function nameOf(error: Error): string {
    if (!(error instanceof AggregateError)) return error.name;
    // Several addresses were tried, each with an error of its own.
    const first: unknown = error.errors[0];
    return first instanceof Error ? first.message : error.name;
}
