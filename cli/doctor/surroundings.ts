import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { mainImage, type FoundationConfig } from "../../components/config.ts";
import { Problem } from "../../components/problem.ts";
import {
    appFolders,
    readWorkspace,
    remedyForMissing,
    type Workspace,
} from "../../components/workspace/emitted.ts";
import { readEnv } from "../../components/workspace/env.ts";
import { basesOf } from "../../components/workspace/bases.ts";
import { ask } from "../../components/docker/ask.ts";
import { currentBuilder, type Builder } from "../../components/docker/builder.ts";
import { askEngine } from "../../components/docker/engine.ts";
import { imageStore, type ImageStore } from "../../components/docker/images.ts";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../components/oci/client.ts";
import { readLogin } from "../../components/oci/dockerLogin.ts";
import { ask as askHttp } from "../../components/oci/transport.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { platformProblem } from "../status/platform.ts";
import { environmentWarnings } from "../status/warnings.ts";
import { checkBuild } from "./build.ts";
import { fail, failed, ok, warn, type Check, type Outcome } from "./check.ts";
import { checkProxy } from "./proxy.ts";

/** What the project meets on this machine: ports, the login, the disk, and the traps. */
export function surroundingChecks(
    root: string,
    emitted: Emitted | Problem,
    config: FoundationConfig | Problem,
): readonly Check[] {
    return [
        ...(config instanceof Problem
            ? [{ title: "Configuration", look: () => Promise.resolve(failed(config)) }]
            : portChecks(config)),
        { title: "Emitted files", look: () => Promise.resolve(checkEmitted(root, emitted)) },
        ...(emitted instanceof Problem ? [] : [{ title: "Login", look: () => checkLogin(emitted) }]),
        { title: "Disk", look: () => checkDisk(root) },
        { title: "Builder", look: () => checkBuilder(root) },
        ...(config instanceof Problem ? [] : buildChecks(config, emitted)),
        { title: "Shell", look: () => Promise.resolve(checkShell()) },
        { title: "Proxy", look: () => Promise.resolve(checkProxy()) },
        ...(config instanceof Problem
            ? []
            : [{ title: "Base", look: () => Promise.resolve(checkBase(root, config)) }]),
    ];
}

function portChecks({ registry, pullPort, pushPort }: FoundationConfig): readonly Check[] {
    if (registry !== "local") return [];
    return [
        { title: "Port to pull", look: () => checkPort(pullPort, "pullPort") },
        { title: "Port to push", look: () => checkPort(pushPort, "pushPort") },
    ];
}

function buildChecks(
    { registry, pushPort, builder }: FoundationConfig,
    emitted: Emitted | Problem,
): readonly Check[] {
    // Before the first deployment there is no registry to be reached.
    if (emitted instanceof Problem) return [];
    const server = registry === "local" ? `localhost:${pushPort}` : parseReference(emitted.image).server;
    return [{ title: "Build", look: () => checkBuild(builder, server) }];
}

/** Whether they are there, and read. */
export function checkEmitted(root: string, emitted: Emitted | Problem): Outcome {
    if (emitted instanceof Problem) return failed(emitted);
    const folders = ["foundation", ...appFolders(root)];
    const lacking = folders.flatMap((folder) => readWorkspace(root, folder).problem ?? []);
    if (lacking.length > 0) {
        const places = lacking.map((problem) => problem.slice(0, problem.indexOf(";"))).join(", ");
        return fail(places, remedyForMissing);
    }
    const misled = folders.filter((folder) => {
        const { COMPOSE_FILE: files, COMPOSE_PATH_SEPARATOR: separator = path.delimiter } =
            readEnv(root, folder) ?? {};
        return files !== undefined && !files.split(separator).some(isOurs);
    });
    if (misled.length === 0) return ok(`of stack ${emitted.stack}`);
    const places = misled.map((folder) => `${folder}/.env`).join(", ");
    return fail(
        `COMPOSE_FILE makes Compose read other files than the emitted compose.yaml, by ${places}`,
        "remove its line there, or name compose.yaml in it, too",
    );
}

function isOurs(file: string): boolean {
    return path.normalize(file.trim()) === "compose.yaml";
}

/** Whose a port is. */
export async function checkPort(port: number, key: string): Promise<Outcome> {
    const signal = AbortSignal.timeout(2000);
    try {
        const url = new URL(`http://127.0.0.1:${port}/v2/`);
        const response = await askHttp({ method: "GET", url, headers: {} }, signal);
        // The realm that our registries have.
        if ((response.headers.get("www-authenticate") ?? "").includes('realm="foundation"')) {
            return ok(`${port}, the registry answers`);
        }
    } catch {
        // A stranger that doesn't speak HTTP would mostly say something, or hang up.
        if (signal.aborted) {
            return fail(
                `${port} does not answer: what has the port is paused or busy, be it the registry or another program`,
                `see which with \`docker ps --filter publish=${port}\`, and \`docker unpause\` or restart it`,
            );
        }
        if (await isFree(port)) {
            return warn(
                `${port} is free: the registry doesn't run`,
                "start it with `pulumi up`, or `npm start`",
            );
        }
    }
    return fail(
        `${port} belongs to another program`,
        `end that, or choose another port: pulumi config set ${key} <port>`,
    );
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => {
            resolve(false);
        });
        server.listen(port, "127.0.0.1", () =>
            server.close(() => {
                resolve(true);
            }),
        );
    });
}

async function checkLogin({ image, digest }: Emitted): Promise<Outcome> {
    const { server, repository } = parseReference(image);
    try {
        const login = await readLogin(server);
        if (login === undefined) return fail(`none for ${server}`, "log in with `foundation login`");
        const client = new RegistryClient(server, login, AbortSignal.timeout(3000));
        const platform = await askEngine((engine) => Promise.resolve(engine.platform));
        const image = await client.image(repository, digest, platform);
        if (image === undefined) {
            return fail(
                `${server} takes it, and doesn't have the foundation`,
                "publish it again with `pulumi config set rebuild <a new text>` and `pulumi up`",
            );
        }
        if (image.platforms.includes(platform)) return ok(`${server} lets ${login.username} pull`);
        const { wrong, remedy } = platformProblem(image.platforms, platform);
        return warn(wrong, remedy);
    } catch (error) {
        if (error instanceof LoginRefused)
            return fail(error.message, "get the current one with `foundation login`");
        if (error instanceof RegistrySilent) {
            const { wrong, remedy = "see whether the registry is up and can be reached" } = error.parts;
            return fail(wrong, remedy);
        }
        if (error instanceof Problem) return failed(error);
        throw error;
    }
}

const gigabyte = 1e9;

async function checkDisk(root: string): Promise<Outcome> {
    const store = (await ask(["info", "--format", "{{.DockerRootDir}}"]).catch(() => "")).trim();
    // Docker's own folder may be on another machine, or in one of Docker Desktop's.
    const folders = [...new Set([root, os.tmpdir(), ...(fs.existsSync(store) ? [store] : [])])];
    const [least] = folders
        .map((folder) => ({ folder, free: freeBytes(folder) }))
        .sort((one, other) => one.free - other.free);
    if (least === undefined) return ok("");
    const detail = `${(least.free / gigabyte).toFixed(1)} GB free in ${least.folder}`;
    const remedy = "make room, for instance with `docker builder prune`";
    if (least.free < gigabyte) return fail(detail, remedy);
    return least.free < 5 * gigabyte ? warn(detail, remedy) : ok(detail);
}

function freeBytes(folder: string): number {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
}

async function checkBuilder(root: string): Promise<Outcome> {
    const [builder, store] = await Promise.all([
        currentBuilder(readEnv(root, "foundation")),
        askEngine(imageStore),
    ]);
    return builderOutcome(
        builder,
        store,
        appFolders(root).map((folder) => readWorkspace(root, folder)),
    );
}

/** Whether what is built on a foundation of one's own gets that one. */
export function builderOutcome(
    { name, driver }: Builder,
    store: ImageStore,
    workspaces: readonly Pick<Workspace, "folder" | "contexts">[],
): Outcome {
    if (driver !== "docker") {
        return warn(
            `"${name}" (${driver}) can't see local images, so a foundation of your own would be ignored`,
            'docker buildx use "$(docker context show)"',
        );
    }
    const ignoring = workspaces.filter(({ contexts }) => contexts === "image" && store === "containerd");
    if (ignoring.length === 0) return ok(`${name} with the ${store} image store, which sees local images`);
    return warn(
        `${name} sees local images, but with the containerd image store a foundation of your own would be ignored by ${ignoring.map(({ folder }) => folder).join(", ")}`,
        "pulumi config set contexts service, and pulumi up",
    );
}

function checkShell(): Outcome {
    const found = [
        ...environmentWarnings(),
        ...(process.env["BUILDX_BUILDER"] === undefined
            ? []
            : [
                  "BUILDX_BUILDER outranks the builder that the emitted .env chooses; run `unset BUILDX_BUILDER`",
              ]),
        ...(process.env["DOCKER_BUILDKIT"] === "0"
            ? ["DOCKER_BUILDKIT=0 chooses a builder without named contexts; run `unset DOCKER_BUILDKIT`"]
            : []),
    ].map((text) => text.split("; run "));
    if (found.length === 0) return ok("sets nothing that gets in the way");
    return fail(found.map(([what]) => what).join("; "), found.map(([, remedy]) => remedy).join(", "));
}

function checkBase(root: string, config: FoundationConfig): Outcome {
    const floating = basesOf(root, mainImage(config)).filter((base) => !base.includes("@sha256:"));
    if (floating.length === 0) return ok("pinned by digest");
    return warn(
        `foundation/Dockerfile starts from ${floating.join(", ")}, which may be another image tomorrow`,
        `pin it: docker buildx imagetools inspect ${floating[0] ?? ""} shows the digest for @sha256:…`,
    );
}
