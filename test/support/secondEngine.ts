import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { which } from "../../toolchain/command.ts";
import { Problem } from "../../components/problem.ts";

/** What tests start containers and builds from. */
const IMAGES = ["debian:bookworm-slim", "registry:3"];

const PREFIX = "foundation-engine-";
const START_LIMIT = 60_000;
const END_LIMIT = 20_000;

/**
 * An engine beside the machine's own, with the containerd image store. Everything it has is its own: folder, containerd,
 * socket, bridge and addresses. Linux and root only.
 */
export class SecondEngine {
    readonly #folder: string;

    /**
     * @param dockerd its full path; programs that lie beside it, such as a containerd of its time, are preferred.
     */
    static async start(dockerd: string, signal: AbortSignal): Promise<SecondEngine> {
        // A socket's path has little room.
        const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), PREFIX));
        const engine = new SecondEngine(folder);
        try {
            fs.writeFileSync(path.join(folder, "owner"), identityOf(process.pid) ?? "");
            await engine.#start(dockerd, signal);
            return engine;
        } catch (error) {
            await end(folder);
            signal.throwIfAborted();
            throw error;
        }
    }

    private constructor(folder: string) {
        this.#folder = folder;
    }

    get host(): string {
        return `unix://${this.#path("docker.sock")}`;
    }

    async end(): Promise<void> {
        await end(this.#folder);
    }

    async #start(dockerd: string, signal: AbortSignal): Promise<void> {
        const subnet = await freeSubnet();
        const bridge = `found-${path.basename(this.#folder).slice(-6)}`;
        fs.writeFileSync(this.#path("network.json"), JSON.stringify({ subnet, bridge } satisfies Network));
        await execa("ip", ["link", "add", bridge, "type", "bridge"]);
        await execa("ip", ["address", "add", `${subnet}.0.1/24`, "dev", bridge]);
        await execa("ip", ["link", "set", bridge, "up"]);
        for (const rule of rulesFor(subnet)) await execa("iptables", ["--wait", ...inserted(rule)]);

        const env = { ...process.env, PATH: `${path.dirname(dockerd)}:${process.env["PATH"] ?? ""}` };
        const containerd = which("containerd", env.PATH);
        if (containerd === undefined) throw new Problem("there is no containerd for a second engine");
        // Its own even where the machine's could serve both: they would share images and containers.
        fs.writeFileSync(
            this.#path("containerd.toml"),
            [
                "version = 2",
                `root = "${this.#path("containerd")}"`,
                `state = "${this.#path("containerd-state")}"`,
                `disabled_plugins = ["io.containerd.grpc.v1.cri"]`,
                "[grpc]",
                `address = "${this.#path("containerd.sock")}"`,
                "",
            ].join("\n"),
        );
        this.#spawn(containerd, ["--config", this.#path("containerd.toml")], env);
        await this.#until(() => fs.existsSync(this.#path("containerd.sock")), "containerd", signal);

        fs.writeFileSync(
            this.#path("daemon.json"),
            JSON.stringify({
                features: { "containerd-snapshotter": true },
                "default-address-pools": [{ base: `${subnet}.128.0/17`, size: 24 }],
                // It makes rules of its own only in the containers' networks; ours above stand for the others.
                iptables: false,
                ip6tables: false,
                "shutdown-timeout": 5,
            }),
        );
        const options = {
            "--config-file": this.#path("daemon.json"),
            "--data-root": this.#path("data"),
            "--exec-root": this.#path("exec"),
            "--pidfile": this.#path("dockerd.pid"),
            "--containerd": this.#path("containerd.sock"),
            "--host": this.host,
            "--bridge": bridge,
        };
        this.#spawn(dockerd, Object.entries(options).flat(), env);
        await this.#until(
            async () =>
                (await execa("docker", ["-H", this.host, "version"], { reject: false })).exitCode === 0,
            "dockerd",
            signal,
        );
        await loadImages(this.host, signal);
    }

    /** In a session of its own, so that a Ctrl-C of the terminal doesn't end it under the tests. */
    #spawn(program: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
        const log = fs.openSync(this.#path(`${path.basename(program)}.log`), "a");
        spawn(program, args, { detached: true, stdio: ["ignore", log, log], env })
            .on("error", (error) => {
                fs.appendFileSync(log, `${error.message}\n`);
            })
            .unref();
        fs.closeSync(log);
    }

    async #until(
        ready: () => boolean | Promise<boolean>,
        program: string,
        signal: AbortSignal,
    ): Promise<void> {
        const deadline = Date.now() + START_LIMIT;
        while (!(await ready())) {
            signal.throwIfAborted();
            if (Date.now() > deadline || processesOf(this.#folder, program).length === 0) {
                const log = fs
                    .readFileSync(this.#path(`${program}.log`), "utf8")
                    .trim()
                    .split("\n");
                throw new Problem(`a second ${program} does not start:\n${log.slice(-5).join("\n")}`);
            }
            await sleep(100);
        }
    }

    #path(name: string): string {
        return path.join(this.#folder, name);
    }
}

/** Gives an engine those of the machine's images that tests take for granted. */
export async function loadImages(host: string, cancelSignal: AbortSignal): Promise<void> {
    const docker = ["-H", host];
    const there = await execa("docker", [...docker, "image", "inspect", ...IMAGES], { reject: false });
    if (there.exitCode === 0) return;
    // Not through memory, of which the images may take more than execa gives them.
    await execa("docker", ["save", ...IMAGES], { buffer: false, cancelSignal }).pipe("docker", [
        ...docker,
        "load",
    ]);
}

/** Ends the engines of runs that were killed. */
export async function endLeftovers(): Promise<void> {
    const temporary = fs.realpathSync(os.tmpdir());
    for (const name of fs.readdirSync(temporary).filter((entry) => entry.startsWith(PREFIX))) {
        const folder = path.join(temporary, name);
        const owner = read(path.join(folder, "owner"));
        // One without an owner is being made.
        if (owner !== undefined && identityOf(Number.parseInt(owner, 10)) !== owner) await end(folder);
    }
}

/** `subnet` is the first two numbers of the addresses. */
interface Network {
    readonly subnet: string;
    readonly bridge: string;
}

/** Ends what runs in the folder of an engine, and removes it and what it has in the machine's network. */
async function end(folder: string): Promise<void> {
    // The engine first: it stops its containers.
    for (const program of ["dockerd", "containerd"]) await stop(() => processesOf(folder, program));
    const shims = (): number[] => processesOf(folder, "containerd-shim");
    await stop(() => [...shims().flatMap(childrenOf), ...shims()]);
    const mounts = fs
        .readFileSync("/proc/self/mounts", "utf8")
        .split("\n")
        .map((line) => line.split(" ")[1] ?? "")
        .filter((mount) => mount.startsWith(`${folder}/`));
    for (const mount of mounts.reverse()) await execa("umount", ["--lazy", mount], { reject: false });

    const network = read(path.join(folder, "network.json"));
    if (network !== undefined) {
        const { subnet } = JSON.parse(network) as Network;
        for (const rule of rulesFor(subnet)) {
            await execa("iptables", ["--wait", ...deleted(rule)], { reject: false });
        }
        // Those of Compose projects as well.
        const { stdout } = await execa("ip", ["-oneline", "-4", "address"]);
        for (const line of stdout.split("\n")) {
            const [, device, , address] = line.split(/\s+/);
            if (device !== undefined && address?.startsWith(`${subnet}.`)) {
                await execa("ip", ["link", "delete", device], { reject: false });
            }
        }
    }
    fs.rmSync(folder, { recursive: true, force: true });
}

/** Asks processes to end, once, because dockerd takes the third time for an order to drop everything; then kills them. */
async function stop(running: () => number[]): Promise<void> {
    for (const signal of ["SIGTERM", "SIGKILL"]) {
        for (const id of running()) {
            try {
                process.kill(id, signal);
            } catch {
                // It has just ended.
            }
        }
        const deadline = Date.now() + END_LIMIT;
        while (running().length > 0 && Date.now() < deadline) await sleep(100);
    }
    if (running().length > 0) throw new Error(`${running().join(", ")} don't end`);
}

/** The processes of this program that were started with a path in the folder. */
function processesOf(folder: string, program: string): number[] {
    return processes().filter((id) => {
        const [name = "", ...args] = (read(`/proc/${id}/cmdline`) ?? "").split("\0");
        const is = path.basename(name);
        return (
            (is === program || (program === "containerd-shim" && is.startsWith(program))) &&
            args.some((arg) => arg.includes(`${folder}/`))
        );
    });
}

function childrenOf(parent: number): number[] {
    return processes().filter((id) => statOf(id)?.[1] === String(parent));
}

function processes(): number[] {
    return fs
        .readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number);
}

/** A process by its id and the time of its start, for ids are given again; undefined when it is gone. */
function identityOf(id: number): string | undefined {
    const start = statOf(id)?.[19];
    return start === undefined ? undefined : `${id} ${start}`;
}

/** The fields of /proc/<id>/stat from the third on, for the second may hold anything. */
function statOf(id: number): string[] | undefined {
    return read(`/proc/${id}/stat`)
        ?.replace(/^.*\) /s, "")
        .split(" ");
}

function read(file: string): string | undefined {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}

/** A 10.x.0.0/16 that nothing on this machine uses. */
async function freeSubnet(): Promise<string> {
    const { stdout } = await execa("ip", ["-4", "route", "show", "table", "all"]);
    const free = Array.from({ length: 128 }, (_, i) => `10.${64 + i}`).filter(
        (subnet) => !stdout.includes(`${subnet}.`),
    );
    const chosen = free[randomInt(Math.max(free.length, 1))];
    if (chosen === undefined) throw new Problem("no 10.x.0.0/16 is free for a second engine");
    return chosen;
}

interface Rule {
    readonly table: string;
    readonly chain: string;
    readonly match: readonly string[];
}

/** With which its containers, and RUN steps, reach the network. */
function rulesFor(subnet: string): Rule[] {
    const own = `${subnet}.0.0/16`;
    return [
        { table: "nat", chain: "POSTROUTING", match: ["-s", own, "!", "-d", own, "-j", "MASQUERADE"] },
        { table: "filter", chain: "FORWARD", match: ["-s", own, "-j", "ACCEPT"] },
        { table: "filter", chain: "FORWARD", match: ["-d", own, "-j", "ACCEPT"] },
    ];
}

function inserted({ table, chain, match }: Rule): string[] {
    return ["-t", table, "-I", chain, "1", ...match];
}

function deleted({ table, chain, match }: Rule): string[] {
    return ["-t", table, "-D", chain, ...match];
}
