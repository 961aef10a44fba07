import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { expect } from "chai";
import { bringUp } from "../../toolchain/bringUp.ts";
import { temporaryFolders } from "../support/folder.ts";
import { capturedOutput } from "../support/output.ts";
import { fakeProgram, withEnvironment } from "./support.ts";

describe("bringing a stack up", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const output = capturedOutput();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** What the programs were called with, where the stack has these outputs. */
    async function calls(
        outputs: object,
        code = 0,
    ): Promise<{ readonly code: number; readonly log: string }> {
        const bin = folder({ log: "", outputs: JSON.stringify(outputs) });
        fakeProgram(
            bin,
            "pulumi",
            `echo "pulumi $*" >>"${bin}/log"; case "$*" in "stack output "*) cat "${bin}/outputs" ;; up*) exit ${code} ;; esac`,
        );
        fakeProgram(bin, "docker", `echo "docker $*, told $(cat)" >>"${bin}/log"`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        const result = await bringUp(bin, "dev");
        return { code: result.code, log: readFileSync(`${bin}/log`, "utf8") };
    }

    const deploy = "pulumi stack select --create dev\npulumi up --yes --stack dev\n";
    const ask = "pulumi stack output --json --show-secrets --stack dev\n";

    it("logs its developer in, with the password on standard input", async () => {
        const login = { registryServer: "localhost:5050", pullUsername: "puller", pullPassword: "secret" };
        expect(await calls(login)).to.deep.equal({
            code: 0,
            log: `${deploy}${ask}docker login localhost:5050 --username puller --password-stdin, told secret\n`,
        });
        expect(output()).to.equal("\nLogged in to localhost:5050 as puller, who may only pull.");
    });

    it("says how to log in where developers have logins of their own", async () => {
        const { log } = await calls({ registryServer: "ghcr.io", loginCommand: "docker login ghcr.io" });
        expect(log).to.equal(`${deploy}${ask}`);
        expect(output()).to.match(/^\nTo pull, log in with an account of yours, .*: docker login ghcr\.io$/);
    });

    it("ends with a deployment that fails, and with its exit code", async () => {
        expect(await calls({}, 3)).to.deep.equal({ code: 3, log: deploy });
    });
});
