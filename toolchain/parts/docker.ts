import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    addRelease,
    aptInstall,
    distribution,
    machineSources,
    mayInstall,
    type Distribution,
} from "../apt.ts";
import { cacheDirectory } from "../cacheFolders.js";
import { must, run, which } from "../command.ts";
import { Problem } from "../../components/problem.ts";
import { isAtLeast, MINIMUM_ENGINE } from "../../components/versions.js";
import type { Step } from "../report.ts";
import { provideCliPlugins } from "./cliPlugins.ts";

const LINK = "https://docs.docker.com/engine/install";

/** How long the engine may take; it first cleans up after containers that an unclean stop left behind. */
const START_LIMIT = 60_000;

/** What a shell that is not root's may lack. */
const SYSTEM_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin"].join(delimiter);

/** A Docker engine that runs, with a buildx and a Compose that are new enough. */
export async function provideDocker(step: Step) {
    const ways: string[] = [];
    const client = await run("docker", ["--version"]);
    let engine = await askEngine();
    if (client.code !== 0 || (engine.version === undefined && !findDaemon() && isLocal())) {
        await install(step, client.code !== 0 ? "Docker" : "the Docker engine");
        ways.push("installed with apt");
        engine = await askEngine();
    }
    ways.push(...(await provideCliPlugins(step)));
    if (engine.version === undefined) {
        ways.push(await start(step, engine.reason));
        engine = await askEngine();
    }
    if (engine.version === undefined)
        throw new Problem(`the Docker engine does not answer: ${engine.reason}`);
    if (!isAtLeast(engine.version, MINIMUM_ENGINE)) {
        throw new Problem(
            `Docker Engine ${engine.version} is too old: install ${MINIMUM_ENGINE} or newer, see ${LINK}`,
        );
    }
    return { title: `Docker ${engine.version}`, how: ways.join(", ") || "already here" };
}

/** Its version; none, and the reason, where it is down. */
async function askEngine(): Promise<{ readonly version?: string; readonly reason: string }> {
    const { code, stdout, output } = await run("docker", ["version", "--format", "{{.Server.Version}}"]);
    if (code === 0) return { version: stdout.trim(), reason: "" };
    if (/permission denied/i.test(output)) {
        throw new Problem(
            "this user may not use the Docker engine: run `sudo usermod -aG docker $USER` and log in again, or do this as root",
        );
    }
    return { reason: output.trim().split("\n").at(-1) ?? "" };
}

/** An engine on another machine is not ours to install or start. */
function isLocal() {
    return !process.env["DOCKER_HOST"] && !process.env["DOCKER_CONTEXT"];
}

/** The engine's full path. */
export function findDaemon(): string | undefined {
    return which("dockerd") ?? which("dockerd", SYSTEM_PATH);
}

async function install(step: Step, lacks: string) {
    const recipe = recipeFor(distribution());
    if (!recipe || !mayInstall()) {
        const forbidden =
            process.env["FOUNDATION_NO_INSTALL"] && recipe ? " (FOUNDATION_NO_INSTALL forbids it here)" : "";
        const root = recipe && !forbidden ? ", or do this as root to have it installed" : "";
        throw new Problem(`${lacks} is missing${forbidden}: install it, see ${LINK}${root}`);
    }
    step.announce(`${lacks} is missing: installing ${recipe.packages.join(", ")} with apt`);
    if (recipe.release) {
        const { codename } = distribution();
        const like = machineSources().find(
            (source) => source.suite === codename && source.components.includes("main"),
        );
        if (!like)
            throw new Problem(
                `apt has no ${codename} source to take Docker's place from: install Docker, see ${LINK}`,
            );
        step.announce(
            `they come from Debian ${recipe.release}, pinned to these packages; nothing else is upgraded`,
        );
        addRelease(recipe.release, recipe.packages, like);
    }
    step.doing("apt-get install");
    await aptInstall(recipe.packages);
}

interface Recipe {
    readonly packages: readonly string[];
    /** A newer Debian that they come from. */
    readonly release?: string;
}

/** Which packages make Docker with buildx and Compose. */
export function recipeFor({ id, codename }: Distribution): Recipe | undefined {
    const debian = ["docker.io", "docker-cli", "docker-compose", "docker-buildx"];
    // Bookworm's own is 20.10, which knows no named contexts.
    if (id === "debian" && codename === "bookworm") return { packages: debian, release: "trixie" };
    if (id === "debian" && !["buster", "bullseye"].includes(codename)) return { packages: debian };
    if (id === "ubuntu") return { packages: ["docker.io", "docker-compose-v2", "docker-buildx"] };
    return undefined;
}

/**
 * @param reason why the engine is taken to be down
 * @returns how it was started
 */
async function start(step: Step, reason: string): Promise<string> {
    const daemon = findDaemon();
    if (!isLocal() || !daemon) throw new Problem(`the Docker engine does not answer: start it (${reason})`);
    const root = process.getuid?.() === 0;
    const command = existsSync("/run/systemd/system") ? "systemctl start docker" : "dockerd";
    if (!root) throw new Problem(`the Docker engine is not running: start it with \`sudo ${command}\``);
    if (command !== "dockerd") {
        step.announce("the Docker engine is not running: systemctl start docker");
        await must("starting the Docker engine", "systemctl", ["start", "docker"]);
        return "started";
    }
    return startDaemon(step, daemon);
}

/** No init system runs here, as in a container, so nobody else would start it. */
async function startDaemon(step: Step, daemon: string): Promise<string> {
    removeStalePid("/var/run/docker.pid", "dockerd");
    removeStalePid("/var/run/docker/containerd/containerd.pid", "containerd");
    const log = join(cacheDirectory(), "dockerd.log");
    mkdirSync(cacheDirectory(), { recursive: true });
    const file = openSync(log, "w");
    const child = spawn(daemon, [], { detached: true, stdio: ["ignore", file, file] });
    closeSync(file);
    const ended = new AbortController();
    for (const event of ["error", "exit"]) {
        child.once(event, () => {
            ended.abort();
        });
    }
    step.announce(
        `the Docker engine is not running: starting dockerd (stop it with \`kill ${child.pid ?? ""}\`; log: ${log})`,
    );
    step.doing("starting dockerd");
    const deadline = Date.now() + START_LIMIT;
    while (Date.now() < deadline && !ended.signal.aborted) {
        if ((await askEngine()).version !== undefined) {
            child.unref();
            return "dockerd started";
        }
        await sleep(250);
    }
    const last = readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "";
    throw new Problem(`dockerd does not start: ${last} (${log})`);
}

/**
 * A machine that was switched off leaves its process ids behind. When another program has got one of them, the engine takes
 * it for itself and refuses to start.
 */
export function removeStalePid(file: string, program: string) {
    if (!existsSync(file)) return;
    const running = `/proc/${readFileSync(file, "utf8").trim()}/comm`;
    if (!existsSync(running) || !readFileSync(running, "utf8").startsWith(program)) rmSync(file);
}
