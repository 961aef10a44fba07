import { execSync } from "node:child_process";
import { expect } from "chai";
import { checkAbility, checkBuild } from "../../../cli/doctor/build.ts";
import { looked } from "../../../cli/doctor/check.ts";
import { engineFor, standInDocker } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("doctor, of the build", () => {
    const docker = standInDocker(temporaryFolders());
    const server = "localhost:5051";
    const context = { to: "context inspect *", prints: "desktop-linux\n" };
    const asked = `${server}/foundation-doctor:none`;
    const failing = (said: string) => ({ to: "buildx build *", fails: `#1 ERROR\nERROR: ${said}\n` });

    for (const answer of [
        "not found",
        "failed to authorize: unexpected status: 401 Unauthorized",
        "pull access denied",
    ]) {
        it(`is well where the registry answers with "${answer}"`, async () => {
            const { calls } = docker([context, failing(`failed to solve: ${asked}: ${answer}`)]);
            expect(await checkBuild(undefined, server)).to.deep.equal({
                state: "ok",
                detail: `desktop-linux reaches ${server}`,
            });
            expect(calls().at(-1)).to.include("--builder desktop-linux");
        });
    }

    it("names the way to the host's network for a builder in a container", async () => {
        const created = "buildx create --name near --driver-opt network=host";
        docker([
            { to: created },
            { ...failing(`${asked}: not found`), to: "buildx build --builder near *", after: created },
            failing("failed to do request: dial tcp 127.0.0.1:5051: connect: connection refused"),
        ]);
        const { state, detail, remedy } = await checkBuild("apart", server);
        expect(state).to.equal("warn");
        expect(detail).to.include(`apart can't reach ${server}`);
        const [, command = ""] = /`(docker buildx create [^`]+)`/.exec(remedy ?? "") ?? [];
        execSync(command.replace("<name>", "near"));
        expect((await checkBuild("near", server)).state).to.equal("ok");
    });

    it("names a credential helper that is missing, and doesn't take that for an answer", async () => {
        const said = 'exec: "docker-credential-x": executable file not found in $PATH, out: ``';
        docker([context, failing(`error getting credentials - err: ${said}`)]);
        const { state, detail } = await checkBuild(undefined, server);
        expect(state).to.equal("warn");
        expect(detail).to.match(/^docker-credential-x, .* is not installed/);
    });

    it("says what is wrong with a builder that can't build at all", async () => {
        docker([
            { ...failing('no builder "nosuch" found'), to: "buildx build --builder nosuch *" },
            failing(`${asked}: not found`),
        ]);
        const { detail, remedy } = await checkBuild("nosuch", server);
        expect(detail).to.include('no builder "nosuch" found').and.not.include("reach");
        expect(remedy).to.include("docker buildx ls");
        expect((await checkBuild("there", server)).state).to.equal("ok");
    });

    describe("for platforms", () => {
        const able = (builder: string | undefined, ...platforms: string[]) =>
            looked(() => checkAbility({ builder, attest: [], platforms: [platforms] }));
        const inspected = {
            to: "buildx inspect apart",
            prints: "Name: apart\nPlatforms:        linux/amd64*, linux/arm64, linux/arm/v7\n",
        };

        it("is well with those that the builder has", async () => {
            docker([inspected]);
            expect((await able("apart", "linux/amd64", "linux/arm")).state).to.equal("ok");
        });

        it("names those that it can't run programs for", async () => {
            const emulation = "run --privileged --rm tonistiigi/binfmt --install all";
            const emulating = { ...inspected, prints: "Name: apart\nPlatforms: linux/amd64, linux/s390x\n" };
            docker([{ to: emulation }, { ...emulating, after: emulation }, inspected]);
            const { state, detail, remedy } = await able("apart", "linux/amd64", "linux/s390x");
            expect(state).to.equal("warn");
            expect(detail).to.equal("apart can't run programs for linux/s390x");
            const [, command = ""] = /`(docker run [^`]+)`/.exec(remedy ?? "") ?? [];
            execSync(command);
            expect((await able("apart", "linux/amd64", "linux/s390x")).state).to.equal("ok");
        });

        it("says that the engine's own builder makes none for several", async () => {
            docker(
                [inspected],
                [engineFor("amd64"), { path: "/info", body: { Driver: "overlay2", DriverStatus: [] } }],
            );
            const { state, detail } = await able(undefined, "linux/amd64", "linux/arm64");
            expect(state).to.equal("fail");
            expect(detail).to.include("can't build for several platforms");
            expect((await able("apart", "linux/amd64", "linux/arm64")).state).to.equal("ok");
        });
    });
});
