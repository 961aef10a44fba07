import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { up } from "../../../cli/deploy/up.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { capturedOutput } from "../../support/output.ts";
import { emit, projectIn } from "../../support/project.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("the deploy stage", function () {
    this.timeout(30_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const output = capturedOutput();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** Runs it where the programs end with these codes; `calls` is what it ran, in order. */
    async function stage(codes: { readonly pulumi: number; readonly verify: number }) {
        const root = projectIn(folder);
        emit(root, { image: "acme.azurecr.io/foundation:1", digest: "sha256:1", stack: "dev" });
        const log = path.join(folder(), "calls");
        fs.writeFileSync(log, "");
        fs.mkdirSync(`${root}/cli`);
        fs.writeFileSync(
            `${root}/cli/foundation.cjs`,
            `const line = ["foundation", ...process.argv.slice(2)].join(" ") + "\\n";
            require("node:fs").appendFileSync(${JSON.stringify(log)}, line);
            process.exitCode = ${codes.verify};`,
        );
        const bin = folder();
        fakeProgram(bin, "pulumi", `echo "pulumi $*" >>"${log}"; exit ${codes.pulumi}`);
        // All that publishing asks of Git here: every file is ignored.
        fakeProgram(bin, "git", `echo "git $1" >>"${log}"; case "$1" in check-ignore) exec cat ;; esac`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        const code = await up(new Clone(root, root), "acme/foundation/dev");
        return { code, calls: fs.readFileSync(log, "utf8").trimEnd().split("\n") };
    }

    const deploy = "pulumi up --yes --non-interactive --color never --stack acme/foundation/dev";
    const verify = "foundation verify --stack acme/foundation/dev";

    it("deploys, verifies, and only then publishes the emitted files", async () => {
        const { code, calls } = await stage({ pulumi: 0, verify: 0 });
        expect(code).to.equal(0);
        expect(calls).to.deep.equal([deploy, verify, "git read-tree", "git check-ignore"]);
        expect(output()).to.include("nothing is published: the emitted files are git-ignored");
    });

    it("ends with a deployment that fails, and with its exit code", async () => {
        const { code, calls } = await stage({ pulumi: 3, verify: 0 });
        expect(code).to.equal(3);
        expect(calls).to.deep.equal([deploy]);
    });

    it("publishes nothing that was not verified", async () => {
        const { code, calls } = await stage({ pulumi: 0, verify: 2 });
        expect(code).to.equal(2);
        expect(calls).to.deep.equal([deploy, verify]);
        expect(output()).to.equal("deploy: not verified, so no emitted files are published");
    });
});
