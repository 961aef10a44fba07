import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

const launcher = path.resolve(import.meta.dirname, "../../../components/plugin/pulumi-resource-foundation");

describe("the plugin's process", function () {
    this.timeout(30_000);
    let child: ChildProcess | undefined;
    let engine: ChildProcess | undefined;

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    afterEach(() => {
        child?.kill("SIGKILL");
        engine?.kill("SIGKILL");
    });

    /** A process in the place of the engine; gives its address. */
    async function startEngine(): Promise<string> {
        const code =
            "const server = require('http2').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))";
        engine = spawn(process.execPath, ["-e", code]);
        return `127.0.0.1:${await firstLine(engine)}`;
    }

    async function firstLine(process: ChildProcess): Promise<string> {
        const [chunk] = (await once(process.stdout ?? process, "data")) as [Buffer];
        return chunk.toString().trim();
    }

    it("tells the engine its port, and nothing else", async () => {
        child = spawn(launcher, [await startEngine()]);
        expect(await firstLine(child)).to.match(/^\d+$/);
    });

    it("loads no more of Pulumi's SDK than its server, whichever resource it is asked for", async () => {
        const resources = path.resolve(import.meta.dirname, "../../../components/resources");
        // A resource's class is the program's, in a file of its folder's name.
        const files = fs.globSync("*/*.ts", { cwd: resources }).filter((file) => {
            return path.basename(file, ".ts") !== path.dirname(file);
        });
        expect(files).to.include(path.join("pushedImage", "implementation.ts"));
        const code = `
            for (const file of ${JSON.stringify(files)}) await import(${JSON.stringify(`${pathToFileURL(resources).href}/`)} + file);
            const { cache, resolve } = (await import("node:module")).createRequire(${JSON.stringify(import.meta.filename)});
            console.log(resolve("@pulumi/pulumi") in cache);`;
        const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
        expect(stdout).to.equal("false\n");
    });

    it("ends when the engine was killed, whoever has started it", async () => {
        child = spawn(launcher, [await startEngine()]);
        await firstLine(child);
        expect(child.exitCode).to.equal(null);
        engine?.kill("SIGKILL");
        await once(child, "exit");
    });

    it("ends when the engine was killed before it had started", async () => {
        // Nothing listens there.
        child = spawn(launcher, ["127.0.0.1:1"], { stdio: "ignore" });
        await once(child, "exit");
    });

    it("asks for a newer Node in one sentence", async () => {
        // A Node that says it is old, and otherwise is this one.
        const old =
            "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })";
        const launch = path.join(path.dirname(launcher), "launch.cjs");
        child = spawn(process.execPath, ["-e", `${old}; require(${JSON.stringify(launch)})`, "127.0.0.1:1"]);
        let said = "";
        child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
        const [code] = (await once(child, "close")) as [number];
        expect(said).to.match(/^The foundation provider needs Node 22.18 or newer, found .*\n$/);
        expect(code).to.equal(1);
    });
});
