import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { type Ran, Sandbox } from "../support/sandbox.ts";

interface Fault {
    readonly title: string;
    /** Makes it, in what is configured and in `foundation/`. */
    readonly make: () => Promise<unknown>;
    /** What the user's shell has set. */
    readonly shell?: Readonly<Record<string, string>>;
    /** What the user runs, and runs again when the remedy is carried out. */
    readonly run: string;
    /** The message. It must be gone from the second run. */
    readonly told: RegExp;
    /** Which of the commands after it are carried out, where it offers several ways; all of them otherwise. */
    readonly chosen?: RegExp;
    /** What the user puts in the place of what stands between angle brackets, or types when asked. */
    readonly given?: string | (() => string);
}

/** A remedy is worth what it does when somebody types it. */
describe("a remedy, typed as it is told, lets the next run succeed", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;
    const stranger = net.createServer();

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true });
        await sandbox.pulumi(["stack", "select", sandbox.stack]);
        await sandbox.up();
        await sandbox.login();
    });

    after(async () => {
        stranger.close();
        await sandbox.dispose();
    });

    /** What the faults change, as it was. */
    const kept = new Map<string, string>();

    beforeEach(() => {
        for (const file of [`Pulumi.${sandbox.stack}.yaml`, "foundation/Dockerfile", "foundation/content"]) {
            kept.set(file, sandbox.read(file));
        }
    });

    afterEach(() => {
        for (const [file, text] of kept) sandbox.write(file, text);
        fs.rmSync(sandbox.path(".foundation/state"), { force: true });
    });

    const preview = "pulumi preview";
    const up = "pulumi up --yes --skip-preview";
    const pulumi = (command: string) => () => sandbox.pulumi(command.split(" "));
    const write = (file: string, text: string) => () => {
        sandbox.write(file, text);
        return Promise.resolve();
    };
    const dockerfile = "FROM scratch\nARG FOUNDATION_TAG\nCOPY content /content\n";

    const faults: readonly Fault[] = [
        {
            title: "a key that is none",
            make: pulumi("config set foundaton x"),
            run: preview,
            told: /foundaton: is not a key of this project/,
        },
        {
            title: "a nested key that is none",
            make: async () => {
                await pulumi("config set --path secrets.pip.env PATH")();
                await pulumi("config set --path secrets.pip.variable PATH")();
            },
            run: preview,
            told: /secrets\.pip\.variable: is no place for a secret/,
        },
        {
            title: "a setting that is in two places",
            make: async () => {
                await pulumi("config set --path images.foundation.rebuild one")();
                await pulumi("config set rebuild other")();
            },
            run: preview,
            told: /rebuild: is in images\.foundation\.rebuild as well/,
        },
        {
            title: "a value that can't be",
            make: pulumi("config set tag -- -x"),
            run: preview,
            told: /- tag: /,
            given: "v1",
        },
        {
            title: "a password that anybody can read",
            make: async () => {
                await pulumi("config set pullUsername reader")();
                await pulumi("config set pullPassword open")();
            },
            run: preview,
            told: /pullPassword: must be secret/,
            given: "hidden",
        },
        {
            title: "a login that is half there",
            make: pulumi("config set pullUsername reader"),
            run: preview,
            told: /pullPassword: must be set along with pullUsername/,
            given: "hidden",
        },
        {
            title: "a secret that the stack doesn't have",
            make: pulumi("config set --path secrets.pip.config pip"),
            run: preview,
            told: /secrets\.pip: there is no such entry in buildSecrets/,
            given: "hidden",
        },
        {
            title: "what only buildx can",
            make: async () => {
                await pulumi("config set imageProvider docker")();
                await pulumi("config set rebuild again")();
            },
            run: preview,
            told: /rebuild: can't be used with imageProvider docker/,
        },
        {
            title: "a stage that is none",
            make: async () => {
                await write("foundation/Dockerfile", dockerfile.replace("scratch", "scratch AS base"))();
                await pulumi("config set target gone")();
            },
            run: up,
            told: /the configured target gone is no stage of foundation\/Dockerfile/,
            given: "base",
        },
        {
            title: "a secret that the Dockerfile needs",
            make: write(
                "foundation/Dockerfile",
                // What a builder has in its cache needs no secret.
                `FROM debian:bookworm-slim\nRUN --mount=type=secret,id=pip,required=true echo ${Date.now()}\n`,
            ),
            shell: { PIP_TOKEN: "hidden" },
            run: up,
            told: /foundation\/Dockerfile needs the secret pip, and nothing says where it is/,
            given: "PIP_TOKEN",
        },
        {
            title: "a builder that is none",
            make: async () => {
                sandbox.write("foundation/content", "another\n");
                await pulumi("config set builder nowhere")();
            },
            run: up,
            told: /there is no builder nowhere/,
            chosen: /config rm/,
        },
        {
            title: "no login",
            make: async () => {
                const { registryServer = "" } = await sandbox.outputs();
                await sandbox.docker("logout", registryServer);
            },
            run: "npm run foundation -- doctor",
            told: /fail +Login/,
        },
        {
            title: "a password that the registry refuses",
            make: async () => {
                const { registryServer = "" } = await sandbox.outputs();
                const file = path.join(sandbox.env["DOCKER_CONFIG"] ?? "", "config.json");
                const config = JSON.parse(fs.readFileSync(file, "utf8")) as object;
                const auths = { [registryServer]: { auth: btoa("foundation-pull:old") } };
                fs.writeFileSync(file, JSON.stringify({ ...config, auths }));
            },
            run: "npm run foundation -- doctor",
            told: /fail +Login/,
        },
        {
            title: "a foundation of one's own, which some build passes over",
            make: () => sandbox.run("docker", ["compose", "build"], { cwd: sandbox.path("foundation") }),
            run: "npm run foundation -- doctor",
            told: /your own foundation is in use/,
        },
        {
            title: "a .env that names another foundation",
            make: () => {
                const file = "apps/app1/.env";
                sandbox.write(file, sandbox.read(file).replace(/(FOUNDATION_IMAGE='.*):.*'/, "$1:other'"));
                return Promise.resolve();
            },
            run: "npm run foundation -- doctor",
            told: /warn +Emitted files/,
        },
        {
            title: "a proxy that Pulumi's own programs would meet",
            make: () => Promise.resolve(),
            shell: { http_proxy: "http://127.0.0.1:1" },
            run: "npm run foundation -- doctor",
            told: /warn +Proxy/,
            chosen: /^export/,
        },
        {
            title: "an emitted file that is gone",
            make: () => fs.promises.rm(sandbox.path("apps/app1/compose.yaml")),
            run: "npm run foundation -- verify",
            told: /apps\/app1\/compose\.yaml is missing/,
            chosen: /sync/,
        },
        {
            title: "variables of the shell that outrank what is emitted, or choose another builder",
            make: () => Promise.resolve(),
            shell: {
                ...{ FOUNDATION_IMAGE: "other", FOUNDATION_STACK: "other", COMPOSE_FILE: "other.yaml" },
                ...{ COMPOSE_ENV_FILES: "other", COMPOSE_DISABLE_ENV_FILE: "1", COMPOSE_PATH_SEPARATOR: ";" },
                ...{ BUILDX_BUILDER: "default", DOCKER_BUILDKIT: "0" },
            },
            run: "npm run foundation -- doctor",
            told: /fail +Shell/,
        },
        {
            title: "a platform of the shell's, which the foundation isn't for",
            make: () => Promise.resolve(),
            shell: { DOCKER_DEFAULT_PLATFORM: "linux/s390x" },
            run: "npm run foundation -- doctor",
            told: /warn +Login/,
            chosen: /^unset/,
        },
        {
            title: "a manifest in the middle of a merge",
            make: async () => {
                await sandbox.run("git", ["init", "--quiet"]);
                await sandbox.run("git", ["add", "--force", "foundation.lock.json"]);
                const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
                await sandbox.run("git", [...author, "commit", "--quiet", "--message", "a"]);
                sandbox.write(
                    "foundation.lock.json",
                    `<<<<<<< HEAD\n${sandbox.read("foundation.lock.json")}`,
                );
            },
            run: "npm run foundation -- verify",
            told: /foundation\.lock\.json can't be read/,
            chosen: /^git/,
        },
        {
            title: "a lock that a killed deployment has left",
            make: () => {
                const home = path.join(sandbox.root, "state");
                const own = `.pulumi/locks/organization/foundation/${sandbox.stack}`;
                fs.mkdirSync(path.join(home, own), { recursive: true });
                const lock = { pid: 1, username: "u", hostname: "h", timestamp: "2000-01-01T00:00:00Z" };
                fs.writeFileSync(path.join(home, own, "a.json"), JSON.stringify(lock));
                // Where `npm start` has it.
                fs.symlinkSync(home, sandbox.path(".foundation/state"));
                return Promise.resolve();
            },
            run: "npm run foundation -- doctor",
            told: /warn +Lock/,
        },
        {
            title: "no stack that is selected",
            make: pulumi("stack unselect"),
            run: "npm run foundation -- verify",
            told: /foundation: /,
            given: () => sandbox.stack,
        },
        {
            title: "a registry that doesn't run",
            make: () => sandbox.docker("stop", "--time", "0", `foundation-registry-${sandbox.stack}-pull-1`),
            run: "npm run foundation -- verify",
            told: /localhost:\d+ does not answer/,
        },
        {
            title: "a port that another program has",
            make: async () => {
                stranger.listen(0, "127.0.0.1");
                await once(stranger, "listening");
                const { port } = stranger.address() as net.AddressInfo;
                await pulumi(`config set pullPort ${port}`)();
            },
            run: up,
            told: /port \d+ is in use by another program/,
            given: () => String(sandbox.pullPort),
        },
        {
            title: "a registry that a stack of this name has left",
            make: async () => {
                await pulumi(`stack rm --force --yes --preserve-config ${sandbox.stack}`)();
                await pulumi(`stack init ${sandbox.stack}`)();
            },
            run: up,
            told: /if another clone of this project has made it/,
            chosen: /^docker compose/,
        },
    ];

    for (const { title, make, shell = {}, run, told, chosen = /./, given = "" } of faults) {
        it(title, async () => {
            await make();
            const refused = await typed(run, shell);
            const commands = commandsAfter(told, refused).filter((command) => chosen.test(command));
            expect(commands, refused.output).not.to.deep.equal([]);
            const input = typeof given === "string" ? given : given();
            // Nobody is here to say yes.
            const carriedOut = commands.map((command) =>
                command === "pulumi up"
                    ? up
                    : command.replace(/ cancel$/, "$& --yes").replaceAll(/<[a-z]+>/g, input),
            );
            const fixed = await typed([...carriedOut, run].join(" && "), shell, input);
            expect(fixed.exitCode, fixed.output).to.equal(0);
            expect(fixed.output).not.to.match(told);
        });
    }

    // Last, as it ends with the registry gone.
    it("another clone's registry on the port", async () => {
        const clone = await Sandbox.create({ smallFoundation: true });
        try {
            // The one that `doctor` goes by where nothing was published yet.
            await clone.pulumi(["stack", "init", "dev"]);
            const conflict = () => clone.pulumi(["config", "set", "pullPort", String(sandbox.pullPort)]);
            await clone.pulumi(["config", "set", "pushPort", String(clone.pushPort)]);
            await conflict();
            const doctor = (before = "") => typed(`${before} npm run foundation -- doctor`, {}, "", clone);
            const told = /warn +Port to pull +\d+ has a registry/;
            const [destroy = "", choose = "", ...others] = commandsAfter(told, await doctor());
            expect(others).to.deep.equal([]);
            const chosen = await doctor(`${choose.replace("<port>", String(clone.pullPort))} &&`);
            expect(chosen.output)
                .to.match(/Port to pull/)
                .and.not.match(told);

            await conflict();
            expect((await typed(`${destroy} --yes --skip-preview`, {})).exitCode).to.equal(0);
            expect((await doctor()).output)
                .to.match(/Port to pull/)
                .and.not.match(told);
        } finally {
            await clone.dispose();
        }
    });

    function typed(
        command: string,
        shell: Readonly<Record<string, string>>,
        input = "",
        where = sandbox,
    ): Promise<Ran> {
        // Without the set-up that the script goes through.
        const script =
            'npm() { if [ "$2" = pulumi ]; then pulumi "${@:4}"; else node cli/foundation.cjs "${@:4}"; fi; }';
        return where.run("bash", ["-c", `${script}\n${command}`], { env: shell, input });
    }
});

/** The commands that a message names, which stand between backticks, in its line and those that go on with it. */
function commandsAfter(told: RegExp, { output }: Ran): string[] {
    const lines = output.split("\n");
    const first = lines.findIndex((text) => told.test(text));
    expect(first, output).to.be.greaterThan(-1);
    const depth = (line: string) => line.search(/\S|$/);
    const after = lines.slice(first + 1);
    const end = after.findIndex((line) => depth(line) <= depth(lines[first] ?? ""));
    const message = [lines[first], ...after.slice(0, end)].map((line) => line?.trim()).join(" ");
    return [...message.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command);
}
