import { expect } from "chai";
import { checkBuild } from "../../cli/doctor/build.ts";
import { standInDocker } from "../support/docker.ts";
import { temporaryFolders } from "../support/folder.ts";

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
        docker([failing("failed to do request: dial tcp 127.0.0.1:5051: connect: connection refused")]);
        const { state, detail, remedy } = await checkBuild("apart", server);
        expect(state).to.equal("warn");
        expect(detail).to.include(`apart can't reach ${server}`);
        expect(remedy).to.include("--driver-opt network=host");
    });

    it("says what is wrong with a builder that can't build at all", async () => {
        docker([failing('no builder "nosuch" found')]);
        const { detail, remedy } = await checkBuild("nosuch", server);
        expect(detail).to.include('no builder "nosuch" found').and.not.include("reach");
        expect(remedy).to.include("docker buildx ls");
    });
});
