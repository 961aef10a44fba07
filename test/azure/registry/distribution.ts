import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { stringify } from "yaml";
import type { Signer } from "../signer.ts";

const run = promisify(execFile);
const image = "registry:3";

/** The label of a container that says which login server it is behind. */
export const label = "foundation-image.fake-azure.login-server";

const startSeconds = 20;

export interface DistributionOptions {
    /** The host that clients know, in challenges and in the locations of uploads. */
    readonly host: string;
    readonly signer: Signer;
}

/** A real registry in a container, which believes the tokens of one signer. */
export class Distribution {
    /** Where it listens, in plain HTTP, for the proxy in front of it. */
    readonly port: number;
    readonly #container: string;
    readonly #removeAtExit: () => void;

    private constructor(container: string, port: number, removeAtExit: () => void) {
        this.#container = container;
        this.port = port;
        this.#removeAtExit = removeAtExit;
    }

    static async start(options: DistributionOptions): Promise<Distribution> {
        const container = `fake-azure-${randomBytes(6).toString("hex")}`;
        // For a test that ends without stopping what it started: nothing asynchronous runs any more.
        const removeAtExit = () => {
            execFileSync("docker", removal(container), { stdio: "ignore" });
        };
        process.once("exit", removeAtExit);
        const labels = ["--label", `${label}=${options.host}`];
        const environment = ["--env", "OTEL_TRACES_EXPORTER=none"];
        await run("docker", [
            "create",
            "--name",
            container,
            ...labels,
            ...environment,
            "--publish",
            "127.0.0.1::5000",
            image,
        ]);
        await configure(container, options);
        await run("docker", ["start", container]);
        const { stdout } = await run("docker", ["port", container, "5000/tcp"]);
        const port = Number(stdout.trim().split("\n", 1)[0]?.split(":").pop());
        await answers(port);
        return new Distribution(container, port, removeAtExit);
    }

    async stop(): Promise<void> {
        process.off("exit", this.#removeAtExit);
        await run("docker", removal(this.#container));
    }
}

/** The volume that holds the images goes with the container. */
function removal(container: string): readonly string[] {
    return ["rm", "--force", "--volumes", container];
}

async function configure(container: string, { host, signer }: DistributionOptions): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "fake-azure-registry-"));
    try {
        const config = stringify({
            version: 0.1,
            log: { level: "warn", accesslog: { disabled: true } },
            storage: { filesystem: { rootdirectory: "/var/lib/registry" }, delete: { enabled: true } },
            http: { addr: ":5000", host: `https://${host}` },
            auth: {
                token: {
                    realm: `https://${host}/oauth2/token`,
                    service: host,
                    issuer: signer.issuer,
                    jwks: "/etc/distribution/jwks.json",
                    signingalgorithms: ["ES256"],
                },
            },
        });
        await writeFile(join(directory, "config.yml"), config);
        await writeFile(join(directory, "jwks.json"), JSON.stringify(signer.keys));
        await run("docker", ["cp", `${directory}/.`, `${container}:/etc/distribution`]);
    } finally {
        await rm(directory, { recursive: true });
    }
}

async function answers(port: number): Promise<void> {
    const deadline = Date.now() + startSeconds * 1000;
    for (;;) {
        try {
            await fetch(`http://127.0.0.1:${port}/v2/`);
            return;
        } catch (error) {
            if (Date.now() > deadline) {
                throw new Error(`the registry did not answer within ${startSeconds} s`, { cause: error });
            }
            await delay(50);
        }
    }
}
