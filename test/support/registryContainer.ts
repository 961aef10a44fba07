import { execFile, execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { stringify } from "yaml";
import type { Certificates } from "../azure/certificates.ts";

const run = promisify(execFile);
const folder = "/etc/distribution";

/** A real `registry:3` on this machine, until it is stopped. */
export interface RegistryContainer {
    /** `localhost:<port>`, or another address of this machine. */
    readonly host: string;
    stop(): Promise<void>;
}

/**
 * Starts one, with TLS where it gets a certificate.
 *
 * @param auth the registry's own `auth` setting; files in it lie in `/etc/distribution`.
 * @param files what lies there besides the certificate, by name.
 * @param address of this machine, where it listens instead of the loopback.
 * @param storage the registry's own `storage` setting, besides where that is.
 */
export async function startRegistry(
    certificates: Certificates | undefined,
    auth: object,
    files: Readonly<Record<string, string>> = {},
    address?: string,
    storage: object = {},
): Promise<RegistryContainer> {
    const name = `foundation-test-${randomBytes(6).toString("hex")}`;
    const removal = ["rm", "--force", "--volumes", name];
    const atExit = () => {
        execFileSync("docker", removal, { stdio: "ignore" });
    };
    process.once("exit", atExit);
    await run("docker", [
        ...["create", "--name", name, "--env", "OTEL_TRACES_EXPORTER=none"],
        ...["--publish", `${address ?? "127.0.0.1"}::5000`, "registry:3"],
    ]);
    const config = stringify({
        version: 0.1,
        storage: { filesystem: { rootdirectory: "/var/lib/registry" }, ...storage },
        http: {
            addr: ":5000",
            ...(certificates && { tls: { certificate: `${folder}/cert.pem`, key: `${folder}/key.pem` } }),
        },
        auth,
    });
    const all = {
        ...files,
        "config.yml": config,
        ...(certificates && { "cert.pem": certificates.certificate, "key.pem": certificates.key }),
    };
    const local = await mkdtemp(join(tmpdir(), "registry-"));
    try {
        for (const [file, text] of Object.entries(all)) await writeFile(join(local, file), text);
        await run("docker", ["cp", `${local}/.`, `${name}:${folder}`]);
    } finally {
        await rm(local, { recursive: true });
    }
    await run("docker", ["start", name]);
    const { stdout } = await run("docker", ["port", name, "5000/tcp"]);
    const host = `${address ?? "localhost"}:${stdout.trim().split("\n", 1)[0]?.split(":").pop() ?? ""}`;
    await untilItAnswers(`${certificates === undefined ? "http" : "https"}://${host}/v2/`);
    return {
        host,
        async stop() {
            process.off("exit", atExit);
            await run("docker", removal);
        },
    };
}

async function untilItAnswers(url: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
        try {
            await fetch(url);
            return;
        } catch (error) {
            if (Date.now() > deadline) throw new Error(`${url} did not answer`, { cause: error });
            await delay(100);
        }
    }
}

/**
 * Puts an image without layers under the tag.
 *
 * @returns its digest.
 */
export async function pushImage(
    host: string,
    repository: string,
    tag: string,
    authorization: string,
): Promise<string> {
    const base = `https://${host}/v2/${repository}`;
    const send = async (method: string, url: string, body: string, type: string): Promise<Response> => {
        const headers = { authorization, "content-type": type };
        const response = await fetch(url, { method, headers, ...(body !== "" && { body }) });
        if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
        return response;
    };
    const config = JSON.stringify({
        architecture: "amd64",
        os: "linux",
        rootfs: { type: "layers", diff_ids: [] },
        history: [{ created_by: `LABEL tag=${tag}`, empty_layer: true }],
    });
    const { headers } = await send("POST", `${base}/blobs/uploads/`, "", "text/plain");
    const upload = new URL(headers.get("location") ?? "", `https://${host}`);
    upload.searchParams.set("digest", digestOf(config));
    await send("PUT", upload.href, config, "application/octet-stream");
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: {
            mediaType: "application/vnd.oci.image.config.v1+json",
            digest: digestOf(config),
            size: Buffer.byteLength(config),
        },
        layers: [],
    });
    await send("PUT", `${base}/manifests/${tag}`, manifest, mediaType);
    return digestOf(manifest);
}

function digestOf(text: string): string {
    return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
