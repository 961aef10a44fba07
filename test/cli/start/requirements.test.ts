import * as path from "node:path";
import { expect } from "chai";
import { checkRequirements } from "../../../cli/start/requirements.ts";
import { Problem } from "../../../components/problem.ts";
import { standInDocker, type Answer } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("what a deployment needs", () => {
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const setEnvironment = withEnvironment();

    /** What is wrong with a machine that has this Docker, and a Pulumi that is new enough. */
    async function found(...answers: readonly Answer[]): Promise<string | undefined> {
        docker([
            ...answers,
            { to: "version *", prints: "99.0.0\n" },
            { to: "buildx version", prints: "github.com/docker/buildx v99.0.0 x\n" },
            { to: "compose version *", prints: "99.0.0\n" },
        ]);
        const bin = folder();
        fakeProgram(bin, "pulumi", "echo v99.0.0");
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        const problem: unknown = await checkRequirements(folder()).catch((error: unknown) => error);
        return problem instanceof Problem ? problem.message : undefined;
    }

    it("is told all at once, each with where to get it", async () => {
        expect(
            await found(
                {
                    to: "buildx version",
                    fails: "docker: 'buildx' is not a docker command.\nRun 'docker --help'",
                },
                { to: "compose version *", prints: "2.0.0\n" },
            ),
        ).to.equal(
            [
                "this machine can't deploy yet",
                "  - Docker buildx does not answer (docker: 'buildx' is not a docker command.); install it from https://github.com/docker/buildx#installing",
                "  - Docker Compose must be 2.23.1 or newer, found 2.0.0; install it from https://docs.docker.com/compose/install/",
            ].join("\n"),
        );
        expect(await found()).to.equal(undefined);
    });

    it("is told once where Docker itself lacks it", async () => {
        const said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
        expect(await found({ to: "*", fails: said })).to.match(
            /^this machine can't deploy yet\n {2}- Docker is not running .*$/,
        );
    });
});
