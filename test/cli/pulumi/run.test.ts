import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { delimiter, dirname } from "node:path";
import { expect } from "chai";
import { pulumi } from "../../../cli/pulumi/run.ts";
import { Problem } from "../../../components/problem.ts";
import { backendUrl } from "../../../toolchain/environment.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("the pulumi command", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** A machine with the shell alone on PATH, and a cache with these files in it. */
    function without(cache: Readonly<Record<string, string>>): string {
        const bin = folder();
        fs.symlinkSync("/bin/sh", `${bin}/sh`);
        setEnvironment("PATH", bin);
        const home = folder(cache);
        setEnvironment("XDG_CACHE_HOME", home);
        return home;
    }

    it("is the one in the cache where there is none on PATH, and never one that was left half done", async () => {
        const place = "foundation-images/pulumi-3.9.9-linux-x64/bin/pulumi";
        const cache = without({ [place]: "", "foundation-images/pulumi-4.0.0.partial-1/bin/pulumi": "" });
        fakeProgram(dirname(`${cache}/${place}`), "pulumi", "echo the cached one");
        expect(await pulumi(folder(), ["version"])).to.equal("the cached one\n");
    });

    it("has the state that is in the clone", async () => {
        const bin = folder({ "project/.foundation/state/.pulumi/meta.yaml": "" });
        fakeProgram(bin, "pulumi", 'echo "$PULUMI_BACKEND_URL"');
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"])
            setEnvironment(name, undefined);
        setEnvironment("PULUMI_CONFIG_PASSPHRASE_FILE", "/passphrase");
        expect(await pulumi(`${bin}/project`, ["version"])).to.include(`${bin}/project/.foundation/state`);
    });

    it("is missing where there is none in the cache, either", async () => {
        without({});
        const found = await pulumi(folder(), ["version"]).catch((error: unknown) => error);
        expect(found).to.be.instanceOf(Problem);
        expect((found as Problem).message).to.match(/^there is no pulumi command; install it from https:/);
    });
});

describe("what Pulumi itself says", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    it("is told no more once what is told is done", async () => {
        for (const name of [
            "BACKEND_URL",
            "ACCESS_TOKEN",
            "CONFIG_PASSPHRASE",
            "CONFIG_PASSPHRASE_FILE",
            "STACK",
        ]) {
            setEnvironment(`PULUMI_${name}`, undefined);
        }
        const resource = {
            urn: "urn:pulumi:dev::x::pulumi:pulumi:Stack::x-dev",
            type: "pulumi:pulumi:Stack",
            outputs: {
                s: {
                    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                    plaintext: '"hush"',
                },
            },
        };
        const project = folder({
            "Pulumi.yaml": "name: x\nruntime: yaml\n",
            "home/x": "",
            "state/x": "",
        });
        setEnvironment("PULUMI_HOME", `${project}/home`);
        setEnvironment("PULUMI_SKIP_UPDATE_CHECK", "true");
        const type = (...words: readonly string[]) =>
            execFileSync("pulumi", [...words, "--non-interactive"], {
                cwd: project,
                encoding: "utf8",
                stdio: "pipe",
            });
        const outputs = (...words: readonly string[]) =>
            pulumi(project, ["stack", "output", "--json", "--show-secrets", ...words]).catch(
                (error: unknown) => (error instanceof Problem ? error.message : String(error)),
            );

        expect(await outputs()).to.match(/^pulumi is not logged in to a backend; run `pulumi login`/);
        type("login", backendUrl(`${project}/state`));
        setEnvironment("PULUMI_CONFIG_PASSPHRASE", "p");
        type("stack", "init", "dev", "--no-select");
        const state = JSON.parse(type("stack", "export", "--stack", "dev")) as { deployment: object };
        const deployment = { ...state.deployment, resources: [resource] };
        fs.writeFileSync(`${project}/state.json`, JSON.stringify({ ...state, deployment }));
        type("stack", "import", "--stack", "dev", "--file", "state.json");
        const named = "name one with --stack, or select one with `pulumi stack select <name>`";
        expect(await outputs()).to.equal(`no stack is selected; ${named}`);
        expect(await outputs("--stack", "nope")).to.equal(
            "there is no stack named 'nope'; `pulumi stack ls` lists those there are",
        );
        const [{ name: there = "" } = {}] = JSON.parse(type("stack", "ls", "--json")) as { name?: string }[];
        setEnvironment("PULUMI_CONFIG_PASSPHRASE", undefined);
        const set = "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE";
        expect(await outputs("--stack", there)).to.equal(`the stack's secrets can't be read; ${set}`);
        setEnvironment("PULUMI_CONFIG_PASSPHRASE", "p");
        const secret = { s: "hush" };
        expect(JSON.parse(await outputs("--stack", there))).to.deep.equal(secret);
        type("stack", "select", there);
        expect(JSON.parse(await outputs())).to.deep.equal(secret);
    });
});

describe("what Pulumi says", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    async function complaint(stderr: string): Promise<string> {
        const bin = folder({ said: stderr });
        fakeProgram(bin, "pulumi", `cat "${bin}/said" >&2; exit 255`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        try {
            await pulumi(bin, ["stack", "output", "--json"]);
        } catch (error) {
            if (error instanceof Problem) return error.message;
        }
        throw new Error("expected a problem");
    }

    for (const [title, stderr, told] of [
        [
            "no stack",
            "error: no stack selected; please use `pulumi stack select`\n",
            /^no stack is selected; /,
        ],
        [
            "a stack that isn't there",
            "warning: A new version of Pulumi is available\nerror: no stack named 'x' found\n",
            /^there is no stack named 'x'; `pulumi stack ls`/,
        ],
        [
            "no backend",
            "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n",
            /^pulumi is not logged in to a backend; run `pulumi login`/,
        ],
        [
            "a backend that can't be reached",
            "Logging in using access token from PULUMI_ACCESS_TOKEN\nerror: performing HTTP request: connection refused\n",
            /^pulumi stack output failed \(performing HTTP request: connection refused\); see whether/,
        ],
        [
            "something else than an error, after a warning",
            "warning: A new version of Pulumi is available\npanic: fatal\n",
            /^pulumi stack output failed \(panic: fatal\); see whether/,
        ],
        ["nothing", "", /^pulumi stack output failed \(exit code 255\); see whether it works by itself$/],
    ] as const) {
        it(`is one sentence with its remedy: ${title}`, async () => {
            expect(await complaint(stderr)).to.match(told);
        });
    }
});
