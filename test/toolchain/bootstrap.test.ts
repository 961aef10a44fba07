import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { MINIMUM_NODE } from "../../components/versions.js";
import { cached, cacheDirectory } from "../../toolchain/cacheFolders.js";
import { temporaryFolders } from "../support/folder.ts";
import { withEnvironment } from "./support.ts";

describe("the entry on a Node that reads no TypeScript", () => {
    const folder = temporaryFolders();
    const set = withEnvironment();
    const { optionalDependencies: versions } = JSON.parse(
        readFileSync("toolchain/node/package.json", "utf8"),
    ) as { readonly optionalDependencies: Readonly<Record<string, string>> };
    const name = `node-linux-${process.arch}`;
    const version = versions[name] ?? "";
    const program = join("node_modules", name, "bin", "node");
    const main = resolve("toolchain/main.js");
    const wentOn = `went on with ${main} run x`;

    before(function () {
        if (process.platform !== "linux") this.skip();
    });

    beforeEach(() => {
        set("XDG_CACHE_HOME", folder());
    });

    /** What a start prints, and its exit code, where npm does this with `folder`. */
    function start(npm: string, pretence = ""): { readonly code: number | null; readonly said: string } {
        const tools = folder({
            "npm-cli.js": `const fs = require("node:fs");
                const folder = process.argv[process.argv.indexOf("--prefix") + 1];
                ${npm}`,
            "old.mjs": `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } });
                ${pretence}`,
        });
        set("npm_execpath", join(tools, "npm-cli.js"));
        const args = ["--import", join(tools, "old.mjs"), main, "run", "x"];
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
        return { code: status, said: stdout + stderr };
    }

    /** A Node that says what it was started with. */
    const brings = `fs.mkdirSync(folder + "/node_modules/${name}/bin", { recursive: true });
        fs.writeFileSync(folder + "/${program}", '#!/bin/sh\\necho "went on with $*"; exit 7', { mode: 0o755 });`;
    const breaks = `console.error("npm error code E404"); process.exit(1);`;

    it("installs the pinned one, once, and goes on in that", () => {
        const asks = `fs.copyFileSync(folder + "/package-lock.json", "${cacheDirectory()}/asked");`;
        expect(start(asks + brings)).to.deep.equal({
            code: 7,
            said: `Installing Node ${version}, as this is 20.1.0\n${wentOn}\n`,
        });
        const lockfile = readFileSync("toolchain/node/package-lock.json", "utf8");
        const integrity = new RegExp(`${name}": \\{[^}]*?("integrity": ".*?")`).exec(lockfile)?.[1];
        const asked = readFileSync(join(cacheDirectory(), "asked"), "utf8");
        expect(asked.replaceAll(":", ": ")).to.include(integrity);
        expect(start(breaks)).to.deep.equal({ code: 7, said: `${wentOn}\n` });
        expect(readdirSync(cacheDirectory())).to.deep.equal([
            "asked",
            `node-${version}-linux-${process.arch}`,
        ]);
    });

    it("says what npm failed with, and leaves nothing of it", () => {
        for (const [npm, reason] of [
            [breaks, "npm error code E404"],
            // npm only warns of a full disk.
            [`${brings} console.error("npm warn tar TAR_ENTRY_ERROR ENOSPC");`, "TAR_ENTRY_ERROR ENOSPC"],
            // It warns of other things as well, before the error.
            [`console.error("npm warn cli npm does not support it"); ${breaks}`, "npm error code E404"],
        ] as const) {
            const { code, said } = start(npm);
            expect(code).to.equal(1);
            expect(said).to.match(/\n\ninstalling Node failed: put right what npm says, .*\n {4}npm .*\n$/);
            expect(said).to.include(reason);
            expect(readdirSync(cacheDirectory())).to.deep.equal([]);
        }
        expect(start(brings).code).to.equal(7);
    });

    it("takes the one that another set-up has installed in the meantime", () => {
        const made = cached(`node-${version}`);
        const other = `fs.cpSync(folder, "${made}", { recursive: true });`;
        expect(start(brings + other).said).to.include(wentOn);
        expect(start(breaks).said).to.equal(`${wentOn}\n`);
        expect(readdirSync(cacheDirectory())).to.have.lengthOf(1);
    });

    it("removes what a killed set-up left, but not what one may be making", () => {
        const old = `${cached("node-1.0.0")}.partial-1-1`;
        const young = `${cached("node-1.0.0")}.partial-2-2`;
        for (const path of [old, young]) mkdirSync(path, { recursive: true });
        utimesSync(old, 0, 0);
        start(brings);
        expect(existsSync(old)).to.equal(false);
        expect(existsSync(young)).to.equal(true);
    });

    it("goes on where it can't remove what a killed set-up left", function () {
        const old = `${cached("node-1.0.0")}.partial-1-1`;
        mkdirSync(join(old, "mounted"), { recursive: true });
        // It takes root, and the right to.
        if (spawnSync("mount", ["-t", "tmpfs", "none", join(old, "mounted")]).status !== 0)
            return this.skip();
        try {
            utimesSync(old, 0, 0);
            expect(start(brings).code).to.equal(7);
        } finally {
            spawnSync("umount", [join(old, "mounted")]);
        }
    });

    it("says that the one in the cache can't be started", () => {
        start(brings);
        chmodSync(join(cached(`node-${version}`), program), 0o644);
        const { code, said } = start(breaks);
        expect(code).to.equal(1);
        expect(said).to.match(
            /^\n.*\/bin\/node can't be started \(.*EACCES\): remove its folder in the cache\n$/,
        );
    });

    it("says where it can't write, until XDG_CACHE_HOME is a folder that can be written", () => {
        set("XDG_CACHE_HOME", join(folder({ file: "" }), "file"));
        const { code, said } = start(brings);
        expect(code).to.equal(1);
        expect(said).to.match(/^\n.* cannot be written: set XDG_CACHE_HOME to a folder that can \(.*\)\n$/);
        set("XDG_CACHE_HOME", folder());
        expect(start(brings).code).to.equal(7);
    });

    it("says which Node to install where the packages have none", () => {
        const sentence = `\nthis needs Node ${MINIMUM_NODE} or newer, and this is 20.1.0: install Node 24 from https://nodejs.org\n`;
        for (const pretence of [
            `Object.defineProperty(process, "arch", { value: "mips" });`,
            // As with musl.
            "process.report.getReport = () => ({ header: {} });",
        ]) {
            expect(start(brings, pretence)).to.deep.equal({ code: 1, said: sentence });
        }
    });

    it("says that npm is missing", () => {
        const bin = folder({ npm: "" });
        chmodSync(join(bin, "npm"), 0o755);
        set("PATH", bin);
        const elsewhere = `delete process.env.npm_execpath; process.execPath = "/nowhere/bin/node";`;
        expect(start(brings, elsewhere).said).to.match(
            /\nnpm is not installed: install it with Node, from https:\/\/nodejs\.org\n$/,
        );
    });
});
