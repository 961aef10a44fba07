import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { whyNoSecondEngine } from "../../toolchain/parts/secondEngine.ts";
import { engines, type Engine, VARIABLE } from "../support/engines.ts";

/** The engine that the suites on a current Docker run on, itself. */
describe("a second engine", function () {
    this.timeout(300_000);
    const withEngines = ["test/support/withEngines.ts"];

    before(function () {
        // Without the first of this run there is none to be had.
        if (whyNoSecondEngine() !== undefined || engines().length < 2) this.skip();
    });

    /** The second one of those that a program was started with. */
    const secondOf = (handed: string): Engine => (JSON.parse(handed) as Engine[])[1] ?? { title: "none" };
    const folderOf = ({ host = "" }: Engine): string => path.dirname(host.replace("unix://", ""));
    const addressesOf = (folder: string): string => {
        const { subnet } = JSON.parse(fs.readFileSync(`${folder}/network.json`, "utf8")) as {
            subnet: string;
        };
        return `${subnet}.`;
    };

    /** Where an engine's folder or addresses are still found. */
    async function traces(folder: string, addresses: string): Promise<string[]> {
        const [links, rules, nat] = await Promise.all([
            execa("ip", ["-4", "address"]),
            execa("iptables", ["--wait", "-S"]),
            execa("iptables", ["--wait", "-t", "nat", "-S"]),
        ]);
        const processes = fs
            .readdirSync("/proc")
            .filter((name) => /^\d+$/.test(name))
            .map((id) => {
                try {
                    return fs.readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
                } catch {
                    return "";
                }
            });
        return [
            ...processes.filter((line) => line.includes(`${folder}/`)),
            ...fs
                .readFileSync("/proc/self/mounts", "utf8")
                .split("\n")
                .filter((line) => line.includes(folder)),
            ...[links, rules, nat]
                .flatMap(({ stdout }) => stdout.split("\n"))
                .filter((line) => line.includes(addresses)),
            ...(fs.existsSync(folder) ? [folder] : []),
        ];
    }

    it("has the containerd image store and a current Compose, and shares no image with the machine's", async () => {
        const [, engine] = engines();
        const host = engine?.host ?? "";
        const { stdout: store } = await execa("docker", [
            "-H",
            host,
            "info",
            "--format",
            "{{.DriverStatus}}",
        ]);
        expect(store).to.include("io.containerd.snapshotter.v1");
        expect(engine?.plugins?.composeVersion).to.match(/^[5-9]/);
        const tag = `foundation-e2e-second-${process.pid}`;
        await execa("docker", ["-H", host, "tag", "debian:bookworm-slim", tag]);
        const { exitCode } = await execa("docker", ["image", "inspect", tag], { reject: false });
        await execa("docker", ["-H", host, "image", "rm", tag]);
        expect(exitCode).to.equal(1);
    });

    it("of a run that was killed is ended by the next, with its containers and networks; one in use is not", async () => {
        // A program that says what it was given, and stays until nobody hears it.
        const stays = `console.log(process.env.${VARIABLE}); process.stdin.resume()`;
        const run = spawn(process.execPath, [...withEngines, process.execPath, "-e", stays], {
            stdio: ["pipe", "pipe", "inherit"],
        });
        const handed = await new Promise<string>((resolve, reject) => {
            run.once("close", () => {
                reject(new Error("it ended"));
            });
            run.stdout.setEncoding("utf8").on("data", resolve);
        });
        const engine = secondOf(handed);
        const folder = folderOf(engine);
        const addresses = addressesOf(folder);
        const docker = ["-H", engine.host ?? ""];
        await execa("docker", [...docker, "network", "create", "left"]);
        await execa("docker", [
            ...docker,
            "run",
            "-d",
            "--network",
            "left",
            "debian:bookworm-slim",
            "sleep",
            "1d",
        ]);
        run.kill("SIGKILL");
        run.stdin.end();
        const own = folderOf(engines()[1] ?? { title: "none" });
        expect((await traces(folder, addresses)).join("\n"))
            .to.include("dockerd")
            .and.include("containerd-shim");

        const next = spawn(process.execPath, [...withEngines, "sh", "-c", `echo $${VARIABLE}; exit 3`], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        const ended = new Promise((resolve) => next.once("close", resolve));
        const nextEngine = secondOf(await text(next.stdout));
        expect(await ended).to.equal(3);
        expect(await traces(folder, addresses)).to.deep.equal([]);
        expect(fs.existsSync(folderOf(nextEngine))).to.equal(false);
        expect(fs.existsSync(own)).to.equal(true);
    });

    it("ends with an interrupt while it starts", async () => {
        const before = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("foundation-engine-"));
        const run = spawn(process.execPath, [...withEngines, "true"], {
            stdio: ["ignore", "ignore", "pipe"],
        });
        const said = text(run.stderr);
        const ended = new Promise((resolve) => run.once("close", resolve));
        let folder: string | undefined;
        while (folder === undefined) {
            await sleep(50);
            folder = fs
                .readdirSync(os.tmpdir())
                .find((name) => name.startsWith("foundation-engine-") && !before.includes(name));
        }
        run.kill("SIGINT");
        expect(await ended).to.equal(1);
        expect(await said).to.equal("\ninterrupted\n");
        expect(fs.existsSync(path.join(os.tmpdir(), folder))).to.equal(false);
    });
});
