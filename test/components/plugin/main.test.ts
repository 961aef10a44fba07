import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";

const launcher = path.resolve(import.meta.dirname, "../../../components/plugin/pulumi-resource-foundation");

describe("the plugin's process", function () {
    this.timeout(30_000);
    let child: ChildProcess | undefined;

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    afterEach(() => child?.kill("SIGKILL"));

    async function firstLine(process: ChildProcess): Promise<string> {
        const [chunk] = (await once(process.stdout ?? process, "data")) as [Buffer];
        return chunk.toString().trim();
    }

    function isRunning(pid: number): boolean {
        try {
            return process.kill(pid, 0);
        } catch {
            return false;
        }
    }

    it("tells the engine its port, and nothing else", async () => {
        child = spawn(launcher, ["127.0.0.1:1"]);
        expect(await firstLine(child)).to.match(/^\d+$/);
    });

    it("ends when the engine was killed", async () => {
        // A shell in the place of the engine; it prints the plugin's process id.
        child = spawn("sh", ["-c", '"$0" 127.0.0.1:1 >&2 & echo $!; wait', launcher]);
        const pid = Number(await firstLine(child));
        await once(child.stderr ?? child, "data");
        child.kill("SIGKILL");
        for (let tries = 0; isRunning(pid) && tries < 50; tries++) await sleep(100);
        expect(isRunning(pid)).to.equal(false);
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
