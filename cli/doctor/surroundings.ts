import * as fs from "node:fs";
import * as os from "node:os";
import type { FoundationConfig } from "../../components/config.ts";
import { Problem, type ProblemParts } from "../../components/problem.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { readServices, type Service } from "../../components/workspace/services.ts";
import { readEnv } from "../../components/workspace/env.ts";
import { ask } from "../../components/docker/ask.ts";
import { currentBuilder, type Builder } from "../../components/docker/builder.ts";
import { askEngine } from "../../components/docker/engine.ts";
import { imageStore, type ImageStore } from "../../components/docker/images.ts";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../components/oci/client.ts";
import { readLogin, unreadableConfig, type Login } from "../../components/oci/dockerLogin.ts";
import { ask as askHttp } from "../../components/oci/transport.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import { reachRemedy } from "../status/askRegistry.ts";
import { platformProblem } from "../status/platform.ts";
import { environmentWarnings } from "../status/warnings.ts";
import { checkBases } from "./bases.ts";
import { checkAbility, checkBuild } from "./build.ts";
import { fail, failed, ok, warn, type Check, type Outcome } from "./check.ts";
import { checkFolders } from "./folders.ts";
import { checkLock } from "./lock.ts";
import { isFree } from "./ports.ts";
import { checkProxy } from "./proxy.ts";
import { checkSources } from "./sources.ts";

/** What the project meets on this machine: ports, the login, the disk, and the traps. */
export function surroundingChecks(
    clone: Clone,
    manifest: Manifest | Problem,
    config: FoundationConfig | Problem,
): readonly Check[] {
    const { root } = clone;
    return [
        ...(config instanceof Problem
            ? configurationChecks(clone, config)
            : [
                  {
                      title: "Sources",
                      look: () => Promise.resolve(checkSources(clone, config, manifest)),
                  },
                  ...portChecks(config, manifest),
              ]),
        ...(manifest instanceof Problem ? [] : [{ title: "Login", look: () => checkLogin(manifest) }]),
        ...(clone.ownProject === undefined ? [] : lockChecks(clone.ownProject)),
        { title: "Folders", look: () => Promise.resolve(checkFolders(clone, manifest)) },
        { title: "Disk", look: () => checkDisk(root) },
        { title: "Builder", look: () => checkBuilder(clone, manifest) },
        ...(config instanceof Problem ? [] : buildChecks(config, manifest)),
        { title: "Shell", look: () => Promise.resolve(checkShell(manifest)) },
        { title: "Proxy", look: () => Promise.resolve(checkProxy()) },
        ...(config instanceof Problem ? [] : [{ title: "Base", look: () => checkBases(root, config) }]),
    ];
}

function lockChecks(project: string): readonly Check[] {
    return [{ title: "Lock", look: () => Promise.resolve(checkLock(project)) }];
}

/** Where there is no project, there is none to be configured. */
function configurationChecks({ ownProject }: Clone, problem: Problem): readonly Check[] {
    if (ownProject === undefined) return [];
    return [{ title: "Configuration", look: () => Promise.resolve(failed(problem)) }];
}

function portChecks(
    { registry, pullPort, pushPort }: FoundationConfig,
    manifest: Manifest | Problem,
): readonly Check[] {
    if (registry !== "local") return [];
    const look = async (port: number, key: string) => {
        const outcome = await checkPort(port, key);
        if (outcome.state !== "ok" || !(manifest instanceof Problem)) return outcome;
        return warn(
            `${port} has a registry that another clone, or another repository, has made: nothing was published from here`,
            `run \`pulumi destroy\` there; or deploy a stack of another name here, with \`pulumi config set ${key} <port>\``,
        );
    };
    return [
        { title: "Port to pull", look: () => look(pullPort, "pullPort") },
        { title: "Port to push", look: () => look(pushPort, "pushPort") },
    ];
}

function buildChecks(
    { registry, pushPort, builder, attest, images }: FoundationConfig,
    manifest: Manifest | Problem,
): readonly Check[] {
    const platforms = images.map((image) => image.platforms);
    const able = { title: "Ability", look: () => checkAbility({ builder, attest, platforms }) };
    // Before the first deployment there is no registry to be reached.
    if (manifest instanceof Problem) return [able];
    const server = registry === "local" ? `localhost:${pushPort}` : manifest.registry.server;
    return [able, { title: "Build", look: () => checkBuild(builder, server) }];
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
        `stop it, or choose another port: \`pulumi config set ${key} <port>\``,
    );
}

async function checkLogin({ registry: { server, kind }, images }: Manifest): Promise<Outcome> {
    let login: Login | undefined;
    try {
        login = await readLogin(server);
        const client = new RegistryClient(server, login, AbortSignal.timeout(3000));
        const platform = await askEngine((engine) => Promise.resolve(engine.platform));
        const found = await Promise.all(
            Object.entries(images).map(async ([name, { reference, digest }]) => {
                // By the tag, as Compose asks for it; a registry may have the image without.
                const { repository, tag = digest } = parseReference(reference);
                return { name, platforms: (await client.image(repository, tag, platform))?.platforms };
            }),
        );
        const missing = found.filter(({ platforms }) => platforms === undefined);
        if (missing.length > 0) {
            const names = missing.map(({ name }) =>
                found.length === 1 ? "the foundation" : `the foundation ${name}`,
            );
            return fail(`${server} accepts it, but doesn't have ${names.join(", ")}`, publishAgain);
        }
        const foreign = found.flatMap(
            ({ name, platforms = [] }) => platformProblem(name, platforms, platform) ?? [],
        );
        if (foreign.length === 0) return ok(`${server} lets ${login?.username ?? "anybody"} pull`);
        return warn(
            foreign.map(({ wrong }) => wrong).join("; "),
            foreign.map(({ remedy }) => remedy).join("; "),
        );
    } catch (error) {
        if (error instanceof LoginRefused) {
            const broken = unreadableConfig();
            if (broken !== undefined) {
                return fail(
                    `${broken} is not what Docker can read`,
                    "fix it, or move it away and log in again",
                );
            }
            return login === undefined
                ? fail(`none for ${server}`, "log in with `foundation login`")
                : fail(error.message, "get the current one with `foundation login`");
        }
        if (error instanceof RegistrySilent) {
            const { wrong, remedy = reachRemedy(kind) } = error.parts;
            return fail(wrong, remedy);
        }
        if (error instanceof Problem) return failed(error);
        throw error;
    }
}

const publishAgain = "publish it again with `pulumi config set rebuild <a new text>` and `pulumi up`";
const gigabyte = 1e9;

/** Whether there is room, where there is least of it. */
export async function checkDisk(root: string): Promise<Outcome> {
    const store = (await ask(["info", "--format", "{{.DockerRootDir}}"]).catch(() => "")).trim();
    // Docker's own folder may be on another machine, or in one of Docker Desktop's.
    const folders = [...new Set([root, os.tmpdir(), ...(fs.existsSync(store) ? [store] : [])])];
    const [least] = folders
        .map((folder) => ({ folder, free: freeBytes(folder) }))
        .sort((one, other) => one.free - other.free);
    if (least === undefined) return ok("");
    const detail = `${(least.free / gigabyte).toFixed(1)} GB free in ${least.folder}`;
    const isDockers = fs.existsSync(store) && deviceOf(store) === deviceOf(least.folder);
    const remedy = isDockers ? "make room, for instance with `docker builder prune`" : "make room there";
    if (least.free < gigabyte) return fail(detail, remedy);
    return least.free < 5 * gigabyte ? warn(detail, remedy) : ok(detail);
}

function deviceOf(folder: string): number {
    return fs.statSync(folder).dev;
}

function freeBytes(folder: string): number {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
}

async function checkBuilder(clone: Clone, manifest: Manifest | Problem): Promise<Outcome> {
    const [folder = "foundation"] = manifest instanceof Problem ? [] : clone.folders;
    const [builder, store] = await Promise.all([
        currentBuilder(readEnv(clone.root, folder)),
        askEngine(imageStore),
    ]);
    return builderOutcome(builder, store, manifest instanceof Problem ? [] : readServices(clone));
}

/** Whether what is built on a foundation of one's own gets that one. */
export function builderOutcome(
    { name, driver }: Builder,
    store: ImageStore,
    services: readonly Pick<Service, "folder" | "uses">[],
): Outcome {
    if (driver !== "docker") {
        return warn(
            `"${name}" (${driver}) can't see local images, so a foundation of your own would be ignored`,
            'run `docker buildx use "$(docker context show)"`',
        );
    }
    const ignoring = services
        .filter(
            ({ uses }) => store === "containerd" && [...uses.values()].some(({ form }) => form === "image"),
        )
        .map(({ folder }) => folder);
    if (ignoring.length === 0) return ok(`${name} with the ${store} image store, which sees local images`);
    return warn(
        `${name} sees local images, but with the containerd image store a foundation of your own would be ignored by ${[...new Set(ignoring)].join(", ")}`,
        "`pulumi config set contexts service`, and `pulumi up`",
    );
}

function checkShell(manifest: Manifest | Problem): Outcome {
    const foundations = manifest instanceof Problem ? ["foundation"] : Object.keys(manifest.images);
    const found: readonly ProblemParts[] = [
        ...environmentWarnings(foundations),
        ...(process.env["BUILDX_BUILDER"] === undefined
            ? []
            : [
                  {
                      wrong: "BUILDX_BUILDER outranks the builder that the emitted .env chooses",
                      remedy: "run `unset BUILDX_BUILDER`",
                  },
              ]),
        ...(process.env["DOCKER_BUILDKIT"] === "0"
            ? [
                  {
                      wrong: "DOCKER_BUILDKIT=0 chooses a builder without named contexts",
                      remedy: "run `unset DOCKER_BUILDKIT`",
                  },
              ]
            : []),
    ];
    if (found.length === 0) return ok("sets nothing that gets in the way");
    return fail(
        found.map(({ wrong }) => wrong).join("; "),
        found.map(({ remedy = "" }) => remedy).join(", "),
    );
}
