import * as fs from "node:fs";
import { expect } from "chai";
import { untilReady } from "../../components/resources/composeProject/readiness.ts";
import { Sandbox, succeeded, type Ran } from "../support/sandbox.ts";

/** What the deploy stage and a fresh clone do with the command line, against a real registry. */
describe("foundation verify, sync and login", function () {
    this.timeout(600_000);
    let sandbox: Sandbox;
    let outputs: Record<string, string>;
    let pushPassword: string;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true });
        await sandbox.up();
        await sandbox.login();
        outputs = await sandbox.outputs();
        const state = JSON.parse(
            await sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", sandbox.stack]),
        ) as { deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] } };
        const pusher = state.deployment.resources.find(({ urn }) => urn.endsWith("::registry-pusher"));
        pushPassword = plaintext(pusher?.outputs?.["password"]);
    });

    after(async () => {
        await sandbox.dispose();
    });

    /** A secret as `stack export --show-secrets` has it: JSON within JSON. */
    function plaintext(value: unknown): string {
        if (typeof value === "object" && value !== null && "plaintext" in value) {
            return JSON.parse(String(value.plaintext)) as string;
        }
        throw new Error("the state has no plaintext here");
    }

    const foundation = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
        sandbox.run("node", ["cli/foundation.cjs", ...args], { env });
    const verify = (...args: string[]): Promise<Ran> =>
        foundation(["verify", "--stack", sandbox.stack, ...args]);
    const emitted = (): string[] => [
        "foundation.lock.json",
        ...["foundation", "apps/app1", "apps/app2"].flatMap((folder) => [
            `${folder}/compose.yaml`,
            `${folder}/.env`,
        ]),
    ];
    const contents = (): string[] => emitted().map((file) => sandbox.read(file));

    /** Changes files for the time of some work. */
    async function during(
        change: (text: string) => string,
        files: readonly string[],
        work: () => Promise<void>,
    ) {
        const before = files.map((file) => sandbox.read(file));
        files.forEach((file, index) => {
            sandbox.write(file, change(before[index] ?? ""));
        });
        try {
            await work();
        } finally {
            files.forEach((file, index) => {
                sandbox.write(file, before[index] ?? "");
            });
        }
    }

    describe("verify", () => {
        it("succeeds after a deployment, with the stack's outputs or with CI's variables", async () => {
            const { output, exitCode } = await verify();
            expect(exitCode, output).to.equal(0);
            expect(output).to.include("with a credential that can only pull");
            const { pullUsername = "", pullPassword = "" } = outputs;
            const given = { FOUNDATION_PULL_USERNAME: pullUsername, FOUNDATION_PULL_PASSWORD: pullPassword };
            // Without any way to the state.
            const named = `organization/foundation/${sandbox.stack}`;
            const alone = await foundation(["verify", "--json", "--stack", named], {
                ...given,
                PULUMI_BACKEND_URL: "file:///nowhere",
            });
            expect(alone.exitCode, alone.output).to.equal(0);
            expect(JSON.parse(alone.output)).to.include({ version: 1, ok: true, expiresAt: null });
            expect(output + alone.output).to.not.include(pullPassword);
        });

        it("fails for an edited .env", async () => {
            await during(
                (text) => text.replace(/content-\w{4}/, "content-0000"),
                ["apps/app1/.env"],
                async () => {
                    const { output, exitCode } = await verify();
                    expect(exitCode).to.equal(1);
                    expect(output).to.match(/^error: apps\/app1\/\.env is not what the stack emits/m);
                    expect(output).to.match(
                        /^error: \S+content-0000\w+, named in the \.env of apps\/app1, is not in/m,
                    );
                },
            );
        });

        it("fails for an edited compose.yaml, and for a file that is missing", async () => {
            await during(
                (text) => `${text}# mine\n`,
                ["apps/app2/compose.yaml"],
                async () => {
                    fs.renameSync(sandbox.path("apps/app1/compose.yaml"), sandbox.path("kept"));
                    const { output, exitCode } = await verify();
                    fs.renameSync(sandbox.path("kept"), sandbox.path("apps/app1/compose.yaml"));
                    expect(exitCode).to.equal(1);
                    expect(output).to.match(/^error: apps\/app2\/compose\.yaml is not what the stack emits/m);
                    expect(output).to.match(/^error: apps\/app1\/compose\.yaml is missing/m);
                },
            );
        });

        it("fails for files of another stack", async () => {
            await during(
                (text) => text.replace(sandbox.stack, "other"),
                emitted().filter((file) => file.endsWith(".env")),
                async () => {
                    const { output, exitCode } = await verify();
                    expect(exitCode).to.equal(1);
                    expect(output).to.match(
                        /^error: foundation\/\.env is of the stack other, expected e2e-/m,
                    );
                },
            );
        });

        it("never sends the password to a registry that only an edited file names", async () => {
            await during(
                (text) => text.replace(/localhost:\d+/, "127.0.0.1:9"),
                ["apps/app1/.env"],
                async () => {
                    const { output, exitCode } = await verify();
                    expect(exitCode).to.equal(1);
                    expect(output).to.include("is in another registry than");
                },
            );
        });

        it("fails for a password that the registry refuses", async () => {
            const env = {
                FOUNDATION_PULL_USERNAME: "foundation-pull",
                FOUNDATION_PULL_PASSWORD: "yesterday's",
            };
            const { output, exitCode } = await foundation(["verify"], env);
            expect(exitCode).to.equal(1);
            expect(output).to.match(
                /^error: localhost:\d+ refuses the login of foundation-pull, whose password may have expired/m,
            );
            expect(output).to.not.include("yesterday's");
        });

        it("fails for a credential that can push", async () => {
            const env = {
                FOUNDATION_PULL_USERNAME: "foundation-push",
                FOUNDATION_PULL_PASSWORD: pushPassword,
            };
            await during(
                (text) => text.replaceAll(`localhost:${sandbox.pullPort}`, `localhost:${sandbox.pushPort}`),
                emitted().filter((file) => !file.endsWith("compose.yaml")),
                async () => {
                    const { output, exitCode } = await foundation(["verify"], env);
                    expect(exitCode).to.equal(1);
                    expect(output).to.match(/^error: the pull credential can start an upload/m);
                },
            );
        });

        it("says what it could not try while the registry that takes pushes is down", async () => {
            const container = `foundation-registry-${sandbox.stack}-push-1`;
            await sandbox.docker("stop", container);
            const { output, exitCode } = await verify();
            await sandbox.docker("start", container);
            // Whoever pushes next has to find it there.
            const url = `http://localhost:${sandbox.pushPort}/v2/`;
            const pusher = { url, username: "foundation-push", password: pushPassword };
            await untilReady([pusher], AbortSignal.timeout(60_000));
            expect(exitCode, output).to.equal(0);
            expect(output).to.match(
                /^warning: skipped: could not check .*takes pushes doesn't run; start it with/m,
            );
            expect(output).to.not.include("can only pull");
        });

        /** The registry's own folder of the foundation's tags. */
        const tags = "/var/lib/registry/docker/registry/v2/repositories/foundation/_manifests/tags";
        const inRegistry = async (script: string): Promise<void> => {
            const image = "debian:bookworm-slim";
            const volume = `foundation-registry-${sandbox.stack}_images:/var/lib/registry`;
            await sandbox.docker("run", "--rm", "--volume", volume, image, "sh", "-ec", script);
        };

        it("fails for a tag that was moved in the registry", async () => {
            const server = `localhost:${sandbox.pushPort}`;
            const moved = outputs["image"]?.replace(`:${sandbox.pullPort}/`, `:${sandbox.pushPort}/`) ?? "";
            const login = ["login", server, "--username", "foundation-push", "--password-stdin"];
            succeeded(await sandbox.run("docker", login, { input: pushPassword }), "docker login");
            await sandbox.docker("tag", "debian:bookworm-slim", moved);
            await sandbox.docker("push", "--quiet", moved);
            const { output, exitCode } = await verify();
            expect(exitCode).to.equal(1);
            expect(output).to.match(/^error: .*, is sha256:\w{64} in the registry, expected sha256:\w{64}/m);
        });

        it("fails for an image that was deleted from the registry", async () => {
            const tag = outputs["image"]?.split(":").at(-1) ?? "";
            await inRegistry(`mv ${tags}/${tag} /var/lib/registry/kept`);
            const { output, exitCode } = await verify("--json");
            await inRegistry(`mv /var/lib/registry/kept ${tags}/${tag}`);
            expect(exitCode).to.equal(1);
            const document = JSON.parse(output) as {
                ok: boolean;
                findings: { check: string; message: string }[];
            };
            expect(document.ok).to.equal(false);
            expect(document.findings.map(({ check }) => check)).to.deep.equal(["reference"]);
            expect(document.findings[0]?.message).to.include("is not in the registry");
        });

        it("can't be done while the registry is down, and says so", async () => {
            const project = `foundation-registry-${sandbox.stack}`;
            await sandbox.docker("stop", `${project}-pull-1`);
            const started = Date.now();
            const { output, exitCode } = await verify();
            const took = Date.now() - started;
            await sandbox.docker("start", `${project}-pull-1`);
            expect(exitCode).to.equal(2);
            expect(output).to.match(
                /^foundation: localhost:\d+ does not answer .*; start it with `.*pulumi.* up`/,
            );
            expect(took).to.be.lessThan(5000);
        });
    });

    describe("sync", () => {
        it("writes byte for byte what up writes, around the user's own lines", async () => {
            sandbox.write("apps/app1/.env", `${sandbox.read("apps/app1/.env")}MINE='kept'\n`);
            const before = contents();
            for (const file of emitted().filter((name) => name !== "apps/app1/.env"))
                fs.rmSync(sandbox.path(file));
            sandbox.write("apps/app1/.env", "MINE='kept'\n");
            const { output, exitCode } = await foundation(["sync", "--stack", sandbox.stack]);
            expect(exitCode, output).to.equal(0);
            expect(contents()).to.deep.equal(before);

            const preview = await sandbox.tryPreview("--expect-no-changes");
            expect(preview.exitCode, preview.output).to.equal(0);
        });

        it("writes nothing that is there already", async () => {
            const times = emitted().map((file) => fs.statSync(sandbox.path(file)).mtimeMs);
            const { output } = await foundation(["sync", "--stack", sandbox.stack]);
            expect(output).to.match(/^0 written, 7 already/);
            expect(emitted().map((file) => fs.statSync(sandbox.path(file)).mtimeMs)).to.deep.equal(times);
        });

        it("writes none at all where it can't tell its own lines from the user's", async () => {
            const before = sandbox.read("apps/app2/.env");
            sandbox.write("apps/app2/.env", before.replace("# <<< foundation <<<\n", ""));
            fs.rmSync(sandbox.path("foundation/.env"));
            const { output, exitCode } = await foundation(["sync", "--stack", sandbox.stack]);
            expect(exitCode).to.equal(2);
            expect(output).to.include("apps/app2/.env: expected one line");
            expect(fs.existsSync(sandbox.path("foundation/.env"))).to.equal(false);
            sandbox.write("apps/app2/.env", before);
            await foundation(["sync", "--stack", sandbox.stack]);
        });

        it("names a stack that isn't there", async () => {
            const { output, exitCode } = await foundation(["sync", "--stack", "nobodys"]);
            expect(exitCode).to.equal(2);
            expect(output).to.match(/^foundation: there is no stack named 'nobodys'; `pulumi stack ls`/);
        });
    });

    describe("login", () => {
        it("logs in from the stack's outputs, and says how long it is good for and how it is kept", async () => {
            await sandbox.docker("logout", `localhost:${sandbox.pullPort}`);
            const { output, exitCode } = await foundation(["login"]);
            expect(exitCode, output).to.equal(0);
            expect(output).to.include("foundation-pull, who may only pull");
            expect(output).to.include("The password never expires");
            expect(output).to.match(/plain text in .*config\.json.*docker-credential-/);
            expect(output).to.not.include(outputs["pullPassword"]);
            await sandbox.docker("manifest", "inspect", "--insecure", outputs["image"] ?? "");
        });

        it("logs in from the environment, without Pulumi", async () => {
            await sandbox.docker("logout", `localhost:${sandbox.pullPort}`);
            const { pullUsername = "", pullPassword = "" } = outputs;
            const { output, exitCode } = await foundation(["login"], {
                FOUNDATION_PULL_USERNAME: pullUsername,
                FOUNDATION_PULL_PASSWORD: pullPassword,
                PULUMI_BACKEND_URL: "file:///nowhere",
            });
            expect(exitCode, output).to.equal(0);
            expect(output).to.include("When the password ends is not known here");
        });

        it("says that a password is refused", async () => {
            const { output, exitCode } = await foundation(["login"], {
                FOUNDATION_PULL_USERNAME: "foundation-pull",
                FOUNDATION_PULL_PASSWORD: "yesterday's",
            });
            expect(exitCode).to.equal(2);
            expect(output).to.match(
                /^foundation: localhost:\d+ refuses the password of foundation-pull, which may have expired/,
            );
        });
    });

    describe("doctor", () => {
        it("finds nothing that fails after a deployment and a login", async () => {
            await sandbox.login();
            const { output, exitCode } = await foundation(["doctor"]);
            expect(exitCode, output).to.equal(0);
            expect(output)
                .to.match(/^ok +Login/m)
                .and.match(/^ok +Port to pull/m);
        });

        it("names each trap, with its remedy", async () => {
            const { output, exitCode } = await foundation(["doctor"], {
                FOUNDATION_IMAGE: "other",
                COMPOSE_FILE: "other.yaml",
                DOCKER_CONFIG: sandbox.path(".no-login"),
            });
            expect(exitCode).to.equal(1);
            expect(output).to.match(/^fail +Login +none for localhost/m);
            for (const remedy of [
                "unset FOUNDATION_IMAGE",
                "unset COMPOSE_FILE",
                "npm run foundation -- login",
            ]) {
                expect(output).to.include(remedy);
            }
        });

        it("goes on where the configuration can't be read, and says where that is", async () => {
            await during(
                (text) => `${text}broken: [\n`,
                [`Pulumi.${sandbox.stack}.yaml`],
                async () => {
                    const { output, exitCode } = await foundation(["doctor"]);
                    expect(exitCode, output).to.equal(1);
                    expect(output)
                        .to.match(/^fail +Configuration .*Pulumi\.e2e-/m)
                        .and.match(/^ok +Login/m);
                },
            );
        });

        it("goes on where Docker is down, and says what to do", async () => {
            const { output, exitCode } = await foundation(["doctor"], {
                DOCKER_HOST: "unix:///nowhere.sock",
            });
            expect(exitCode).to.equal(1);
            expect(output)
                .to.match(/^fail +Docker engine +Docker is not running/m)
                .and.match(/^ok +Node/m);
        });
    });

    for (const command of ["status", "revert", "graph"]) {
        it(`says in one sentence that Docker is down, in ${command}`, async () => {
            const started = Date.now();
            const { output, exitCode } = await foundation([command], { DOCKER_HOST: "unix:///nowhere.sock" });
            expect(exitCode).to.equal(2);
            expect(output.trim().split("\n")).to.have.length(1);
            expect(output).to.match(/^foundation: Docker is not running .*; start it/);
            expect(Date.now() - started).to.be.lessThan(5000);
        });
    }
});
