import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "mocha";

/** A small registry on a port of its own, with passwords. */
export interface SmallRegistry {
    /** Host and port, as in an image reference. */
    readonly server: string;
    /** What was asked with a password that it takes: method and path. */
    readonly asked: readonly string[];
}

/** What a small registry has, and lets its user do. */
export interface Stock {
    /** By `repository:tag`, the digest. What is behind the digest isn't there. */
    readonly images?: Readonly<Record<string, string>>;
    /** By path, what it answers to a GET. */
    readonly content?: Readonly<Record<string, string>>;
    readonly username?: string;
    readonly password?: string;
    /** Whether it lets in whoever comes. */
    readonly public?: boolean;
    /** Methods and paths that it allows as well, and the status of its answer; everything but reading is refused. */
    readonly allowed?: Readonly<Record<string, number>>;
}

/** Starts registries, which end with the test. */
export function smallRegistries(): (stock: Stock) => Promise<SmallRegistry> {
    const open: http.Server[] = [];
    afterEach(() => {
        for (const server of open.splice(0)) server.close().closeAllConnections();
    });
    return async ({
        images = {},
        content = {},
        username = "foundation-pull",
        password = "secret",
        public: anybody = false,
        allowed = {},
    }) => {
        const login = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        const asked: string[] = [];
        const server = http.createServer(({ method = "", url = "", headers }, response) => {
            if (!anybody && headers.authorization !== login) {
                response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
                return;
            }
            asked.push(`${method} ${url}`);
            const status = allowed[`${method} ${url}`];
            const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url) ?? [];
            const digest = method === "HEAD" ? images[`${repository}:${tag}`] : undefined;
            if (status !== undefined) response.writeHead(status).end();
            else if (method === "GET" && content[url] !== undefined) response.end(content[url]);
            else if (digest !== undefined) response.setHeader("docker-content-digest", digest).end();
            // What a reader asks for and isn't there; all else is refused.
            else response.writeHead(tag !== undefined && method !== "DELETE" ? 404 : 403).end();
        });
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
        return { server: `localhost:${(server.address() as AddressInfo).port}`, asked };
    };
}
