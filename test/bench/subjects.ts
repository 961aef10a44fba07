import * as fs from "node:fs";
import * as path from "node:path";
import { randomUUID } from "node:crypto";
import { Sandbox } from "../support/sandbox.ts";

/** How long a command took, in seconds. */
export interface Sample {
    readonly wall: number;
    /** User and system time of the command and all that it started; not of what the Docker engine did for it. */
    readonly cpu: number;
}

/** What is measured. Each runs as often as it is asked to, and does the same each time. */
export interface Subjects {
    readonly empty: () => Promise<Sample>;
    readonly template: () => Promise<Sample>;
    readonly editedTemplate: () => Promise<Sample>;
    readonly twoApps: () => Promise<Sample>;
    readonly thousandApps: () => Promise<Sample>;
    readonly chain: () => Promise<Sample>;
    readonly byHand: () => Promise<Sample>;
    readonly change: () => Promise<Sample>;
    readonly freshByHand: () => Promise<Sample>;
    readonly freshChange: () => Promise<Sample>;
}

const apps = 1000;
const images = 20;
const noOp = ["up", "--yes", "--skip-preview", "--expect-no-changes"];

/** Deploys what is to be measured, lets `work` measure it, and removes it. */
export async function withSubjects(work: (subjects: Subjects) => Promise<void>): Promise<void> {
    const made: Sandbox[] = [];
    const create = async (change: (sandbox: Sandbox) => unknown = () => undefined): Promise<Sandbox> => {
        const sandbox = await Sandbox.create();
        made.push(sandbox);
        await change(sandbox);
        await sandbox.up();
        return sandbox;
    };
    try {
        const two = await create();
        const thousand = await create(copyApps);
        const chain = await create(addChain);
        const byHand = await buildByHand(two);
        const unchanged = (sandbox: Sandbox) => () =>
            timed(sandbox, "pulumi", [...noOp, "--stack", sandbox.stack]);
        await work({
            empty: await emptyProgram(two),
            ...(await templatePrograms(two)),
            twoApps: unchanged(two),
            thousandApps: unchanged(thousand),
            chain: unchanged(chain),
            byHand: () => byHand(),
            change: () => change(two),
            freshByHand: async () => {
                await emptyBuilder(two);
                return byHand(["--cache-from", `type=registry,ref=${channelOf(two)}`]);
            },
            freshChange: async () => {
                await emptyBuilder(two);
                return change(two);
            },
        });
    } finally {
        for (const sandbox of made) {
            // Or the sandbox would look for what each of them has left in Docker, one after the other.
            removeCopies(sandbox);
            await sandbox.dispose();
        }
    }
}

/** The floor: the same engine, backend and way of loading TypeScript, and a program that declares nothing. */
async function emptyProgram(sandbox: Sandbox): Promise<() => Promise<Sample>> {
    return program(sandbox, "empty", {
        "Pulumi.yaml":
            "name: empty\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
        "package.json": '{ "type": "module" }\n',
        "index.ts": 'import * as pulumi from "@pulumi/pulumi";\n',
    });
}

/**
 * What `pulumi new typescript` makes, and runs with ts-node: everybody's starting point. ts-node keeps what it has
 * compiled, so it works only after an edit, and each time in a CI job.
 */
async function templatePrograms(sandbox: Sandbox): Promise<Pick<Subjects, "template" | "editedTemplate">> {
    const source = 'import * as pulumi from "@pulumi/pulumi";\n';
    const compilerOptions = {
        strict: true,
        outDir: "bin",
        target: "es2020",
        module: "nodenext",
        moduleResolution: "nodenext",
        sourceMap: true,
        experimentalDecorators: true,
        pretty: true,
        noFallthroughCasesInSwitch: true,
        noImplicitReturns: true,
        forceConsistentCasingInFileNames: true,
    };
    const files = {
        "Pulumi.yaml": "name: template\nruntime: { name: nodejs, options: { packagemanager: npm } }\n",
        "package.json": '{ "name": "template", "main": "index.ts" }\n',
        "tsconfig.json": JSON.stringify({ compilerOptions, files: ["index.ts"] }),
        "index.ts": source,
    };
    // Node's own cache is what this repository sets up, so the template doesn't have it.
    const env = { NODE_COMPILE_CACHE: "" };
    const template = await program(sandbox, "template", files, env);
    const edited = await program(sandbox, "edited", files, env);
    const editedTemplate = (): Promise<Sample> => {
        sandbox.write("../edited/index.ts", `${source}// ${randomUUID()}\n`);
        return edited();
    };
    return { template, editedTemplate };
}

async function program(
    sandbox: Sandbox,
    name: string,
    files: Readonly<Record<string, string>>,
    env: Record<string, string> = {},
): Promise<() => Promise<Sample>> {
    const folder = `../${name}`;
    for (const [file, text] of Object.entries(files)) sandbox.write(`${folder}/${file}`, text);
    fs.symlinkSync(fs.realpathSync(sandbox.path("node_modules")), sandbox.path(`${folder}/node_modules`));
    const where = { cwd: sandbox.path(folder), env };
    await timed(sandbox, "pulumi", ["stack", "init", name], where);
    await timed(sandbox, "pulumi", ["up", "--yes", "--skip-preview", "--stack", name], where);
    return () => timed(sandbox, "pulumi", [...noOp, "--stack", name], where);
}

/** What one would type without Pulumi: build a foundation of which one byte has changed, and push it. */
async function buildByHand(sandbox: Sandbox): Promise<(options?: readonly string[]) => Promise<Sample>> {
    const context = sandbox.path("../by-hand");
    fs.cpSync(sandbox.path("foundation"), context, { recursive: true });
    const server = `localhost:${sandbox.pushPort}`;
    const { username, password } = await pushCredential(sandbox);
    const login = ["login", server, "--username", username, "--password-stdin"];
    const { exitCode, output } = await sandbox.run("docker", login, { input: password });
    if (exitCode !== 0) throw new Error(`docker login failed:\n${output}`);
    return (options = []) => {
        // A tag for each, as with the real one; so all are found by their tags and removed with the sandbox.
        const tag = changeOneByte(context);
        const common = ["--builder", "default", "--build-arg", `FOUNDATION_TAG=${tag}`];
        const push = ["--tag", `${server}/foundation:${tag}`, "--push"];
        return timed(sandbox, "docker", ["buildx", "build", ...common, ...options, ...push, context]);
    };
}

function change(sandbox: Sandbox): Promise<Sample> {
    changeOneByte(sandbox.path("foundation"));
    return timed(sandbox, "pulumi", ["up", "--yes", "--skip-preview", "--stack", sandbox.stack]);
}

/** As on a machine that has never built the foundation: what it was built from is in the registry alone. */
async function emptyBuilder(sandbox: Sandbox): Promise<void> {
    await sandbox.docker("buildx", "prune", "--builder", "default", "--all", "--force");
}

function channelOf({ pushPort }: Sandbox): string {
    return `localhost:${pushPort}/foundation:latest`;
}

/** Who may push is no output of the stack. */
async function pushCredential(sandbox: Sandbox): Promise<{ username: string; password: string }> {
    const args = ["stack", "export", "--show-secrets", "--stack", sandbox.stack];
    const { deployment } = JSON.parse(await sandbox.pulumi(args)) as {
        deployment: { resources: { urn: string; outputs?: { password: { plaintext: string } } }[] };
    };
    const user = deployment.resources.find(({ urn }) => urn.endsWith("::registry-pusher"));
    return {
        username: "foundation-push",
        password: JSON.parse(user?.outputs?.password.plaintext ?? '""') as string,
    };
}

/** A change below the expensive steps, as most are. Never the same twice, so no cache has it. */
function changeOneByte(foundation: string): string {
    const unique = randomUUID().slice(0, 8);
    const file = path.join(foundation, "files", "foundation-release");
    const [release = ""] = fs.readFileSync(file, "utf8").split("BENCH=");
    fs.writeFileSync(file, `${release}BENCH=${unique}\n`);
    return `by-hand-${unique}`;
}

function copyApps(sandbox: Sandbox): void {
    const present = fs.readdirSync(sandbox.path("apps")).length;
    const dockerfile = sandbox.read("apps/app1/Dockerfile");
    for (let i = present + 1; i <= apps; i++) sandbox.write(`apps/copy${i}/Dockerfile`, dockerfile);
}

/** Images that are each built on the one before, the first of them on the foundation. */
async function addChain(sandbox: Sandbox): Promise<void> {
    const folders = ["foundation.folder=foundation"];
    for (let i = 2; i <= images; i++) {
        const parent = i === 2 ? "foundation" : `image${i - 1}`;
        sandbox.write(`chain/image${i}/Dockerfile`, `FROM ${parent}\nCOPY link /link${i}\n`);
        sandbox.write(`chain/image${i}/link`, "");
        folders.push(`image${i}.folder=chain/image${i}`);
    }
    const settings = folders.flatMap((folder) => ["--plaintext", `foundation:images.${folder}`]);
    await sandbox.pulumi(["config", "set-all", "--stack", sandbox.stack, "--path", ...settings]);
}

function removeCopies(sandbox: Sandbox): void {
    for (const name of fs.readdirSync(sandbox.path("apps"))) {
        if (name.startsWith("copy")) fs.rmSync(sandbox.path(`apps/${name}`), { recursive: true });
    }
}

/** Runs a command, which has to succeed. The shell, because Node knows the CPU time of its own process only. */
async function timed(
    sandbox: Sandbox,
    command: string,
    args: readonly string[],
    where: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<Sample> {
    const start = performance.now();
    const script = '"$@"; code=$?; times; exit $code';
    const { output, exitCode } = await sandbox.run("sh", ["-c", script, "sh", command, ...args], where);
    const wall = (performance.now() - start) / 1000;
    if (exitCode !== 0) throw new Error(`${command} ${args.slice(0, 2).join(" ")} failed:\n${output}`);
    // The last line is the children's: user time, then system time, such as "1m2.030s".
    const times = [...(output.trimEnd().split("\n").at(-1) ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
    const cpu = times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
    return { wall, cpu };
}
