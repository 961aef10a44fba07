import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Sandbox } from "../support/sandbox.ts";

describe("an engine that is killed", function () {
    this.timeout(600_000);
    let sandbox: Sandbox;

    before(async function () {
        // Whose process is whose is read from /proc.
        if (process.platform !== "linux") this.skip();
        sandbox = await Sandbox.create({ smallFoundation: true });
        await sandbox.up();
    });

    after(async () => {
        // Not made where the tests are skipped.
        await (sandbox as Sandbox | undefined)?.dispose();
    });

    it("leaves no process that goes on for more than five seconds, at any of 20 points", async () => {
        change("to be timed");
        const started = Date.now();
        await sandbox.up();
        const whole = Date.now() - started;
        const points = Array.from({ length: 20 }, (_, index) => Math.round((whole * (index + 1)) / 21));
        const left: string[] = [];
        const seen = new Set<string>();
        for (const point of points) {
            change(`killed after ${point}`);
            const up = sandbox.killUp(point);
            await sleep(point - 50);
            const before = [...sandbox.processes().values()].map(nameOf);
            for (const name of before) seen.add(name);
            await up;
            const deadline = Date.now() + 5000;
            let running = stillThere(before);
            while (running.length > 0 && Date.now() < deadline) {
                await sleep(100);
                running = stillThere(before);
            }
            left.push(...running.map((command) => `after ${point} of ${whole} ms: ${command}`));
            await sandbox.pulumi(["cancel", "--yes", "--stack", sandbox.stack]);
        }
        expect(left).to.deep.equal([]);
        // Otherwise this has looked at too little.
        expect([...seen]).to.include.members(["language host", "program", "plugin", "docker"]);
        await sandbox.up();
        await sandbox.up("--expect-no-changes");
    });

    /** New content, with a step of the build that takes its time. */
    function change(text: string): void {
        sandbox.write("foundation/Dockerfile", `FROM debian:bookworm-slim\nRUN sleep 2 # ${text}\n`);
    }

    /**
     * What runs. A language host without a program is left to its own check every five minutes, and nothing of ours can
     * end it: so it is overlooked where the program hadn't begun its work, for which the plugin is the sign.
     */
    function stillThere(before: readonly string[]): string[] {
        return [...sandbox.processes().values()].filter(
            (command) => before.includes("plugin") || nameOf(command) !== "language host",
        );
    }
});

function nameOf(command: string): string {
    if (command.includes("pulumi-language-nodejs")) return "language host";
    if (command.includes("@pulumi/pulumi/cmd/run")) return "program";
    if (command.includes("plugin/launch.cjs")) return "plugin";
    if (/(^|\/)docker(-buildx|-compose)? /.test(command)) return "docker";
    return command;
}
