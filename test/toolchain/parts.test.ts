import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { provideActionlint } from "../../toolchain/offline/actionlint.ts";
import { provideChromium } from "../../toolchain/parts/chromium.ts";
import { provideDocker, removeStalePid } from "../../toolchain/parts/docker.ts";
import { provideNode } from "../../toolchain/parts/node.ts";
import { providePulumi } from "../../toolchain/parts/pulumiCli.ts";
import { provideSecondEngine } from "../../toolchain/parts/secondEngine.ts";
import { MINIMUM_PULUMI } from "../../components/versions.js";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "./support.ts";

/** A step that is not expected to do anything. */
const step = {
    signal: new AbortController().signal,
    doing: (): void => undefined,
    announce: (text: string): void => {
        throw new Error(`announced: ${text}`);
    },
};

describe("the process id that an engine has left behind", () => {
    const folder = temporaryFolders();

    before(function () {
        if (process.platform !== "linux") this.skip();
    });

    /** Whether it stays, where the program that has it is to be called so. */
    function stays(pid: number, program: string): boolean {
        const file = `${folder({ "docker.pid": `${pid}\n` })}/docker.pid`;
        removeStalePid(file, program);
        return existsSync(file);
    }

    it("stays while its engine runs, and goes where nothing or another program has it", () => {
        expect(stays(process.pid, readFileSync("/proc/self/comm", "utf8").trim())).to.equal(true);
        expect(stays(process.pid, "dockerd")).to.equal(false);
        expect(stays(2 ** 22 + 1, "dockerd")).to.equal(false);
    });
});

describe("a machine that has everything", () => {
    const folder = temporaryFolders();
    const set = withEnvironment();
    const { fetch } = globalThis;
    let bin: string;

    after(() => {
        globalThis.fetch = fetch;
    });

    beforeEach(() => {
        globalThis.fetch = () => Promise.reject(new Error("this network has no pulumi.com"));
        bin = folder();
        set("PATH", bin);
        set("XDG_CACHE_HOME", folder());
        set("FOUNDATION_NO_INSTALL", "1");
        set("DOCKER_HOST", undefined);
        set("DOCKER_CONTEXT", undefined);
    });

    const docker = (answers: Record<string, string>): void => {
        const cases = Object.entries(answers).map(([args, script]) => `"${args}"*) ${script} ;;`);
        fakeProgram(bin, "docker", `case "$*" in ${cases.join("\n")} *) exit 1 ;; esac`);
    };
    const clients = {
        "--version": "echo Docker version 28.0.0",
        "buildx version": "echo github.com/docker/buildx v0.20.0 abc",
        "compose version": "echo 2.40.3",
    };
    const problem = (work: Promise<unknown>): Promise<string> =>
        work.then(
            () => "",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );

    it("keeps its Node", async () => {
        expect(await provideNode()).to.deep.equal({
            title: `Node ${process.versions.node}`,
            how: "already here",
        });
    });

    it("keeps its Pulumi CLI", async () => {
        fakeProgram(bin, "pulumi", "echo v3.999.0");
        fakeProgram(bin, "pulumi-language-nodejs", "");
        expect(await providePulumi(step, Promise.resolve())).to.deep.equal({
            title: "Pulumi CLI 3.999.0",
            how: "already here",
        });
    });

    it("does not keep a Pulumi CLI that is too old, or that has no language host", async () => {
        mkdirSync(`${bin}/other`);
        fakeProgram(bin, "pulumi", `echo v${MINIMUM_PULUMI}`);
        expect(await problem(providePulumi(step, Promise.resolve()))).to.include(
            "the Pulumi CLI is not installed",
        );
        fakeProgram(bin, "pulumi-language-nodejs", "");
        fakeProgram(bin, "pulumi", "echo v3.1.0");
        expect(await problem(providePulumi(step, Promise.resolve()))).to.include("install Go 1.");
    });

    it("keeps its actionlint", async () => {
        fakeProgram(bin, "actionlint", "");
        expect(await provideActionlint(step)).to.deep.equal({ title: "actionlint", how: "already here" });
    });

    it("does without actionlint where there is no Go to build it", async () => {
        const { how } = await provideActionlint(step);
        expect(how).to.equal("skipped: Go can't build it here");
    });

    it("keeps its browser", async () => {
        fakeProgram(bin, "google-chrome", "");
        expect(await provideChromium(step)).to.deep.equal({ title: "Chromium", how: "already here" });
    });

    it("does without a browser where none may be installed, and says which tests that skips", async () => {
        const announced: string[] = [];
        const { how } = await provideChromium({ ...step, announce: (text) => announced.push(text) });
        expect(how).to.equal("skipped");
        expect(announced).to.have.lengthOf(1);
        expect(announced[0]).to.match(
            /^There is no Chromium, so the tests of the graph's page are skipped; /,
        );
    });

    it("keeps its Docker", async () => {
        docker({ ...clients, "version --format": "echo 28.0.0" });
        expect(await provideDocker(step)).to.deep.equal({ title: "Docker 28.0.0", how: "already here" });
    });

    it("does without a second engine where none can be started, and says which tests that skips", async () => {
        const announced: string[] = [];
        // No dockerd, no root or no Linux, as it may be.
        const { how } = await provideSecondEngine({ ...step, announce: (text) => announced.push(text) });
        expect(how).to.equal("skipped");
        expect(announced).to.have.lengthOf(1);
        expect(announced[0]).to.match(
            /^The tests on a current Docker are skipped: a second engine can't be started: /,
        );
    });

    it("is told of a Docker that is too old", async () => {
        docker({ ...clients, "version --format": "echo 20.10.24+dfsg1" });
        expect(await problem(provideDocker(step))).to.include("Docker Engine 20.10.24+dfsg1 is too old");
    });

    it("is told that Docker is missing", async () => {
        expect(await problem(provideDocker(step))).to.match(
            /^Docker is missing.*: install it, see https:\/\/docs\.docker\.com/,
        );
    });

    it("is told that the user may not use the engine", async () => {
        docker({ ...clients, "version --format": "echo 'permission denied on the socket' >&2; exit 1" });
        expect(await problem(provideDocker(step))).to.include("usermod -aG docker");
    });

    it("is told to start an engine elsewhere, which is not ours to start", async () => {
        set("DOCKER_HOST", "tcp://elsewhere.test:2376");
        docker({ ...clients, "version --format": "echo 'cannot connect' >&2; exit 1" });
        expect(await problem(provideDocker(step))).to.equal(
            "the Docker engine does not answer: start it (cannot connect)",
        );
    });
});
