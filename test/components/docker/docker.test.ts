import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { ask, mustAnswer } from "../../../components/docker/ask.ts";
import { compose, docker, DockerError, streamDocker } from "../../../components/docker/docker.ts";
import { engineBuilder } from "../../../components/docker/builder.ts";
import { temporaryFolders } from "../../support/folder.ts";

async function problemOf(work: Promise<unknown>): Promise<Problem> {
    try {
        await work;
    } catch (error) {
        expect(error).to.be.instanceOf(Problem);
        return error as Problem;
    }
    throw new Error("expected a problem");
}

describe("docker", () => {
    const folder = temporaryFolders();
    const { PATH } = process.env;

    /** Puts a script in the place of the docker command. */
    function fake(script: string): void {
        const bin = folder();
        fs.writeFileSync(path.join(bin, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        process.env["PATH"] = `${bin}${path.delimiter}${PATH ?? ""}`;
    }

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    afterEach(() => {
        process.env["PATH"] = PATH;
        delete process.env["COMPOSE_PROFILES"];
    });

    it("passes what is secret on standard input alone", async () => {
        fake('echo "$@"; cat');
        const output = await compose("fruit", "services: {}", ["up", "--detach"]);
        expect(output).to.equal(
            "compose --project-name fruit --env-file /dev/null --progress quiet --file - up --detach\nservices: {}",
        );
    });

    it("keeps the user's Compose settings out, and nothing else", async () => {
        process.env["COMPOSE_PROFILES"] = "debug";
        fake('echo "${COMPOSE_PROFILES-none} $HOME"');
        expect(await docker(["ps"])).to.equal(`none ${process.env["HOME"] ?? ""}\n`);
    });

    it("does not mind a command that ends before it has read its input", async () => {
        fake("exit 0");
        expect(await docker(["ps"], { input: "x".repeat(1_000_000) })).to.equal("");
    });

    const faults: [string, string, RegExp][] = [
        [
            "no engine",
            "Cannot connect to the Docker daemon at unix:///nope. Is the docker daemon running?",
            /^Docker is not running .*start it/,
        ],
        [
            "no engine at that address",
            'error during connect: Get "http://bad:2375/v1.50/containers/json": dial tcp: no such host',
            /^Docker is not running .*no such host.*DOCKER_HOST/,
        ],
        [
            "an engine for others",
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get …",
            /^Docker does not let you in.*usermod -aG docker/,
        ],
        [
            "no compose",
            "docker: 'compose' is not a docker command.\nSee 'docker --help'",
            /install Docker Compose 2/,
        ],
        [
            "no compose in newer versions",
            "docker: unknown command: docker compose",
            /install Docker Compose 2/,
        ],
    ];
    for (const [fault, said, expected] of faults) {
        it(`explains ${fault}`, async () => {
            fake(`cat <<'end' >&2\n${said}\nend\nexit 1`);
            const problem = await problemOf(docker(["ps"]));
            expect(problem).to.not.be.instanceOf(DockerError);
            expect(problem.message).to.match(expected);
        });
    }

    it("asks the engine that DOCKER_HOST or the context leads to, where none runs at first", async () => {
        const contexts = folder();
        const isUp = `[ "$DOCKER_HOST" = tcp://up:1 ] || [ -e "${contexts}/up" ]`;
        const isDown = "Cannot connect to the Docker daemon at unix:///nope. Is the docker daemon running?";
        fake(
            `case "$1" in context) touch "${contexts}/$3" ;; *) ${isUp} || { echo "${isDown}" >&2; exit 1; }; echo up ;; esac`,
        );
        const { DOCKER_HOST } = process.env;
        for (const follow of [
            () => Promise.resolve((process.env["DOCKER_HOST"] = "tcp://up:1")),
            () => docker(["context", "use", "up"]),
        ]) {
            try {
                expect((await problemOf(docker(["ps"]))).message).to.match(
                    /start it, or set DOCKER_HOST or `docker context use` to one that is, and run this again$/,
                );
                await follow();
                expect(await docker(["ps"])).to.equal("up\n");
            } finally {
                if (DOCKER_HOST === undefined) delete process.env["DOCKER_HOST"];
                else process.env["DOCKER_HOST"] = DOCKER_HOST;
            }
        }
    });

    it("hands on what Docker says otherwise", async () => {
        fake("echo 'no such volume' >&2; exit 1");
        const problem = await problemOf(docker(["volume", "rm", "x"]));
        expect(problem).to.be.instanceOf(DockerError);
        expect(problem.message).to.equal("no such volume");
    });

    it("explains that there is no docker command", async () => {
        process.env["PATH"] = folder();
        expect((await problemOf(docker(["ps"]))).message).to.match(/^Docker is not installed/);
        fake("echo installed");
        expect(await docker(["ps"])).to.equal("installed\n");
    });

    it("does not wait for an engine that hangs", async () => {
        fake("exec sleep 60");
        const problem = await problemOf(docker(["ps"], { seconds: 0.2 }));
        expect(problem.message).to.match(/^Docker did not answer docker ps within 0.2 seconds/);
    });

    it("ends with the deployment", async () => {
        fake("exec sleep 60");
        const interrupted = new AbortController();
        const work = docker(["ps"], { signal: interrupted.signal });
        interrupted.abort();
        expect((await problemOf(work)).message).to.equal("docker ps was interrupted");
    });

    it("knows the engine's own builder by the name of its context", async () => {
        fake('[ "$*" = "context inspect --format {{.Name}}" ] && echo desktop-linux');
        expect(await engineBuilder(AbortSignal.timeout(30_000))).to.equal("desktop-linux");
    });

    describe("asked what an engine must know", () => {
        it("answers", async () => {
            fake('echo "$*"; cat');
            expect(await mustAnswer(["info"])).to.equal("info\n");
            expect(await ask(["info"])).to.equal("info\n");
        });

        it("has a remedy where it says no", async () => {
            fake("echo 'what?' >&2; exit 1");
            const problem = await problemOf(mustAnswer(["compose", "version", "--short"]));
            expect(problem).to.not.be.instanceOf(DockerError);
            expect(problem.message).to.equal(
                "`docker compose version` failed (what?); see whether it works by itself",
            );
        });

        it("says what is wrong by itself where there is no engine", async () => {
            fake("echo 'Cannot connect to the Docker daemon' >&2; exit 1");
            expect((await problemOf(mustAnswer(["info"]))).message).to.match(/^Docker is not running/);
        });
    });

    describe("line by line", function () {
        this.timeout(60_000);

        function stream(signal: AbortSignal = AbortSignal.timeout(30_000)) {
            const lines: string[] = [];
            const env = { ADDED: "yes", HOME: undefined };
            const work = streamDocker(["build", "."], { cwd: folder(), signal, env }, (line) => {
                lines.push(line);
            });
            return { lines, work };
        }

        it("tells all that it says, and whether it succeeded", async () => {
            process.env["COMPOSE_PROFILES"] = "debug";
            fake('echo "$* ${ADDED-none} ${HOME-none} ${COMPOSE_PROFILES-none}"; echo b >&2');
            const { lines, work } = stream();
            expect(await work).to.equal(true);
            expect(lines).to.have.members(["build . yes none none", "b"]);
            fake("exit 1");
            expect(await stream().work).to.equal(false);
        });

        it("ends with the deployment", async () => {
            fake("exec sleep 60");
            const interrupted = new AbortController();
            const { work } = stream(interrupted.signal);
            interrupted.abort();
            expect((await problemOf(work)).message).to.equal("docker build was interrupted");
        });

        it("explains that there is no docker command", async () => {
            process.env["PATH"] = folder();
            expect((await problemOf(stream().work)).message).to.match(/^Docker is not installed/);
        });
    });
});
