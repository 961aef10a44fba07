import { randomBytes, randomInt } from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa, type Options } from "execa";
import { type Engine, engines, takesServices } from "./engines.ts";
import { more, oneImage } from "./example.ts";
import { registryProject } from "../../components/stackName.ts";
import { backendUrl } from "../../toolchain/environment.ts";

const project = path.dirname(path.dirname(import.meta.dirname));

/** What a command printed, both streams as they came, and how it ended. */
export interface Ran {
    readonly output: string;
    readonly exitCode: number;
}

export interface SandboxOptions {
    /**
     * Puts a foundation of one file in the place of the real one, for tests that don't look into it: it builds and
     * pushes in no time.
     */
    readonly smallFoundation?: boolean;
    /** The second image and the app with a Compose file of its own as well. */
    readonly wholeExample?: boolean;
    /** The folder of the copy that the Pulumi project is put into, such as `infra`; its repository's root stays. */
    readonly project?: string;
    /** Becomes a part of the folder's name, which is odd then. */
    readonly folder?: string;
    /** Ends the stack's name. */
    readonly stack?: string;
    /** Variables for everything that runs in it, besides the sandbox's own. */
    readonly env?: Readonly<Record<string, string>>;
    /** The machine's own where none is given. */
    readonly engine?: Engine;
}

/**
 * A copy of the project of its own: folder, stack, state, ports, Docker login and Compose projects. Nothing of it
 * meets the project itself, another sandbox or the user's own login, and nothing of it stays.
 */
export class Sandbox {
    readonly root: string;
    readonly stack: string;
    readonly pullPort: number;
    readonly pushPort: number;
    /** Port of app1's page. */
    readonly appPort: number;
    readonly env: Readonly<Record<string, string>>;
    readonly #project: string;

    static async create(options: SandboxOptions = {}): Promise<Sandbox> {
        const [pullPort = 0, pushPort = 0, appPort = 0] = await freePorts(3);
        const { engine = engines()[0] } = options;
        const sandbox = new Sandbox(pullPort, pushPort, appPort, { ...options, engine });
        await sandbox.#copyProject(options.wholeExample === true);
        if (options.smallFoundation === true) {
            fs.rmSync(sandbox.path("foundation"), { recursive: true });
            sandbox.write(
                "foundation/Dockerfile",
                "FROM scratch\nARG FOUNDATION_TAG\nCOPY content /content\n",
            );
            sandbox.write("foundation/content", "official\n");
        }
        await sandbox.pulumi(["stack", "init", sandbox.stack]);
        await sandbox.configure("pullPort", String(pullPort));
        await sandbox.configure("pushPort", String(pushPort));
        if (!takesServices(engine)) await sandbox.configure("contexts", "image");
        return sandbox;
    }

    private constructor(
        pullPort: number,
        pushPort: number,
        appPort: number,
        {
            folder = "",
            stack = "",
            env = {},
            engine,
            project = ".",
        }: SandboxOptions & { readonly engine: Engine },
    ) {
        this.#project = project;
        this.root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), `foundation-e2e-${folder}`));
        this.stack = `e2e-${randomBytes(4).toString("hex")}${stack}`;
        this.pullPort = pullPort;
        this.pushPort = pushPort;
        this.appPort = appPort;
        this.env = {
            ...env,
            PULUMI_BACKEND_URL: backendUrl(this.#own("state")),
            PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
            PULUMI_SKIP_UPDATE_CHECK: "true",
            DOCKER_CONFIG: this.#own("docker"),
            // What is left in the temporary folder shows in one of our own.
            TMPDIR: this.#own("tmp"),
            APP1_PORT: String(appPort),
            ...(engine.host === undefined ? {} : { DOCKER_HOST: engine.host }),
        };
        this.#usePlugins(engine);
    }

    /** Full path of a file of the project's copy. */
    path(relative: string): string {
        return path.join(this.root, "project", relative);
    }

    read(relative: string): string {
        return fs.readFileSync(this.path(relative), "utf8");
    }

    write(relative: string, text: string): void {
        fs.mkdirSync(path.dirname(this.path(relative)), { recursive: true });
        fs.writeFileSync(this.path(relative), text);
    }

    async configure(key: string, value: string): Promise<void> {
        await this.pulumi(["config", "set", "--stack", this.stack, `foundation:${key}`, "--", value]);
    }

    /** Runs pulumi, and fails when it does. */
    async pulumi(args: readonly string[]): Promise<string> {
        return succeeded(await this.run("pulumi", args), `pulumi ${args.join(" ")}`);
    }

    async up(...args: string[]): Promise<string> {
        return succeeded(await this.tryUp(...args), "pulumi up");
    }

    /** Runs `pulumi up`, which may fail. */
    async tryUp(...args: string[]): Promise<Ran> {
        return this.run("pulumi", ["up", "--yes", "--skip-preview", "--stack", this.stack, ...args]);
    }

    /** Runs `pulumi up`, which may fail, and does something as soon as it says `text`. */
    async upWith(text: string, then: () => Promise<unknown>): Promise<Ran> {
        const up = this.#start("pulumi", ["up", "--yes", "--skip-preview", "--stack", this.stack], {});
        let said = "";
        let done: Promise<unknown> | undefined;
        for await (const line of up.iterable({ from: "all" })) {
            said += line;
            if (done === undefined && said.includes(text)) done = then();
        }
        if (done === undefined) throw new Error(`pulumi up never said "${text}":\n${said}`);
        await done;
        const { all, exitCode } = await up;
        return { output: all, exitCode: exitCode ?? 1 };
    }

    /** Runs `pulumi preview`, which may fail. */
    async tryPreview(...args: string[]): Promise<Ran> {
        return this.run("pulumi", ["preview", "--stack", this.stack, ...args]);
    }

    async outputs(): Promise<Record<string, string>> {
        const { stdout } = await execa(
            "pulumi",
            ["stack", "output", "--json", "--show-secrets", "--stack", this.stack],
            { cwd: this.path(this.#project), env: this.env },
        );
        return JSON.parse(stdout) as Record<string, string>;
    }

    /** Logs Docker in with the credential that developers get. */
    async login(): Promise<void> {
        const { registryServer = "", pullUsername = "", pullPassword = "" } = await this.outputs();
        const args = ["login", registryServer, "--username", pullUsername, "--password-stdin"];
        succeeded(await this.run("docker", args, { input: pullPassword }), "docker login");
    }

    /** Runs `docker compose` in a folder of the project, under a Compose project of our own, and fails when it does. */
    async compose(folder: string, ...args: string[]): Promise<string> {
        return succeeded(
            await this.tryCompose(folder, ...args),
            `docker compose ${args.join(" ")} in ${folder}`,
        );
    }

    async tryCompose(folder: string, ...args: string[]): Promise<Ran> {
        return this.run("docker", ["compose", "--project-name", this.#composeProject(folder), ...args], {
            cwd: this.path(folder),
        });
    }

    async docker(...args: string[]): Promise<string> {
        return succeeded(await this.run("docker", args), `docker ${args.join(" ")}`);
    }

    /** Runs a command in the project's copy. */
    async run(
        command: string,
        args: readonly string[],
        options: Pick<Options, "cwd" | "env" | "input"> = {},
    ): Promise<Ran> {
        const { all, exitCode } = await this.#start(command, args, options);
        return { output: all, exitCode: exitCode ?? 1 };
    }

    /** Removes everything: what the tests have left, and what a failed test could not. */
    async dispose(): Promise<void> {
        this.#endProcesses();
        for (const folder of [
            "foundation",
            ...fs.readdirSync(this.path("apps")).map((name) => `apps/${name}`),
        ]) {
            await this.#removeByLabel(this.#composeProject(folder));
        }
        await this.run("pulumi", ["destroy", "--yes", "--skip-preview", "--stack", this.stack]);
        await this.#removeByLabel(registryProject(this.stack));
        for (const reference of [
            `localhost:${this.pullPort}/**`,
            `localhost:${this.pushPort}/**`,
            `${this.stack}-*`,
        ]) {
            // By name: by its id, an image would go with the names that others gave it.
            const name =
                '{{if eq .Tag "<none>"}}{{.Repository}}@{{.Digest}}{{else}}{{.Repository}}:{{.Tag}}{{end}}';
            const list = ["image", "ls", "--format", name, "--filter", `reference=${reference}`];
            await this.#remove("image", list);
        }
        fs.rmSync(this.root, { recursive: true, force: true });
    }

    /**
     * Starts `pulumi up`, and kills the engine alone after so many milliseconds.
     *
     * @returns the commands of all that ran when it was killed
     */
    async killUp(milliseconds: number): Promise<readonly string[]> {
        const up = this.#start("pulumi", ["up", "--yes", "--skip-preview", "--stack", this.stack], {});
        await sleep(milliseconds);
        // It is held first. What it was ending by itself is gone then from what is listed, and nothing else ends.
        up.kill("SIGSTOP");
        await sleep(500);
        const running = [...this.processes().values()];
        up.kill("SIGKILL");
        await up;
        return running;
    }

    /** Command lines of the processes that were started here and still run, by process id. Linux only. */
    processes(): Map<number, string> {
        const mark = `TMPDIR=${this.env["TMPDIR"]}`;
        const found = new Map<number, string>();
        for (const id of fs.existsSync("/proc") ? fs.readdirSync("/proc").filter(isNumber) : []) {
            try {
                if (!fs.readFileSync(`/proc/${id}/environ`, "utf8").split("\0").includes(mark)) continue;
                const words = fs.readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
                found.set(Number(id), words.join(" ").trim());
            } catch {
                // It has ended meanwhile, or is somebody else's.
            }
        }
        return found;
    }

    /** Ends what an engine that was killed has left running: a language host doesn't always notice. */
    #endProcesses(): void {
        for (const id of this.processes().keys()) {
            try {
                process.kill(id);
            } catch {
                // It has ended meanwhile.
            }
        }
    }

    #start(command: string, args: readonly string[], options: Pick<Options, "cwd" | "env" | "input">) {
        return execa(command, args, {
            cwd: this.path(command === "pulumi" ? this.#project : "."),
            ...options,
            env: { ...this.env, ...options.env },
            all: true,
            reject: false,
            timeout: 600_000,
        });
    }

    #composeProject(folder: string): string {
        // Compose refuses what it would make of no folder's name itself.
        return `${this.stack}-${path.basename(folder)}`.toLowerCase().replace(/[^a-z0-9_-]/g, "");
    }

    async #removeByLabel(composeProject: string): Promise<void> {
        const filter = ["--quiet", "--filter", `label=com.docker.compose.project=${composeProject}`];
        await this.#remove("container", ["container", "ls", "--all", ...filter]);
        await this.#remove("volume", ["volume", "ls", ...filter]);
        await this.#remove("network", ["network", "ls", ...filter]);
        // Those that a later build has taken the name from.
        await this.#remove("image", ["image", "ls", "--filter", "dangling=true", ...filter]);
    }

    async #remove(kind: string, list: readonly string[]): Promise<void> {
        const { output, exitCode } = await this.run("docker", list);
        const found = exitCode === 0 ? [...new Set(output.split("\n").filter((line) => line !== ""))] : [];
        const force = kind === "network" ? [] : ["--force"];
        if (found.length > 0) await this.run("docker", [kind, "rm", ...force, ...found]);
    }

    /** Docker looks for the user's plugins beside the configuration, which is the sandbox's own. */
    #usePlugins({ plugins }: Engine): void {
        if (plugins === undefined) {
            const folder = path.join(os.homedir(), ".docker", "cli-plugins");
            const config = JSON.stringify({ cliPluginsExtraDirs: [folder] });
            fs.writeFileSync(path.join(this.#own("docker"), "config.json"), config);
            return;
        }
        const folder = this.#own("docker/cli-plugins");
        fs.symlinkSync(plugins.compose, path.join(folder, "docker-compose"));
        fs.symlinkSync(plugins.buildx, path.join(folder, "docker-buildx"));
    }

    /** A folder of the sandbox's own, beside the project's copy. */
    #own(name: string): string {
        const folder = path.join(this.root, name);
        fs.mkdirSync(folder, { recursive: true });
        return folder;
    }

    /** Its settings say where the root is, as an adopter would write them. */
    #moveProject(folder: string): void {
        const up = path.posix.relative(folder, ".");
        const settings = this.read("Pulumi.yaml")
            .replace("path: ./components/plugin", `path: ${up}/components/plugin`)
            .replace(/^( {2}root:\n {4}type: string\n {4}default: )"\."$/m, `$1${up}`);
        this.write(`${folder}/Pulumi.yaml`, settings);
        fs.rmSync(this.path("Pulumi.yaml"));
        fs.renameSync(this.path("index.ts"), this.path(`${folder}/index.ts`));
    }

    async #copyProject(whole: boolean): Promise<void> {
        const { stdout } = await execa(
            "git",
            ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            {
                cwd: project,
            },
        );
        for (const name of stdout.split("\0").filter((file) => file !== "")) {
            const source = path.join(project, name);
            if (!fs.existsSync(source) || (!whole && more.some((folder) => name.startsWith(folder))))
                continue;
            fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
            fs.copyFileSync(source, this.path(name));
        }
        fs.symlinkSync(path.join(project, "node_modules"), this.path("node_modules"));
        if (!whole) this.write("Pulumi.yaml", oneImage(this.read("Pulumi.yaml")));
        if (this.#project !== ".") this.#moveProject(this.#project);
    }
}

/** The output of a command that must have succeeded. */
export function succeeded({ output, exitCode }: Ran, what: string): string {
    if (exitCode !== 0) throw new Error(`${what} failed with ${exitCode}:\n${output}`);
    return output;
}

/**
 * Ports of loopback that nothing listens on. Below the ephemeral ones (32768 and up on Linux), since an outgoing
 * connection may take one of those between this question and the port's use.
 */
export async function freePorts(count: number): Promise<number[]> {
    const ports = new Set<number>();
    while (ports.size < count) {
        const port = randomInt(20_000, 32_000);
        if (await isFree(port)) ports.add(port);
    }
    return [...ports];
}

function isNumber(text: string): boolean {
    return /^\d+$/.test(text);
}

async function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => {
            resolve(false);
        });
        server.listen(port, "127.0.0.1", () => {
            server.close(() => {
                resolve(true);
            });
        });
    });
}
