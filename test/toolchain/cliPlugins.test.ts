import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { cacheDirectory, cached } from "../../toolchain/cacheFolders.js";
import { GoModule } from "../../toolchain/offline/goModule.ts";
import {
    BUILDX,
    COMPOSE,
    isOurs,
    provideCliPlugin,
    provideCliPlugins,
    userPlugins,
} from "../../toolchain/parts/cliPlugins.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "./support.ts";

describe("Docker's command-line plugins", () => {
    const folder = temporaryFolders();
    const set = withEnvironment();
    const { fetch } = globalThis;
    let bin: string;
    let announced: string[];

    const step = {
        signal: new AbortController().signal,
        doing: (): void => undefined,
        announce: (text: string): void => void announced.push(text),
    };

    beforeEach(() => {
        announced = [];
        bin = folder();
        set("PATH", bin);
        set("XDG_CACHE_HOME", folder());
        set("DOCKER_CONFIG", folder());
        set("FOUNDATION_NO_INSTALL", undefined);
        globalThis.fetch = () => Promise.reject(new Error("this network has no github.com"));
    });

    afterEach(() => {
        globalThis.fetch = fetch;
    });

    /** What a machine's `docker` says of its plugins, which may not be there. */
    function machineHas(versions: { compose?: string; buildx?: string }): void {
        const { compose, buildx } = versions;
        const answers = [
            ...(compose === undefined ? [] : [`"compose version --short") echo ${compose} ;;`]),
            ...(buildx === undefined
                ? []
                : [`"buildx version") echo github.com/docker/buildx ${buildx} x ;;`]),
        ];
        fakeProgram(bin, "docker", `case "$*" in ${answers.join("\n")} *) exit 1 ;; esac`);
    }

    function cacheHas(...plugins: (typeof COMPOSE)[]): void {
        for (const { name, version, program } of plugins) {
            const made = cached(`docker-${name}-${version}`);
            mkdirSync(made, { recursive: true });
            fakeProgram(made, program, "");
        }
    }

    const debian = { compose: "2.26.1-4", buildx: "0.13.1+ds1" };
    const current = { compose: "5.6.0", buildx: "v0.38.2" };
    const problem = (work: Promise<unknown>): Promise<string> =>
        work.then(
            () => "",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );

    it("stay as they are where they are new enough", async () => {
        machineHas({ compose: "2.33.1", buildx: "v0.17.0" });
        expect(await provideCliPlugins(step)).to.deep.equal([]);
        expect(announced).to.deep.equal([]);
        expect(existsSync(userPlugins())).to.equal(false);
    });

    it("are put in place of older ones for the user, in one line that says how to undo it", async () => {
        machineHas(debian);
        cacheHas(COMPOSE, BUILDX);
        expect(await provideCliPlugins(step)).to.deep.equal(["Docker Compose 5.6.0", "Docker buildx 0.38.2"]);
        const files = ["docker-compose", "docker-buildx"].map((name) => join(userPlugins(), name));
        for (const file of files) expect(isOurs(file)).to.equal(true);
        expect(announced).to.deep.equal([
            "Docker Compose 2.26.1-4 is older than 2.33.1 and Docker buildx 0.13.1+ds1 is older than 0.17.0:" +
                ` putting Docker Compose 5.6.0 and Docker buildx 0.38.2 among your own plugins (undo it with \`rm ${files.join(" ")}\`)`,
        ]);
    });

    it("are put there one by one", async () => {
        machineHas({ ...debian, buildx: current.buildx });
        cacheHas(COMPOSE);
        expect(await provideCliPlugins(step)).to.deep.equal(["Docker Compose 5.6.0"]);
        expect(readdirSync(userPlugins())).to.deep.equal(["docker-compose"]);
    });

    it("never take the place of a file of somebody else's", async () => {
        machineHas(debian);
        cacheHas(COMPOSE, BUILDX);
        mkdirSync(userPlugins());
        fakeProgram(userPlugins(), "docker-buildx", "echo mine");
        const file = join(userPlugins(), "docker-buildx");
        expect(await problem(provideCliPlugins(step))).to.include(`can't be put at ${file}, which`);
        expect(readFileSync(file, "utf8")).to.include("echo mine");
        expect(existsSync(join(userPlugins(), "docker-compose"))).to.equal(false);
    });

    it("take the place of a link that a removed cache has left", async () => {
        machineHas(debian);
        cacheHas(COMPOSE, BUILDX);
        await provideCliPlugins(step);
        rmSync(cacheDirectory(), { recursive: true });
        cacheHas(COMPOSE, BUILDX);
        await provideCliPlugins(step);
        expect(existsSync(readlinkSync(join(userPlugins(), "docker-compose")))).to.equal(true);
    });

    describe("where nothing may be installed", () => {
        beforeEach(() => {
            set("FOUNDATION_NO_INSTALL", "1");
        });

        it("stay too old, and what that means is said", async () => {
            machineHas(debian);
            expect(await provideCliPlugins(step)).to.deep.equal([]);
            expect(announced).to.have.lengthOf(1);
            expect(announced[0])
                .to.include("Docker Compose 2.26.1-4 is older than 2.33.1 and Docker buildx 0.13.1+ds1")
                .and.include("`pulumi config set foundation:contexts image`");
            expect(existsSync(userPlugins())).to.equal(false);
        });

        it("have to be there", async () => {
            machineHas({});
            expect(await problem(provideCliPlugins(step))).to.match(
                /^Docker Compose is missing and Docker buildx is missing, .*: install .*docs\.docker\.com/,
            );
            machineHas({ ...current, compose: "2.20.0" });
            expect(await problem(provideCliPlugins(step))).to.include("Docker Compose 2.20.0 is older than");
        });
    });

    describe("from GitHub", () => {
        const program = "the program";
        const digest = createHash("sha256").update(program).digest("hex");

        /** A release page with these files. */
        function published(files: Readonly<Record<string, string>>): void {
            globalThis.fetch = (url) => {
                const text = files[url as string];
                return Promise.resolve(new Response(text ?? "", { status: text === undefined ? 404 : 200 }));
            };
        }

        it("are taken with the checksum that is published beside them", async () => {
            const { release, asset } = BUILDX;
            published({
                [`${release}/${asset}`]: program,
                [`${release}/checksums.txt`]: `${"0".repeat(64)} *other\n${digest} *${asset}\n`,
            });
            const made = await provideCliPlugin(BUILDX, step);
            expect(made.how).to.equal("from github.com");
            expect(readFileSync(made.program, "utf8")).to.equal(program);
            expect((await provideCliPlugin(BUILDX, step)).how).to.equal("from the cache");
        });

        it("are refused with another, be it published or known", async () => {
            const { release, asset } = BUILDX;
            published({
                [`${release}/${asset}`]: `${program}, cut sh`,
                [`${release}/checksums.txt`]: `${digest} *${asset}\n`,
            });
            expect(await problem(provideCliPlugin(BUILDX, step))).to.include("is not the program that");
            const known = { ...BUILDX, checksum: "0".repeat(64) };
            published({
                [`${release}/${asset}`]: program,
                [`${release}/checksums.txt`]: `${digest} *${asset}`,
            });
            expect(await problem(provideCliPlugin(known, step))).to.include(`SHA-256 is ${digest}`);
            expect(readdirSync(dirname(cached("x")))).to.deep.equal([]);
        });

        it("are asked for by name and version", () => {
            for (const { release, version, asset } of [COMPOSE, BUILDX]) {
                expect(`${release}/${asset}`).to.match(
                    new RegExp(
                        `^https://github\\.com/docker/.*/v${version.replaceAll(".", "\\.")}/.*(linux|darwin|windows)`,
                    ),
                );
            }
        });
    });

    it("say which Go would build them where GitHub does not answer", async () => {
        expect(await problem(provideCliPlugin(COMPOSE, step))).to.match(
            /github\.com does not answer.*install Go 1\./,
        );
    });

    it("are built in the version that would be downloaded", () => {
        expect(new GoModule("compose").versionOf("github.com/docker/compose/v5")).to.equal(COMPOSE.version);
        expect(new GoModule("buildx").versionOf("github.com/docker/buildx")).to.equal(BUILDX.version);
    });
});
