import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { Plugins } from "./plugins.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** Where `pulumi-resource-azure-native` is; before everything else on the PATH, the engine takes the stand-in. */
export const pluginDirectory = import.meta.dirname;

export interface Ran {
    readonly exitCode: number;
    /** Both streams, as they came. */
    readonly output: string;
}

export interface Running {
    /** A failure is a result, not an exception. */
    readonly ended: Promise<Ran>;
    /** Ends the engine and its plugins without giving them time for anything. */
    kill(): void;
    /** Ctrl-C. */
    interrupt(): void;
}

export interface Engine {
    start(args: readonly string[], environment?: Readonly<Record<string, string>>): Running;
    discard(): Promise<void>;
}

/** A project with one program, its own file backend, and the stand-in for azure-native. */
export async function createEngine(
    program: string,
    environment: Readonly<Record<string, string>>,
): Promise<Engine> {
    const directory = await mkdtemp(join(tmpdir(), "fake-azure-engine-"));
    const project = join(directory, "project");
    const state = join(directory, "state");
    const plugins = new Plugins();
    await mkdir(project);
    await mkdir(state);
    await symlink(join(root, "node_modules"), join(project, "node_modules"));
    await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(
        join(project, "Pulumi.yaml"),
        JSON.stringify({
            name: "native",
            runtime: { name: "nodejs", options: { typescript: false } },
            main: "index.ts",
        }),
    );
    await writeFile(join(project, "index.ts"), program);
    return {
        start(args, more = {}) {
            const child = execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
                cwd: project,
                all: true,
                reject: false,
                env: {
                    PATH: [pluginDirectory, process.env["PATH"] ?? ""].join(delimiter),
                    PULUMI_HOME: join(directory, "home"),
                    PULUMI_BACKEND_URL: `file://${state}`,
                    PULUMI_CONFIG_PASSPHRASE: "test",
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                    ...plugins.environment,
                    ...environment,
                    ...more,
                },
            });
            return {
                ended: child.then(({ all, exitCode }) => ({ exitCode: exitCode ?? 1, output: all })),
                kill() {
                    child.kill("SIGKILL");
                    plugins.end();
                },
                interrupt: () => child.kill("SIGINT"),
            };
        },
        async discard() {
            plugins.dispose();
            await rm(directory, { recursive: true, force: true });
        },
    };
}
