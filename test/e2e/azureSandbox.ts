import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { delimiter } from "node:path";
import { execa } from "execa";
import { startFakeAzure, type FakeAzure } from "../azure/azure.ts";
import type { Call, Operation } from "../azure/control.ts";
import { pluginDirectory } from "../azure/nativePlugin/engine.ts";
import { Plugins } from "../azure/nativePlugin/plugins.ts";
import type { Engine } from "../support/engines.ts";
import { Sandbox, succeeded, type Ran } from "../support/sandbox.ts";

/** For `npm run e2e:azure -- --real-plugin`, where the plugin itself can be downloaded. */
const realPlugin = process.env["REAL_AZURE_PLUGIN"] === "1";

/** A copy of the project in a fake Azure of its own. What it ran and showed is kept, to look for secrets in it. */
export class AzureSandbox {
    readonly azure: FakeAzure;
    readonly sandbox: Sandbox;
    /** Everything that Pulumi and Docker have printed. */
    readonly printed: string[] = [];
    readonly #plugins: Plugins;
    /** Hosts that the registry has had. */
    readonly #servers = new Set<string>();

    /** @param engine the machine's own where none is given. */
    static async create(engine?: Engine): Promise<AzureSandbox> {
        const azure = await startFakeAzure();
        const plugins = new Plugins();
        const path = process.env["PATH"] ?? "";
        const sandbox = await Sandbox.create({
            smallFoundation: true,
            ...(engine && { engine }),
            env: {
                ...(await azure.environment()),
                ...plugins.environment,
                // Before everything else on the PATH, the engine takes the stand-in.
                PATH: realPlugin ? path : [pluginDirectory, path].join(delimiter),
            },
        });
        const own = new AzureSandbox(azure, sandbox, plugins);
        await own.configure({
            registry: "azure",
            registryName: `acme${randomBytes(4).toString("hex")}`,
            protect: "false",
        });
        await sandbox.pulumi([
            ...["config", "set", "--stack", sandbox.stack],
            ...["azure-native:location", "westeurope"],
        ]);
        return own;
    }

    private constructor(azure: FakeAzure, sandbox: Sandbox, plugins: Plugins) {
        this.azure = azure;
        this.sandbox = sandbox;
        this.#plugins = plugins;
    }

    async configure(values: Readonly<Record<string, string>>): Promise<void> {
        for (const [key, value] of Object.entries(values)) await this.sandbox.configure(key, value);
    }

    /** Runs `pulumi` on the stack; it may fail. */
    async tryPulumi(...args: string[]): Promise<Ran> {
        const ran = await this.sandbox.run("pulumi", [...args, "--stack", this.sandbox.stack]);
        this.printed.push(ran.output);
        return ran;
    }

    tryUp(...args: string[]): Promise<Ran> {
        return this.tryPulumi("up", "--yes", "--skip-preview", ...args);
    }

    async up(...args: string[]): Promise<string> {
        const output = succeeded(await this.tryUp(...args), "pulumi up");
        await this.outputs();
        return output;
    }

    /**
     * Starts `pulumi up` or `destroy` and kills it, with all that it has started, at the first call that fits: before
     * anything is done for it, or when it is done and only the answer is missing.
     *
     * @param orphaned whether azure-native is left running, which nobody else ends either.
     * @returns the call; undefined when the command came to its good end without one.
     */
    async killedAt(
        command: "up" | "destroy",
        moment: "before" | "after",
        fits: (call: Call) => boolean,
        orphaned = false,
    ): Promise<Call | undefined> {
        const child = execa("pulumi", [command, "--yes", "--skip-preview", "--stack", this.sandbox.stack], {
            cwd: this.sandbox.path("."),
            env: this.sandbox.env,
            reject: false,
            all: true,
        });
        let struck: Call | undefined;
        const stop = this.azure.control.observe({
            [moment]: (call: Call) => {
                if (struck === undefined && !fits(call)) return undefined;
                struck ??= call;
                child.kill("SIGKILL");
                if (orphaned) stop();
                else this.#plugins.end();
                // What else it has started may not have ended yet.
                return "drop";
            },
        });
        const { all, exitCode } = await child;
        this.printed.push(all);
        if (struck === undefined) {
            stop();
            succeeded({ output: all, exitCode: exitCode ?? 1 }, `pulumi ${command}`);
        } else {
            // Our own plugin sees within a moment that its engine is gone.
            await new Promise((resolve) => setTimeout(resolve, 1500));
            stop();
            // The lock is of a process that is no more.
            succeeded(await this.tryPulumi("cancel", "--yes"), "pulumi cancel");
        }
        return struck;
    }

    /** Runs the `foundation` command so many days from now, by its own clock and by Azure's. */
    async foundation(days: number, ...args: string[]): Promise<Ran> {
        const now = Date.now() + days * 24 * 60 * 60 * 1000;
        const clock = `import { mock } from "node:test"; mock.timers.enable({ apis: ["Date"], now: ${now} });`;
        this.azure.clock.advance({ days });
        try {
            const node = ["--import", `data:text/javascript,${clock}`, "cli/foundation.cjs"];
            const ran = await this.sandbox.run("node", [...node, ...args]);
            this.printed.push(ran.output);
            return ran;
        } finally {
            this.azure.clock.advance({ days: -days });
        }
    }

    async outputs(): Promise<Record<string, string>> {
        const outputs = await this.sandbox.outputs();
        if (outputs["registryServer"] !== undefined) this.#servers.add(outputs["registryServer"]);
        return outputs;
    }

    /** The state as Pulumi keeps it. */
    state(): string {
        const { stack } = this.sandbox;
        const { pathname } = new URL(this.sandbox.env["PULUMI_BACKEND_URL"] ?? "");
        return fs.readFileSync(`${pathname}/.pulumi/stacks/foundation/${stack}.json`, "utf8");
    }

    /** How often something was asked of Azure since the calls were last forgotten. */
    count(operation: Operation): number {
        return this.azure.control.callsOf(operation).length;
    }

    /** The slots that passwords were generated in since the calls were last forgotten. */
    generated(): unknown[] {
        return this.azure.control
            .callsOf("registries.generateCredentials")
            .map(({ body }) => (body as { readonly name?: string }).name);
    }

    /** The token that developers pull with. */
    token() {
        const id = this.azure.resourceManager.resources.find((name) => name.includes("/tokens/"));
        if (id === undefined) throw new Error("there is no token");
        return this.azure.resourceManager.token(id);
    }

    /** As if time had passed for the password that the published one has followed. */
    endFormerPassword(): void {
        const token = this.token();
        const newest = token.passwords
            .toSorted((one, other) => other.creationTime.getTime() - one.creationTime.getTime())
            .slice(0, 1)
            .map(({ name }) => ({ name }));
        token.patch({ properties: { credentials: { passwords: newest } } });
    }

    /** An access token of the registry for a scope; undefined when it doesn't let this user in. */
    async access(user: Readonly<Record<string, string>>, scope = ""): Promise<string | undefined> {
        const { registryServer = "", pullUsername = "", pullPassword = "" } = user;
        const query = new URLSearchParams({ service: registryServer, ...(scope !== "" && { scope }) });
        const basic = Buffer.from(`${pullUsername}:${pullPassword}`).toString("base64");
        const response = await fetch(`https://${registryServer}/oauth2/token?${query.toString()}`, {
            headers: { authorization: `Basic ${basic}` },
        });
        if (!response.ok) return undefined;
        return ((await response.json()) as { readonly access_token: string }).access_token;
    }

    /** Whether the password of these outputs opens the registry. */
    async works(outputs: Readonly<Record<string, string>>): Promise<boolean> {
        return (await this.access(outputs)) !== undefined;
    }

    /** Removes everything, with the images that were pushed and pulled. */
    async dispose(): Promise<void> {
        this.azure.control.clearFaults();
        for (const server of this.#servers) {
            // A star is one part of a name, be it doubled or not.
            const filters = ["*", "*/*"].flatMap((name) => ["--filter", `reference=${server}/${name}`]);
            const { output } = await this.sandbox.run("docker", ["image", "ls", "--quiet", ...filters]);
            const ids = [...new Set(output.split("\n").filter((line) => line !== ""))];
            if (ids.length > 0) await this.sandbox.run("docker", ["image", "rm", "--force", ...ids]);
        }
        this.#plugins.dispose();
        await this.sandbox.dispose();
        await this.azure.stop();
    }
}
