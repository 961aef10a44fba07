import { spawn } from "node:child_process";
import type { Agent } from "node:http";
import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { http } from "../http.ts";
import { Problem } from "../problem.ts";
import { mustAnswer } from "./ask.ts";

/** For one answer, and still within the five seconds in which every command has to say something. */
const patienceMs = 3000;

/** An engine that answers. What it says no to is a `Problem`, with its own words. */
export interface Engine {
    /** What it pulls, builds and runs, such as `linux/arm64`. */
    readonly platform: string;
    /** Its answer to a path of its API, such as `/info`, as the schema has it. */
    readonly get: <Schema extends v.GenericSchema>(
        path: string,
        schema: Schema,
    ) => Promise<v.InferOutput<Schema>>;
    /** As `get`, of something that may be gone (404): undefined. */
    readonly find: <Schema extends v.GenericSchema>(
        path: string,
        schema: Schema,
    ) => Promise<v.InferOutput<Schema> | undefined>;
}

/**
 * Questions to the engine's API, over one connection. `docker system dial-stdio` makes it, wherever the current context
 * has the engine: a socket, a named pipe, TCP with TLS or a host behind SSH. Node's own client speaks HTTP on it.
 * (The command line answers less, such as nothing of an image's manifests, and takes a process for each history.)
 *
 * @throws Problem where there is no engine, or where it doesn't answer.
 */
export async function askEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    const child = spawn("docker", ["system", "dial-stdio"], { windowsHide: true });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
    // One that can't be started breaks the connection off as well.
    child.on("error", () => undefined);
    const agent = new OneConnection(Duplex.from({ readable: child.stdout, writable: child.stdin }));
    try {
        const { ApiVersion, Os, Arch } = read("/version", await send(agent, "/version"), versionSchema);
        const ask = (path: string) => send(agent, `/v${ApiVersion}${path}`);
        return await work({
            platform: process.env["DOCKER_DEFAULT_PLATFORM"]?.replace(/\/v8$/, "") || `${Os}/${Arch}`,
            get: async (path, schema) => read(path, await ask(path), schema),
            find: async (path, schema) => {
                const answer = await ask(path);
                return answer.status === 404 ? undefined : read(path, answer, schema);
            },
        });
    } catch (error) {
        if (!(error instanceof BrokenOff)) throw error;
        // Tells whether there is an engine at all, and if not, why.
        await mustAnswer(["version", "--format", "{{.Server.Version}}"]);
        throw new Problem({
            wrong: `Docker broke the connection off (${said.trim() || error.message})`,
            remedy,
        });
    } finally {
        agent.destroy();
        // What it has started in turn, such as ssh, may hold this open for longer.
        child.stderr.destroy();
        child.kill();
    }
}

const remedy = "see whether `docker info` works by itself";
const versionSchema = v.object({ ApiVersion: v.string(), Os: v.string(), Arch: v.string() });

class BrokenOff extends Error {}

/** Sends one request after the other on a connection that is there already. */
class OneConnection extends http.Agent {
    readonly #connection: Duplex;

    constructor(connection: Duplex) {
        super({ keepAlive: true, maxSockets: 1 });
        this.#connection = connection;
    }

    override createConnection(): Duplex {
        return this.#connection;
    }

    // Those of the base class are for sockets, and this is two pipes.
    override keepSocketAlive(): boolean {
        return true;
    }

    override reuseSocket(): void {
        return;
    }

    override destroy(): void {
        this.#connection.destroy();
        super.destroy();
    }
}

function read<Schema extends v.GenericSchema>(
    path: string,
    { status, body }: Answer,
    schema: Schema,
): v.InferOutput<Schema> {
    const answer = v.safeParse(v.pipe(v.string(), v.parseJson()), body);
    if (status !== 200) {
        const { success, output } = v.safeParse(v.object({ message: v.string() }), answer.output);
        const reason = success ? output.message : body.trim();
        throw new Problem({ wrong: `Docker answers ${path} with ${status} (${reason})`, remedy });
    }
    const { success, output, issues } = v.safeParse(schema, answer.output);
    if (success) return output;
    throw new Problem({ wrong: `Docker's answer to ${path} makes no sense (${issues[0].message})`, remedy });
}

interface Answer {
    readonly status: number | undefined;
    readonly body: string;
}

function send(agent: Agent, path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined;
        const fail = (error: Error): void => {
            clearTimeout(timer);
            reject(error instanceof Problem ? error : new BrokenOff(error.message));
        };
        const request = http.get({ agent, host: "docker", path }, (response) => {
            text(response).then((body) => {
                clearTimeout(timer);
                resolve({ status: response.statusCode, body });
            }, fail);
        });
        request.on("error", fail);
        // Before, it waits for the requests in front of it.
        request.on("socket", () => {
            timer = setTimeout(() => {
                request.destroy(
                    new Problem({
                        wrong: `Docker did not answer ${path} within ${patienceMs / 1000} seconds`,
                        remedy: "see whether `docker version` works, start or restart Docker and run this again",
                    }),
                );
            }, patienceMs);
        });
    });
}
