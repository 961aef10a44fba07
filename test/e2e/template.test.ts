import * as fs from "node:fs";
import { expect } from "chai";
import { Sandbox, succeeded } from "../support/sandbox.ts";

describe("a project that `pulumi new` makes of this one", function () {
    this.timeout(120_000);
    let sandbox: Sandbox;

    before(async () => {
        sandbox = await Sandbox.create();
    });

    after(async () => {
        await sandbox.dispose();
    });

    it("has its own configuration, under another name as well", async () => {
        const cwd = `${sandbox.root}/acme`;
        const pulumi = async (...args: string[]) =>
            succeeded(await sandbox.run("pulumi", args, { cwd }), `pulumi ${args.join(" ")}`);
        fs.mkdirSync(cwd);
        // It can't copy a link to a folder, and Node finds the packages from here as well.
        fs.renameSync(sandbox.path("node_modules"), `${sandbox.root}/node_modules`);
        await pulumi("new", sandbox.path("."), "--yes", "--generate-only", "--name", "acme");
        await pulumi("stack", "init", "dev");
        await pulumi("config", "set", "registry", "azure");

        const { output } = await sandbox.run("pulumi", ["preview"], { cwd });
        expect(output).to.include("- registryName: must be 5 to 50 lower-case letters and digits");
    });
});
