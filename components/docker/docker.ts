import { execFile } from "node:child_process";
import os from "node:os";
import { Problem } from "../problem.ts";

export interface DockerOptions {
    /** Goes to standard input: the place for everything that is secret. */
    readonly input?: string;
    readonly signal?: AbortSignal;
    readonly cwd?: string;
    /** @default 5, in which a Docker engine that is there answers any question */
    readonly seconds?: number;
}

/**
 * What a `docker` command prints. A failure is a `Problem`, and a {@link DockerError} where it got as far as Docker.
 *
 * (With Node's own means: each deployment asks Docker something, and to load execa takes longer than the answer.)
 */
export async function docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
    const { input = "", signal, cwd, seconds = 5 } = options;
    return new Promise((resolve, reject) => {
        const child = execFile(
            "docker",
            args,
            {
                ...{ cwd, env: environment(), maxBuffer: 2 ** 26 },
                ...{ signal, timeout: seconds * 1000, windowsHide: true },
            },
            (error, stdout, stderr) => {
                if (error === null) resolve(stdout);
                else reject(failure(args, error, stderr, seconds));
            },
        );
        // A command that ends before it has read everything says why by itself.
        child.stdin?.on("error", () => undefined).end(input);
    });
}

export interface StreamOptions {
    readonly cwd: string;
    readonly signal: AbortSignal;
    /** Variables besides those of this process; undefined takes one away. */
    readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a `docker` command that takes its time, and gives what it says line by line.
 *
 * @returns whether it succeeded.
 * @throws Problem when there is no Docker to run it, or it was interrupted.
 */
export async function streamDocker(
    args: readonly string[],
    { cwd, signal, env }: StreamOptions,
    line: (text: string) => void,
): Promise<boolean> {
    const { execa } = await import("execa");
    const child = execa("docker", args, {
        cwd,
        cancelSignal: signal,
        env: { ...environment(), ...env },
        extendEnv: false,
        stdin: "ignore",
        all: true,
        buffer: false,
        reject: false,
    });
    for await (const text of child.iterable({ from: "all" })) line(text);
    const { failed, isCanceled, code } = await child;
    if (isCanceled) throw new Problem({ wrong: `docker ${args[0] ?? ""} was interrupted` });
    if (code === "ENOENT") throw notInstalled();
    return !failed;
}

/** A `docker` command that was run, and failed; the message is what it said. */
export class DockerError extends Problem {}

/**
 * `docker compose` for one project, with the definition on standard input. Nothing else has a say in it: no file or
 * `.env` in the current folder, no variable.
 */
export async function compose(
    project: string,
    definition: string,
    args: readonly string[],
    options: Omit<DockerOptions, "input"> = {},
): Promise<string> {
    const global = [
        "--project-name",
        project,
        "--env-file",
        os.devNull,
        "--progress",
        "quiet",
        "--file",
        "-",
    ];
    return docker(["compose", ...global, ...args], { ...options, input: definition });
}

function environment(): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("COMPOSE_")));
}

interface Failure extends Error {
    readonly code?: string | number | null;
    readonly killed?: boolean;
}

function failure(args: readonly string[], error: Failure, stderr: string, seconds: number): Error {
    const command = `docker ${args[0] ?? ""}`;
    if (error.name === "AbortError") return new Problem({ wrong: `${command} was interrupted` });
    if (error.code === "ENOENT") return notInstalled();
    if (error.killed === true) {
        return new Problem({
            wrong: `Docker did not answer ${command} within ${seconds} seconds`,
            remedy: `see whether \`docker version\` works, start or restart Docker and run this again`,
        });
    }
    const said = stderr.trim();
    const unreachable = engineProblem(said);
    if (unreachable !== undefined) return unreachable;
    if (
        /'compose' is not a docker command|unknown command: docker compose|unknown shorthand flag|unknown flag: --project-name/.test(
            said,
        )
    ) {
        return new Problem({
            wrong: "Docker has no compose command",
            remedy: "install Docker Compose 2 (https://docs.docker.com/compose/install/)",
        });
    }
    return new DockerError({ wrong: said === "" ? `${command} failed: ${error.message}` : said });
}

function notInstalled(): Problem {
    return new Problem({
        wrong: "Docker is not installed: there is no docker command on PATH",
        remedy: "install it (https://docs.docker.com/get-docker/)",
    });
}

/** Why the engine can't be asked, by what a `docker` command says about it; undefined when that is not the fault. */
export function engineProblem(said: string): Problem | undefined {
    if (/permission denied.*(docker API|Docker daemon)/is.test(said)) {
        return new Problem({
            wrong: "Docker does not let you in (permission denied on its socket)",
            remedy:
                "join the docker group " +
                "(`sudo usermod -aG docker $USER`, then log in again) or run this as a user who may",
        });
    }
    if (
        /cannot connect to the docker daemon|error during connect|failed to connect to the docker API/i.test(
            said,
        )
    ) {
        return new Problem({
            wrong: `Docker is not running (${lastLine(said)})`,
            remedy: `start it, or set DOCKER_HOST or \`docker context use\` to one that is, and run this again`,
        });
    }
    return undefined;
}

function lastLine(text: string): string {
    return text.split("\n").at(-1) ?? "";
}
