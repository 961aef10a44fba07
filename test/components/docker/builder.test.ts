import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { composeHeedsEnvFile, currentBuilder } from "../../../components/docker/builder.ts";
import { standInDocker } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("the builder that Compose builds with", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const docker = standInDocker(folder);
    const engines = { name: "default", driver: "docker" };
    const remote = { name: "far", driver: "remote" };
    const inspected = {
        to: "buildx inspect",
        prints: "Name:          far\nDriver:        remote\nNodes:\nName: x\n",
    };
    const emitted = { BUILDX_CONFIG: "/dev/null" };

    beforeEach(() => {
        for (const name of ["BUILDX_BUILDER", "BUILDX_CONFIG"]) setEnvironment(name, undefined);
        setEnvironment("DOCKER_CONFIG", folder({ "buildx/instances/far": "{}" }));
    });

    it("is the engine's, without a question, where there are no others", async () => {
        const empty = folder();
        fs.mkdirSync(path.join(empty, "buildx/instances"), { recursive: true });
        for (const home of [empty, folder()]) {
            setEnvironment("DOCKER_CONFIG", home);
            const { calls } = docker([]);
            expect(await currentBuilder(undefined)).to.deep.equal(engines);
            expect(calls()).to.deep.equal([]);
        }
    });

    it("is the one in use", async () => {
        docker([inspected]);
        expect(await currentBuilder(undefined)).to.deep.equal(remote);
    });

    it("is the one that the shell names", async () => {
        setEnvironment("BUILDX_BUILDER", "far");
        const { calls } = docker([{ ...inspected, to: "buildx inspect far" }]);
        expect(await currentBuilder(emitted)).to.deep.equal(remote);
        expect(calls()).to.deep.equal(["buildx inspect far"]);
    });

    it("is among those where the shell says that they are", async () => {
        setEnvironment("DOCKER_CONFIG", folder());
        setEnvironment("BUILDX_CONFIG", folder({ "instances/far": "{}" }));
        const { calls } = docker([inspected]);
        expect(await currentBuilder(emitted)).to.deep.equal(remote);
        expect(calls()).to.deep.equal(["buildx inspect"]);
    });

    for (const [version, builder] of [
        ["2.39.2", engines],
        ["2.39.3", remote],
    ] as const) {
        it(`is the ${builder.name} one for Compose ${version} where the emitted .env names the engine's`, async () => {
            docker([inspected, { to: "compose version --short", prints: `${version}\n` }]);
            expect(await currentBuilder(emitted)).to.deep.equal(builder);
        });
    }

    it("is looked for beside Docker's settings where the variable for another place is empty", async () => {
        setEnvironment("BUILDX_CONFIG", "");
        docker([inspected]);
        expect(await currentBuilder(undefined)).to.deep.equal(remote);
    });

    it("isn't known where it can't be inspected", async () => {
        docker([{ to: "buildx inspect*", fails: "no builder" }]);
        expect(await currentBuilder(undefined)).to.deep.equal({ name: "current", driver: "unknown" });
        setEnvironment("BUILDX_BUILDER", "gone");
        expect(await currentBuilder(undefined)).to.deep.equal({ name: "gone", driver: "unknown" });
    });

    it("is asked for by a .env up to Compose 2.39.2", () => {
        const versions = {
            ...{ "2.39.2": true, "v2.39.2-desktop.1": true, "2.9.10": true, "2.38.4": true },
            ...{ "2.39.3": false, "v2.39.10": false, "2.40.0": false, "5.0.1": false, "1.29.2": false },
        };
        for (const [version, heeds] of Object.entries(versions)) {
            expect(composeHeedsEnvFile(version), version).to.equal(heeds);
        }
    });
});
