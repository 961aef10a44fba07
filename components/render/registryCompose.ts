import { composeYaml, literal } from "./composeYaml.ts";

/**
 * A local registry. `project` is the Compose project, `owner` goes into the labels that say whose it is, each
 * htpasswd is one line `name:$2b$…` (bcrypt: the registry knows no other hash).
 */
export interface RegistryDefinition {
    readonly project: string;
    readonly owner: string;
    readonly pullPort: number;
    readonly pushPort: number;
    readonly pullHtpasswd: string;
    readonly pushHtpasswd: string;
}

/**
 * The Compose file of the local registry: two `registry:3` on one volume, one to push and a read-only twin to pull
 * from, each with its own user. It belongs on standard input only, for it holds the password hashes.
 */
export function registryCompose(definition: RegistryDefinition): string {
    const owner = { "foundation.owner": literal(definition.owner) };
    const service = (name: "push" | "pull", port: number, contents: readonly string[]) => ({
        image: "registry:3",
        restart: "unless-stopped",
        // Loopback only: the registry speaks plain HTTP.
        ports: [`127.0.0.1:${port}:5000`],
        // Version 3 would look for an OpenTelemetry collector.
        environment: { OTEL_TRACES_EXPORTER: "none" },
        volumes: [`images:/var/lib/registry${name === "pull" ? ":ro" : ""}`],
        configs: [
            { source: `${name}-config`, target: "/etc/distribution/config.yml" },
            { source: `${name}-htpasswd`, target: "/etc/distribution/htpasswd" },
        ],
        // Compose (2.26) keeps a container whose configs have new content: a new password needs a new label.
        labels: { ...owner, "foundation.contents": checksum(contents.join("\n")) },
    });
    const pushConfig = registryConfig({ delete: { enabled: true } });
    const pullConfig = registryConfig(readOnly);
    return composeYaml({
        name: definition.project,
        services: {
            push: service("push", definition.pushPort, [pushConfig, definition.pushHtpasswd]),
            pull: service("pull", definition.pullPort, [pullConfig, definition.pullHtpasswd]),
        },
        configs: {
            "push-config": { content: literal(pushConfig) },
            "push-htpasswd": { content: literal(`${definition.pushHtpasswd}\n`) },
            "pull-config": { content: literal(pullConfig) },
            "pull-htpasswd": { content: literal(`${definition.pullHtpasswd}\n`) },
        },
        volumes: { images: { labels: owner } },
        networks: { default: { labels: owner } },
    });
}

// The purge of abandoned uploads would write, so it stays with the twin that may.
const readOnly = { maintenance: { readonly: { enabled: true }, uploadpurging: { enabled: false } } };

/** The registry's own configuration. No blob descriptor cache: what the twin pushed must be seen at once. */
function registryConfig(storage: object): string {
    return composeYaml({
        version: 0.1,
        // At "warn" every client's first request, which has no password yet, is a line.
        log: { level: "error", accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: "/var/lib/registry" }, ...storage },
        auth: { htpasswd: { realm: "foundation", path: "/etc/distribution/htpasswd" } },
        http: { addr: ":5000", headers: { "X-Content-Type-Options": ["nosniff"] } },
    });
}

/** FNV-1a, 32 bits as 8 hex digits: tells one content from another, and nothing about it. */
function checksum(text: string): string {
    let hash = 0x811c9dc5;
    for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, "0");
}
