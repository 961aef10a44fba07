import * as fs from "node:fs";
import * as net from "node:net";
import { expect } from "chai";
import { Sandbox, type Ran } from "../support/sandbox.ts";

/** Everything that a failed command may not do: half of its work. */
describe("bad input and broken surroundings", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true });
    });

    after(async () => {
        await sandbox.dispose();
    });

    const emitted = ["foundation", "apps/app1", "apps/app2"].flatMap((folder) => [
        `${folder}/compose.yaml`,
        `${folder}/.env`,
    ]);
    const snapshot = (): Record<string, string | undefined> =>
        Object.fromEntries(
            emitted.map((file) => [file, fs.existsSync(sandbox.path(file)) ? sandbox.read(file) : undefined]),
        );

    /** One failure that says `told`, shows no stack trace, and has changed no emitted file. */
    function expectRefusal({ output, exitCode }: Ran, before: object, ...told: (string | RegExp)[]): void {
        expect(exitCode, output).not.to.equal(0);
        for (const part of told) {
            if (typeof part === "string") expect(output, output).to.include(part);
            else expect(output).to.match(part);
        }
        expect(output).not.to.match(/^\s+at .*\.(ts|js):\d+/m);
        expect(snapshot()).to.deep.equal(before);
    }

    describe("before anything exists", () => {
        afterEach(async () => {
            const containers = await sandbox.docker("ps", "--all", "--format", "{{.Names}}");
            expect(containers).not.to.include(`foundation-registry-${sandbox.stack}`);
        });

        it("a wrong type is refused by Pulumi's own schema", async () => {
            await sandbox.configure("envFiles", "copy");
            const { output, exitCode } = await sandbox.run("pulumi", [
                "config",
                "set",
                "--stack",
                sandbox.stack,
                "foundation:protect",
                "perhaps",
            ]);
            const refused = exitCode === 0 ? await sandbox.tryPreview() : { output, exitCode };
            expectRefusal(refused, snapshot(), /protect.*must be of type 'boolean'/);
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "foundation:protect"]);
        });

        it("unknown keys and bad values are all told at once, in a preview already", async () => {
            const bad = { foundaton: "x", repository: "Team/Base", tag: "-x", envFiles: "both" };
            for (const [key, value] of Object.entries(bad)) await sandbox.configure(key, value);
            await sandbox.configure("pushPort", String(sandbox.pullPort));
            const told = [
                /- foundaton: is not a key/,
                /- repository: .*Team\/Base/,
                /- tag: .*"-x"/,
                /- envFiles: .*"both"/,
            ];
            expectRefusal(await sandbox.tryPreview(), snapshot(), "the configuration can't be used", ...told);
            expectRefusal(await sandbox.tryUp(), snapshot(), ...told);
            for (const key of Object.keys(bad)) {
                await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, `foundation:${key}`]);
            }
            expectRefusal(await sandbox.tryUp(), snapshot(), "pushPort: must differ from pullPort");
            await sandbox.configure("pushPort", String(sandbox.pushPort));
        });

        it("an app that names the foundation, and can't be built on it, is refused with what it has", async () => {
            sandbox.write("apps/half/Dockerfile", "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}-slim\n");
            const told = ["apps/half/Dockerfile", "${FOUNDATION_IMAGE}-slim", "must stand alone"];
            expectRefusal(await sandbox.tryUp(), snapshot(), ...told);
            fs.rmSync(sandbox.path("apps/half"), { recursive: true });
        });

        it("files of the user's that ours would replace are refused, and stay", async () => {
            sandbox.write("foundation.lock.json", "{}\n");
            sandbox.write("apps/app2/.env", "# <<< foundation <<<\n");
            const before = snapshot();
            const told = [
                "foundation.lock.json: it is there and not ours",
                "apps/app2/.env: expected one line",
            ];
            expectRefusal(await sandbox.tryPreview(), before, ...told);
            // As a person runs it: with the preview that comes first.
            const up = await sandbox.run("pulumi", ["up", "--yes", "--stack", sandbox.stack]);
            expectRefusal(up, before, ...told);
            expect(sandbox.read("foundation.lock.json")).to.equal("{}\n");
            fs.rmSync(sandbox.path("foundation.lock.json"));
            fs.rmSync(sandbox.path("apps/app2/.env"));
        });

        it("a port that somebody else listens on is not taken over", async () => {
            const stranger = net.createServer().listen(sandbox.pullPort, "127.0.0.1");
            // A failed test must not keep the process alive.
            stranger.unref();
            expectRefusal(
                await sandbox.tryUp(),
                snapshot(),
                String(sandbox.pullPort),
                "pulumi config set pullPort",
            );
            await new Promise((resolve) => stranger.close(resolve));
        });

        it("a Docker that is down is told in one sentence, within 5 seconds", async () => {
            const started = Date.now();
            const down = { DOCKER_HOST: `unix://${sandbox.root}/no.sock` };
            const args = ["up", "--yes", "--skip-preview", "--stack", sandbox.stack];
            expectRefusal(
                await sandbox.run("pulumi", args, { env: down }),
                snapshot(),
                "Docker is not running",
            );
            // Besides what the engine takes to start.
            expect(Date.now() - started).to.be.lessThan(15_000);
        });
    });

    describe("later", () => {
        before(async () => {
            await sandbox.up();
        });

        it("a Dockerfile that does not build is told with its line, and the next run converges", async () => {
            const good = sandbox.read("foundation/Dockerfile");
            sandbox.write("foundation/Dockerfile", `${good}COPY nowhere /\n`);
            expectRefusal(
                await sandbox.tryUp(),
                snapshot(),
                "foundation/Dockerfile does not build",
                "Dockerfile:4",
                "nowhere",
            );
            sandbox.write("foundation/Dockerfile", good);
            await sandbox.up("--expect-no-changes");
        });

        it("a Dockerfile with a syntax error is told with its line", async () => {
            const good = sandbox.read("foundation/Dockerfile");
            sandbox.write("foundation/Dockerfile", `${good}COPPY content /\n`);
            expectRefusal(await sandbox.tryUp(), snapshot(), "foundation/Dockerfile does not build", "COPPY");
            sandbox.write("foundation/Dockerfile", good);
        });

        it("a registry that goes away during the build is told as that, and the next run converges", async () => {
            const before = snapshot();
            const step = `sleep 5 # ${Date.now()}`;
            sandbox.write("foundation/Dockerfile", `FROM debian:bookworm-slim\nRUN ${step}\n`);
            // While it builds, the registry goes away that the deployment has seen running.
            const up = await sandbox.upWith(step, () =>
                sandbox.docker("stop", "--time", "0", `foundation-registry-${sandbox.stack}-push-1`),
            );
            expectRefusal(up, before, `can't reach localhost:${sandbox.pushPort} to push`);
            await sandbox.up();
            expect(snapshot()).not.to.deep.equal(before);
            await sandbox.docker("pull", "--quiet", await loggedIn());
        });

        it("two deployments at once: the second is refused by the lock, and nothing is mixed", async () => {
            sandbox.write("foundation/content", "third\n");
            const both = await Promise.all([sandbox.tryUp(), sandbox.tryUp()]);
            const refused = both.filter(({ exitCode }) => exitCode !== 0);
            expect(refused).to.have.length(1);
            expect(refused[0]?.output).to.match(/locked|pulumi cancel/);
            await sandbox.up("--expect-no-changes");
        });

        it("a deployment that is killed converges with the next one", async () => {
            for (const milliseconds of [1500, 3000, 5000]) {
                sandbox.write("foundation/content", `killed after ${milliseconds}\n`);
                await killed(milliseconds);
                await sandbox.pulumi(["cancel", "--yes", "--stack", sandbox.stack]);
                await sandbox.up();
                await sandbox.up("--expect-no-changes");
                await sandbox.docker("pull", "--quiet", await loggedIn());
            }
        });

        it("a tag fixed by hand is used as it is, and follows the content", async () => {
            await sandbox.configure("tag", "v1");
            await sandbox.up();
            const first = await sandbox.outputs();
            expect(first["image"]).to.equal(`localhost:${sandbox.pullPort}/foundation:v1`);
            sandbox.write("foundation/Dockerfile", "FROM debian:bookworm-slim\nRUN echo other > /built\n");
            await sandbox.up();
            expect((await sandbox.outputs())["digest"]).not.to.equal(first["digest"]);
        });
    });

    async function loggedIn(): Promise<string> {
        await sandbox.login();
        return (await sandbox.outputs())["image"] ?? "";
    }

    /** Starts a deployment and kills it, with all that it has started, after so many milliseconds. */
    async function killed(milliseconds: number): Promise<void> {
        const seconds = String(milliseconds / 1000);
        const up = ["pulumi", "up", "--yes", "--skip-preview", "--stack", sandbox.stack];
        await sandbox.run("timeout", ["--signal=KILL", seconds, ...up]);
    }
});
