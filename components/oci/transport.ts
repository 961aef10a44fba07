import * as fs from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { getCACertificates } from "node:tls";
import { http } from "../http.ts";
import { dockerConfigFolder } from "./dockerLogin.ts";
import { agentThrough, proxyInUse } from "./proxy.ts";

// Not by `fetch`: it refuses ports such as 5060 and 6000, at which a registry may well be.

/** A question to a registry or to its token service. */
export interface Question {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
}

/** An answer, read to its end. Its status may be any; redirects are followed. */
export interface Answer {
    readonly status: number;
    readonly ok: boolean;
    readonly headers: Pick<Headers, "get">;
    readonly body: Buffer;
    /** Who gave it. */
    readonly url: URL;
}

/** Certificate authorities, and a certificate of our own, for one host. */
interface TlsOptions {
    readonly ca?: readonly string[];
    readonly cert?: string;
    readonly key?: string;
}

/** More than any manifest or image configuration has; layers are never asked for. */
const mostBytes = 32 * 1024 * 1024;

const mostRedirects = 5;

/** Asks, and follows redirects. The login goes no further than to the host that it is for. */
export async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
    let { url, headers } = question;
    for (let hops = 0; ; hops += 1) {
        const answer = await askHost({ ...question, url, headers }, signal);
        const target = redirectOf(question.method, answer);
        if (target === undefined) return answer;
        if (hops === mostRedirects) throw new Error("sends from one address to the next without end");
        if (target.host !== url.host || isDowngrade(url, target)) {
            // It may have a login in it, too.
            if (question.body !== undefined) return answer;
            headers = withoutLogin(headers);
        }
        url = target;
    }
}

function redirectOf(method: string, { status, headers, url }: Answer): URL | undefined {
    const kept = status === 307 || status === 308;
    const read = [301, 302, 303].includes(status) && (method === "GET" || method === "HEAD");
    const location = headers.get("location");
    return (kept || read) && location !== null && URL.canParse(location, url.href)
        ? new URL(location, url)
        : undefined;
}

function withoutLogin(headers: Question["headers"]): Question["headers"] {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
}

function isDowngrade(from: URL, to: URL): boolean {
    return from.protocol === "https:" && to.protocol !== "https:";
}

/** What Node says of a certificate whose authority it doesn't know. */
const untrusted: ReadonlySet<unknown> = new Set([
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

async function askHost(question: Question, signal: AbortSignal): Promise<Answer> {
    const tls = question.url.protocol === "https:" ? certificatesFor(question.url) : {};
    try {
        return await askOnce(question, tls, signal);
    } catch (error) {
        if (!isUntrusted(error)) throw error;
        // Docker trusts what the system trusts; Node has a list of its own, and the system's takes a while to read.
        const ca = [...(tls.ca ?? getCACertificates("default")), ...getCACertificates("system")];
        return await askOnce(question, { ...tls, ca }, signal);
    }
}

/** Whether the host's certificate is of an authority that nobody here knows. */
export function isUntrusted(error: unknown): boolean {
    return error instanceof Error && "code" in error && untrusted.has(error.code);
}

/** Where Docker looks for what belongs to a registry alone: `<folder>/<host>/*.crt`, `*.cert` with `*.key`. */
function certificateFolders(): readonly string[] {
    const system =
        process.platform === "win32"
            ? path.join(process.env["ProgramData"] || "C:\\ProgramData", "docker")
            : "/etc/docker";
    // The second is Docker Desktop's, the last that of an engine without root.
    const settings = process.env["XDG_CONFIG_HOME"] || path.join(os.homedir(), ".config");
    return [system, dockerConfigFolder(), path.join(settings, "docker")].map((folder) =>
        path.join(folder, "certs.d"),
    );
}

function certificatesFor({ host, port }: URL): TlsOptions {
    // A URL has lost the usual port, which the registry's name, and so its folder, may have.
    const names = [host, ...(port === "" ? [`${host}:443`] : [])]
        // A folder can't have a colon in its name on Windows; Docker leaves it out there.
        .map((name) => (process.platform === "win32" ? name.replaceAll(":", "") : name));
    const files = certificateFolders().flatMap((folder) =>
        names.flatMap((name) => filesIn(path.join(folder, name))),
    );
    const withEnd = (end: string) => files.filter((file) => file.endsWith(end));
    const authorities = withEnd(".crt").map(readText);
    const [cert] = withEnd(".cert");
    return {
        ...(authorities.length > 0 && { ca: [...getCACertificates("default"), ...authorities] }),
        ...(cert !== undefined && { cert: readText(cert), key: readText(cert.replace(/cert$/, "key")) }),
    };
}

function filesIn(folder: string): readonly string[] {
    try {
        return fs
            .readdirSync(folder)
            .toSorted()
            .map((name) => path.join(folder, name));
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
        throw error;
    }
}

function readText(file: string): string {
    return fs.readFileSync(file, "utf8");
}

async function askOnce(question: Question, tls: TlsOptions, signal: AbortSignal): Promise<Answer> {
    const proxy = proxyInUse(question.url);
    return proxy === undefined
        ? askDirectly(question, tls, signal)
        : askThrough(proxy, question, tls, signal);
}

async function askDirectly(question: Question, tls: TlsOptions, signal: AbortSignal): Promise<Answer> {
    const { method, url, headers, body } = question;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
        // Node's own agents would then ask the proxy for loopback as well.
        const isNodes = process.env["NODE_USE_ENV_PROXY"] === "1";
        const options = { method, headers, signal, ...(isNodes && { agent: false }) };
        const request =
            url.protocol === "https:"
                ? https.request(url, { ...options, ...mutable(tls) })
                : http.request(url, options);
        request.once("response", resolve).on("error", reject).end(body);
    });
    const { statusCode = 0, headers: given } = response;
    return answerOf(url, statusCode, given, await read(response));
}

async function askThrough(
    proxy: string,
    { method, url, headers, body }: Question,
    tls: TlsOptions,
    signal: AbortSignal,
): Promise<Answer> {
    const [{ request }, dispatcher] = await Promise.all([
        import("undici"),
        agentThrough(proxy, mutable(tls)),
    ]);
    try {
        const response = await request(url, {
            method,
            headers: { ...headers },
            ...(body !== undefined && { body }),
            signal,
            dispatcher,
        });
        return answerOf(url, response.statusCode, response.headers, await read(response.body));
    } finally {
        void dispatcher.destroy();
    }
}

function mutable({ ca, ...rest }: TlsOptions) {
    return { ...rest, ...(ca !== undefined && { ca: [...ca] }) };
}

function answerOf(url: URL, status: number, headers: IncomingHttpHeaders, body: Buffer): Answer {
    const get = (name: string): string | null => {
        const value = headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
    };
    return { status, ok: status >= 200 && status < 300, headers: { get }, body, url };
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream) {
        length += chunk.length;
        if (length > mostBytes) throw new Error(`answers with more than ${mostBytes} bytes`);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}
