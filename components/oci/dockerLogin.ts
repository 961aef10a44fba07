import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** What a registry takes for a user: a name and password, or the token that a login through a cloud has left. */
export type Login =
    | { readonly username: string; readonly password: string }
    | { readonly username: string; readonly identityToken: string };

/** Where Docker keeps logins: with the credential helper of this name, or as plain text in its config.json. */
export type LoginStore = { readonly kind: "helper"; readonly name: string } | { readonly kind: "plain" };

/** Where Docker would keep a login to this server. */
export function loginStore(server: string): LoginStore {
    const helper = helperFor(server, readConfig());
    return helper === undefined ? { kind: "plain" } : { kind: "helper", name: helper };
}

/** The login that `docker login` has left for a server; undefined when there is none. */
export async function readLogin(server: string): Promise<Login | undefined> {
    const config = readConfig();
    const helper = helperFor(server, config);
    if (helper !== undefined) {
        const found = await askHelper(helper, server);
        if (found !== undefined) return found;
    }
    const entry = Object.entries(config.auths ?? {}).find(([key]) => serverOf(key) === server)?.[1];
    if (entry === undefined) return undefined;
    const [username = "", ...password] = Buffer.from(entry.auth ?? "", "base64")
        .toString("utf8")
        .split(":");
    if (entry.identitytoken !== undefined) return { username, identityToken: entry.identitytoken };
    return password.length === 0 ? undefined : { username, password: password.join(":") };
}

/** Docker's folder for its own settings. */
export function dockerConfigFolder(): string {
    return process.env["DOCKER_CONFIG"] ?? path.join(os.homedir(), ".docker");
}

interface DockerConfig {
    readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
    readonly credsStore?: string;
    readonly credHelpers?: Readonly<Record<string, string>>;
}

function readConfig(): DockerConfig {
    try {
        return JSON.parse(
            fs.readFileSync(path.join(dockerConfigFolder(), "config.json"), "utf8"),
        ) as DockerConfig;
    } catch {
        // Missing or unreadable: Docker goes on without it as well, and has no login then.
        return {};
    }
}

function helperFor(server: string, config: DockerConfig): string | undefined {
    return config.credHelpers?.[server] ?? (config.credsStore === "" ? undefined : config.credsStore);
}

/** Keys are servers, or URLs in files of older Dockers. */
function serverOf(key: string): string {
    return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function askHelper(helper: string, server: string): Promise<Login | undefined> {
    return new Promise((resolve) => {
        const child = execFile(
            `docker-credential-${helper}`,
            ["get"],
            { timeout: 2000, windowsHide: true },
            (error, stdout) => {
                // Not found is an error, too.
                resolve(error === null ? loginOf(stdout) : undefined);
            },
        );
        child.stdin?.on("error", () => undefined).end(server);
    });
}

function loginOf(answer: string): Login | undefined {
    try {
        const { Username, Secret } = JSON.parse(answer) as { Username: string; Secret: string };
        return Username === "<token>"
            ? { username: Username, identityToken: Secret }
            : { username: Username, password: Secret };
    } catch {
        return undefined;
    }
}
