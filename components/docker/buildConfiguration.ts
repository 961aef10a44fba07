import * as fs from "node:fs";
import * as path from "node:path";
import {
    dockerConfigFolder,
    keyOf,
    loginsOfEnvironment,
    readDockerConfig,
    serverOf,
} from "../oci/dockerLogin.ts";
import { isRunning } from "../process.ts";

/** Who logs in where; without a name, whom Docker is logged in as. */
export interface ServerLogin {
    readonly server: string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
}

/** A Docker configuration for one build. */
export interface BuildConfiguration {
    /** Removed after the build, with all that is in it. */
    readonly folder: string;
    /** What makes Docker use it. */
    readonly env: NodeJS.ProcessEnv;
}

/** Where an image without a server in its name is. */
const dockerHub = "docker.io";

/** Folders that go with this process. It listens once for all, as Node warns of more than ten listeners. */
const inUse = new Set<string>();
process.once("exit", () => {
    for (const folder of inUse) remove(folder);
});

/**
 * Gives `work` a Docker configuration with these logins, which thus get neither into the user's own configuration
 * nor into a keychain. Everything else is as the user has it: contexts, builders, plugins, proxies, and the logins
 * that a build may pull with.
 *
 * The folder has this process's number for a name. It goes when the work or the process ends, and those that a killed
 * process has left go with the next build.
 *
 * @param home folder for such configurations.
 * @param logins of two for one server, the last counts.
 * @param pullsFrom whether the build may pull from a server; the user's plain logins to others aren't copied.
 */
export async function withBuildConfiguration<T>(
    home: string,
    logins: readonly ServerLogin[],
    pullsFrom: (server: string) => boolean,
    work: (configuration: BuildConfiguration) => Promise<T>,
): Promise<T> {
    fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    sweep(home);
    const folder = fs.mkdtempSync(path.join(home, `${process.pid}-`));
    inUse.add(folder);
    try {
        for (const name of ["contexts", "cli-plugins"]) link(name, folder);
        fs.writeFileSync(
            path.join(folder, "config.json"),
            JSON.stringify(configurationWith(logins, pullsFrom)),
            { mode: 0o600 },
        );
        return await work({ folder, env: environment(folder) });
    } finally {
        remove(folder);
        inUse.delete(folder);
    }
}

function remove(folder: string): void {
    fs.rmSync(folder, { recursive: true, force: true });
}

/** The user's configuration with other logins. */
function configurationWith(logins: readonly ServerLogin[], pullsFrom: (server: string) => boolean): object {
    const config = readDockerConfig();
    const given = loginsOfEnvironment() ?? {};
    const servers = [dockerHub, ...logins.map(({ server }) => server)];
    const needed = Object.entries({ ...config.auths, ...given }).filter(
        ([key]) => servers.includes(serverOf(key)) || pullsFrom(serverOf(key)),
    );
    const auths = logins.flatMap(({ server, username, password }) => {
        if (username === undefined || password === undefined) return [];
        return [
            [keyOf(server), { auth: Buffer.from(`${username}:${password}`).toString("base64") }] as const,
        ];
    });
    const first = [...Object.keys(given).map((key) => keyOf(serverOf(key))), ...auths.map(([key]) => key)];
    return {
        ...config,
        auths: { ...Object.fromEntries(needed), ...Object.fromEntries(auths) },
        // Where there is a helper, docker/cli looks at no `auths`, unless the server has this for a helper of its own.
        ...(first.length > 0 && {
            credHelpers: { ...config.credHelpers, ...Object.fromEntries(first.map((key) => [key, ""])) },
        }),
    };
}

function environment(folder: string): NodeJS.ProcessEnv {
    const users = dockerConfigFolder();
    return {
        DOCKER_CONFIG: folder,
        DOCKER_AUTH_CONFIG: undefined,
        // The same content is to be the same image, in whichever shell and from whichever commit.
        DOCKER_DEFAULT_PLATFORM: undefined,
        BUILDX_GIT_LABELS: undefined,
        BUILDX_CONFIG: process.env["BUILDX_CONFIG"] || path.resolve(users, "buildx"),
        // With TLS, Docker looks for its certificates beside its configuration.
        ...(process.env["DOCKER_TLS_VERIFY"] && {
            DOCKER_CERT_PATH: process.env["DOCKER_CERT_PATH"] || path.resolve(users),
        }),
    };
}

function link(name: string, folder: string): void {
    const target = path.resolve(dockerConfigFolder(), name);
    // A junction is the link to a folder that Windows lets everybody make; elsewhere it means nothing.
    if (fs.existsSync(target)) fs.symlinkSync(target, path.join(folder, name), "junction");
}

function sweep(home: string): void {
    for (const name of fs.readdirSync(home)) {
        if (!isRunning(parseInt(name))) remove(path.join(home, name));
    }
}
