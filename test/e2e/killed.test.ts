import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Sandbox } from "../support/sandbox.ts";

/** Where a deployment is cut, each one so many parts of its time after the one before. */
const points = 20;

/** How long a process may outlive its engine. */
const patienceMs = 5000;

describe("an engine that is killed leaves no process behind", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;
    let whole: number;
    const seen = new Set<string>();
    /** Language hosts of points before, which were let pass there. */
    const excused = new Set<number>();

    before(async function () {
        // Whose process is whose is read from /proc.
        if (process.platform !== "linux") this.skip();
        sandbox = await Sandbox.create({ smallFoundation: true });
        // With the base image, which the timed ones needn't push.
        change("first");
        await sandbox.up();
        change("to be timed");
        const started = Date.now();
        await sandbox.up();
        whole = Date.now() - started;
    });

    after(async () => {
        // Not made where the tests are skipped.
        await (sandbox as Sandbox | undefined)?.dispose();
    });

    for (let point = 1; point <= points; point++) {
        it(`at point ${point} of ${points}`, async () => {
            change(String(point));
            const before = (await sandbox.killUp((whole * point) / (points + 1))).map(nameOf);
            for (const name of before) seen.add(name);
            const deadline = Date.now() + patienceMs;
            while (left(before).length > 0 && Date.now() < deadline) await sleep(100);
            expect(left(before)).to.deep.equal([]);
            for (const id of sandbox.processes().keys()) excused.add(id);
            await sandbox.pulumi(["cancel", "--yes", "--stack", sandbox.stack]);
        });
    }

    it("and these points have met everything that a deployment starts", () => {
        expect([...seen]).to.include.members(["language host", "program", "plugin", "docker"]);
    });

    /** New content, with a step that takes its time. */
    function change(text: string): void {
        const step = `RUN sleep 2 # ${text} of ${sandbox.stack}`;
        sandbox.write("foundation/Dockerfile", `FROM debian:bookworm-slim\n${step}\n`);
    }

    /**
     * What still runs. A language host is not ours, and asks for its engine every five minutes only: ours ends it, but
     * for one whose program hadn't begun its work, or whose engine had begun to end the others by itself. The plugin is
     * the sign of neither.
     */
    function left(before: readonly string[]): string[] {
        const others = before.includes("plugin") ? [] : ["language host"];
        return [...sandbox.processes()]
            .filter(([id, command]) => !excused.has(id) && !others.includes(nameOf(command)))
            .map(([, command]) => command);
    }
});

function nameOf(command: string): string {
    if (command.includes("pulumi-language-nodejs")) return "language host";
    if (command.includes("@pulumi/pulumi/cmd/run")) return "program";
    if (command.includes("plugin/launch.cjs")) return "plugin";
    if (/(^|\/)docker(-buildx|-compose)? /.test(command)) return "docker";
    return command;
}
