import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import {
    backendUrl,
    ensurePassphrase,
    keepLoopbackDirect,
    loopbackProxy,
} from "../../toolchain/environment.ts";
import { withoutSalt } from "../../toolchain/stack.ts";
import { temporaryFolders } from "../support/folder.ts";

describe("ensurePassphrase", () => {
    const folder = temporaryFolders();

    it("makes one that nobody else may read, and keeps it", async () => {
        const home = folder();
        const file = await ensurePassphrase(home);
        const passphrase = readFileSync(file, "utf8");
        expect(passphrase.trim()).to.have.lengthOf.at.least(40);
        expect(statSync(file).mode & 0o777).to.equal(0o600);
        expect(readFileSync(await ensurePassphrase(home), "utf8")).to.equal(passphrase);
    });

    it("agrees with another that makes one at the same time", async () => {
        const home = folder();
        const files = await Promise.all([
            ensurePassphrase(home),
            ensurePassphrase(home),
            ensurePassphrase(home),
        ]);
        expect(new Set(files.map((file) => readFileSync(file, "utf8"))).size).to.equal(1);
        expect(readdirSync(home)).to.deep.equal(["passphrase"]);
    });

    it("makes no new one for state that an old one encrypted", async () => {
        const home = folder({ "state/.pulumi/stacks/foundation/dev.json": "{}" });
        const failure = await ensurePassphrase(home).catch((error: unknown) => error);
        expect(failure).to.have.property("message").that.includes("put it back");
        expect(readdirSync(home)).to.deep.equal(["state"]);
    });
});

describe("backendUrl", () => {
    const folder = temporaryFolders();

    it("leads Pulumi to the folder, whatever is in its name", async function () {
        this.timeout(60_000);
        const state = path.join(folder(), "50% of #1?, é", "state");
        mkdirSync(state, { recursive: true });
        await execa("pulumi", ["stack", "ls"], {
            env: { PULUMI_BACKEND_URL: backendUrl(state), PULUMI_SKIP_UPDATE_CHECK: "true" },
            cwd: folder({ "Pulumi.yaml": "name: x\nruntime: yaml\n" }),
        });
        expect(readdirSync(state)).to.deep.equal([".pulumi"]);
        expect(readdirSync(path.join(state, ".pulumi"))).to.include("meta.yaml");
        expect(readdirSync(path.join(state, ".pulumi"))).to.not.include("meta.yaml.attrs");
    });

    it("has the path as Pulumi reads it", () => {
        expect(backendUrl("/home/a b/é/state")).to.equal("file:///home/a b/é/state?metadata=skip");
        expect(backendUrl("C:\\work\\state")).to.equal("file://C:/work/state?metadata=skip");
    });
});

describe("a proxy", () => {
    const proxy = "http://proxy.example:3128";

    it("is kept away from what is on this machine, beside what is kept away already", () => {
        for (const [before, after] of [
            [{}, "127.0.0.1,localhost"],
            [{ no_proxy: ".example,10.0.0.0/8" }, ".example,10.0.0.0/8,127.0.0.1,localhost"],
            [{ no_proxy: "a", no_grpc_proxy: "b" }, "b,127.0.0.1,localhost"],
            [{ no_proxy: "localhost" }, "localhost,127.0.0.1,localhost"],
        ] as const) {
            const environment: Record<string, string | undefined> = { http_proxy: proxy, ...before };
            keepLoopbackDirect(environment);
            expect(environment).to.deep.equal({ http_proxy: proxy, ...before, no_grpc_proxy: after });
            expect(loopbackProxy(environment)).to.equal(undefined);
        }
    });

    it("leaves alone what does no harm", () => {
        for (const harmless of [
            {},
            { HTTP_PROXY: proxy, ALL_PROXY: proxy },
            { http_proxy: proxy, no_proxy: "10.0.0.1,127.0.0.1" },
            { https_proxy: proxy, no_proxy: "127.0.0.0/8" },
        ]) {
            const environment = { ...harmless };
            keepLoopbackDirect(environment);
            expect(environment).to.deep.equal(harmless);
        }
    });

    it("is judged as gRPC for Node does", async () => {
        // The library's own answer, for the address that Pulumi gives.
        const judge = `
            const { mapProxyName } = require("@grpc/grpc-js/build/src/http_proxy.js");
            const target = { scheme: "dns", path: "127.0.0.1:4000" };
            console.log(mapProxyName(target, {}).target.path === target.path ? "direct" : "proxy")`;
        const root = path.resolve(import.meta.dirname, "../..");
        for (const environment of [
            { grpc_proxy: proxy },
            { https_proxy: proxy, no_proxy: "localhost,127.0.0.10" },
            { http_proxy: proxy, no_proxy: "127.0.0.0/8" },
            { http_proxy: proxy, no_proxy: ".0.1" },
            { http_proxy: proxy, no_proxy: "*" },
            { http_proxy: proxy, no_proxy: "127.0.0.1", no_grpc_proxy: "a" },
            { all_proxy: proxy },
        ]) {
            const { stdout } = await execa(process.execPath, ["-e", judge], {
                cwd: root,
                env: environment,
                extendEnv: false,
            });
            const expected = loopbackProxy(environment) === undefined ? "direct" : "proxy";
            expect(stdout, JSON.stringify(environment)).to.equal(expected);
        }
    }).timeout(30_000);
});

describe("withoutSalt", () => {
    const config = "config:\n  foundation:registry: local\n";
    const salt = "encryptionsalt: v1:abc=:v1:def\n";

    it("takes out the salt that a run has added", async () => {
        expect(await withoutSalt(config, config + salt)).to.equal(config);
        expect(await withoutSalt(config, salt + config)).to.equal(config);
        expect(await withoutSalt("", salt)).to.equal("");
    });

    it("keeps a salt that was there before", async () => {
        expect(await withoutSalt(config + salt, config + salt)).to.equal(config + salt);
    });

    it("keeps the salt that the file's own secrets need", async () => {
        const secret = "config:\n  foundation:x:\n    secure: v1:abc\n";
        expect(await withoutSalt(config, secret + salt)).to.equal(secret + salt);
    });

    it("keeps what else a run has changed", async () => {
        expect(await withoutSalt(config, `${config}  foundation:tag: v1\n${salt}`)).to.equal(
            `${config}  foundation:tag: v1\n`,
        );
    });

    it("undoes what a run has only written in another way", async () => {
        const numbers = "# ours\nconfig:\n    pullPort: 6050\n    foundation:platforms: [a, b]\n";
        const rewritten =
            '# ours\nconfig:\n  foundation:pullPort: "6050"\n  foundation:platforms:\n    - a\n    - b\n';
        expect(await withoutSalt(numbers, rewritten + salt)).to.equal(numbers);
    });
});
