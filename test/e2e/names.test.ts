import { expect } from "chai";
import { keepLoopbackDirect } from "../../toolchain/environment.ts";
import { Sandbox } from "../support/sandbox.ts";

describe("a stack and a folder with odd names, behind a proxy", function () {
    this.timeout(300_000);
    let sandbox: Sandbox;

    before(async () => {
        sandbox = await Sandbox.create({
            smallFoundation: true,
            folder: "50% of #1?, é ",
            stack: "-V1.2",
        });
        sandbox.write("apps/two words/Dockerfile", 'FROM foundation\nCMD ["/nothing"]\n');
    });

    after(async () => {
        await sandbox.dispose();
    });

    it("are deployed, used and destroyed as any other", async () => {
        // Nothing listens there.
        const env: Record<string, string> = { http_proxy: "http://127.0.0.1:1" };
        keepLoopbackDirect(env);
        const args = ["up", "--yes", "--stack", sandbox.stack];
        const up = await sandbox.run("pulumi", args, { env });
        expect(up.exitCode, up.output).to.equal(0);
        await sandbox.up("--expect-no-changes");
        await sandbox.login();
        const pull = await sandbox.run("docker", ["compose", "pull"], { cwd: sandbox.path("foundation") });
        expect(pull.exitCode, pull.output).to.equal(0);
        await sandbox.compose("apps/two words", "build");
        expect((await sandbox.outputs())["apps"]).to.include("'apps/two words'");
        await sandbox.pulumi(["destroy", "--yes", "--stack", sandbox.stack]);
    });
});
