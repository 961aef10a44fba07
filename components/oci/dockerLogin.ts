import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as v from "valibot";
import { Problem, type ProblemParts } from "../problem.ts";
import { readDocument } from "./documents.ts";

/** Who logs in to a registry, and with what. */
export interface PasswordLogin {
    /** An account, or what the registry calls one. */
    readonly username: string;
    /** Secret. */
    readonly password: string;
}

/** What a registry takes for a user: a name and password, or the token that a login through a cloud has left. */
export type Login = PasswordLogin | { readonly username: string; readonly identityToken: string };

/** Where Docker keeps logins: with the credential helper of this name, or as plain text in its config.json. */
export type LoginStore = { readonly kind: "helper"; readonly name: string } | { readonly kind: "plain" };

/** Where Docker would keep a login to this server. */
export function loginStore(server: string): LoginStore {
    const helper = helperFor(server, readDockerConfig());
    return helper === undefined ? { kind: "plain" } : { kind: "helper", name: helper };
}

/**
 * The login that the environment has for a server, or else the one that `docker login` has left; undefined when there is
 * none. As with Docker, where a helper keeps logins, there is none but the helper's.
 *
 * @throws Problem when the helper that has it can't be asked.
 */
export async function readLogin(server: string): Promise<Login | undefined> {
    const given = loginIn(loginsOfEnvironment(), server);
    if (given !== undefined) return given;
    const config = readDockerConfig();
    const helper = helperFor(server, config);
    return helper === undefined ? loginIn(config.auths, server) : askHelper(helper, server);
}

function loginIn(auths: DockerConfig["auths"], server: string): Login | undefined {
    const entry = Object.entries(auths ?? {}).find(([key]) => serverOf(key) === server)?.[1];
    if (entry === undefined) return undefined;
    const { auth, identitytoken: identityToken } = entry;
    // What was written by hand may have both in the open, which Docker takes as well.
    const [username = "", ...password] = auth
        ? Buffer.from(auth, "base64").toString("utf8").split(":")
        : [entry.username, entry.password].flatMap((part) => part ?? []);
    if (identityToken) return { username, identityToken };
    return password.length === 0 ? undefined : { username, password: password.join(":") };
}

/** As GitLab's CI has them. Docker (from 28.3 on) prefers them to those in the file, and goes on without any that can't be read. */
export function loginsOfEnvironment(): DockerConfig["auths"] {
    return parseDockerConfig(process.env["DOCKER_AUTH_CONFIG"] ?? "{}").auths;
}

/** Docker's folder for its own settings. To Docker, a variable that is empty is as one that isn't set. */
export function dockerConfigFolder(): string {
    return process.env["DOCKER_CONFIG"] || path.join(os.homedir(), ".docker");
}

/** What is read of Docker's config.json; it has more, and keeps it. */
const DockerConfigSchema = v.looseObject({
    auths: v.nullish(
        v.record(
            v.string(),
            v.looseObject({
                auth: v.nullish(v.string()),
                username: v.nullish(v.string()),
                password: v.nullish(v.string()),
                identitytoken: v.nullish(v.string()),
            }),
        ),
    ),
    credsStore: v.nullish(v.string()),
    credHelpers: v.nullish(v.record(v.string(), v.string())),
});

export type DockerConfig = v.InferOutput<typeof DockerConfigSchema>;

/** Docker's config.json; empty when there is none. */
export function readDockerConfig(): DockerConfig {
    let text = "{}";
    try {
        text = fs.readFileSync(configFile(), "utf8");
    } catch {
        // Missing or unreadable: Docker goes on without it as well, and has no login then.
    }
    return parseDockerConfig(text);
}

/** The config.json that is there and that Docker, which goes on without, can't read. */
export function unreadableConfig(): string | undefined {
    const file = configFile();
    if (!fs.existsSync(file)) return undefined;
    return readDocument(DockerConfigSchema, fs.readFileSync(file, "utf8")) === undefined ? file : undefined;
}

/** A document as config.json is; empty when it is none. */
function parseDockerConfig(text: string): DockerConfig {
    return readDocument(DockerConfigSchema, text) ?? {};
}

/** Where Docker's own settings are, and the logins that no helper keeps. */
export function configFile(): string {
    return path.join(dockerConfigFolder(), "config.json");
}

function helperFor(server: string, { credHelpers, credsStore }: DockerConfig): string | undefined {
    const helper = credHelpers?.[keyOf(server)] ?? credsStore;
    return helper === "" ? undefined : (helper ?? undefined);
}

/** What logins to a server are kept under; those to Docker Hub have the name of its first API. */
export function keyOf(server: string): string {
    return server === "docker.io" ? "https://index.docker.io/v1/" : server;
}

/** The server that a key of `auths` stands for: itself, or the host of a URL in files of older Dockers. */
export function serverOf(key: string): string {
    return key === keyOf("docker.io") ? "docker.io" : key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

/** Some ask a cloud before they answer, and some ask the user. */
const helperSeconds = 20;

/** Asks by the protocol of docker-credential-helpers: the server in, a login or an error message out. */
function askHelper(helper: string, server: string): Promise<Login | undefined> {
    if (!/^[\w.-]+$/.test(helper)) {
        throw new Problem({
            wrong: `the credential helper for ${server} has a name that no program has`,
            found: JSON.stringify(helper),
            remedy: `name another in ${configFile()}, or none`,
        });
    }
    const program = `docker-credential-${helper}`;
    // On Windows, some are scripts that only a shell can start.
    const shell = process.platform === "win32";
    return new Promise((resolve, reject) => {
        const child = execFile(
            shell ? `${program} get` : program,
            shell ? [] : ["get"],
            { timeout: helperSeconds * 1000, windowsHide: true, shell },
            (error, stdout, stderr) => {
                const answer = readDocument(HelperAnswer, stdout);
                if (error === null && answer !== undefined) {
                    resolve(loginOf(answer));
                    return;
                }
                const said = `${stdout}\n${stderr}`;
                // The words of the helpers' own library, which Docker itself goes by.
                if (/credentials not found/i.test(said)) resolve(undefined);
                else reject(new Problem(helperProblem(program, server, error, said)));
            },
        );
        child.stdin?.on("error", () => undefined).end(keyOf(server));
    });
}

/** @param error none where it has answered, and nonsense. */
function helperProblem(
    program: string,
    server: string,
    error: (Error & { readonly code?: unknown; readonly killed?: unknown }) | null,
    said: string,
): ProblemParts {
    const [line = ""] = said.split("\n").filter((text) => text.trim() !== "");
    const failed = `${program}, which has Docker's login for ${server},`;
    const elsewhere = `or take it out of ${configFile()} and log in again`;
    const { code, killed } = error ?? {};
    if (code === "ENOENT") {
        return {
            wrong: `${failed} is not installed, or not on the PATH`,
            remedy: `install it, ${elsewhere}`,
        };
    }
    const reason =
        error === null
            ? "it answers with something else than a login"
            : killed === true
              ? `no answer in ${helperSeconds} seconds`
              : line.trim() || String(code);
    return {
        wrong: `${failed} fails (${reason})`,
        remedy: `see whether it works by itself, ${elsewhere}`,
    };
}

/** What a Docker command means that could not ask the helper; undefined where it says nothing of that. */
export function helperFault(said: string): { readonly wrong: string; readonly remedy: string } | undefined {
    const reason = /error getting credentials - err: (.*)/.exec(said)?.[1];
    if (reason === undefined) return undefined;
    const program = /docker-credential-[\w.-]+/.exec(reason)?.[0] ?? "the credential helper";
    const [fails, first] = reason.includes("executable file not found")
        ? ["is not installed, or not on the PATH", "install it"]
        : [`fails (${reason})`, "see whether it works by itself"];
    return {
        wrong: `${program}, which has Docker's logins, ${fails}`,
        remedy: `${first}, or take it out of ${configFile()}`,
    };
}

const HelperAnswer = v.object({ Username: v.string(), Secret: v.string() });

function loginOf({
    Username: username,
    Secret: secret,
}: v.InferOutput<typeof HelperAnswer>): Login | undefined {
    // Some answer with nothing in it where they have nothing.
    if (secret === "") return undefined;
    return username === "<token>" ? { username, identityToken: secret } : { username, password: secret };
}
