import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { up } from "../../../cli/deploy/up.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { capturedOutput } from "../../support/output.ts";
import { emit, projectIn } from "../../support/project.ts";
import { smallRegistries } from "../../support/registry.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("the deploy stage", function () {
    this.timeout(30_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const registry = smallRegistries();
    const output = capturedOutput();
    const digest = `sha256:${"1".repeat(64)}`;

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** Runs it where Pulumi ends with this code, and the registry has this digest; `calls` is what it ran, in order. */
    async function stage(pulumi: number, published: string) {
        const { server } = await registry({ images: { "foundation:1": published } });
        const root = projectIn(folder);
        emit(root, { image: `${server}/foundation:1`, digest, stack: "dev" });
        const log = path.join(folder(), "calls");
        fs.writeFileSync(log, "");
        const bin = folder();
        fakeProgram(bin, "pulumi", `echo "pulumi $*" >>"${log}"; exit ${pulumi}`);
        // All that publishing asks of Git here: every file is ignored.
        fakeProgram(bin, "git", `echo "git $1" >>"${log}"; case "$1" in check-ignore) exec cat ;; esac`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        setEnvironment("FOUNDATION_PULL_USERNAME", "foundation-pull");
        setEnvironment("FOUNDATION_PULL_PASSWORD", "secret");
        const code = await up(new Clone(root, root), "acme/foundation/dev");
        return { code, calls: fs.readFileSync(log, "utf8").trimEnd().split("\n") };
    }

    const deploy = "pulumi up --yes --non-interactive --color never --stack acme/foundation/dev";

    it("deploys, verifies, and only then publishes the emitted files", async () => {
        const { code, calls } = await stage(0, digest);
        expect(code).to.equal(0);
        expect(calls).to.deep.equal([deploy, "git read-tree", "git check-ignore"]);
        expect(output()).to.match(
            /verified: [^]* of stack dev, [^]*\nnothing is published: the emitted files are git-ignored/,
        );
    });

    it("ends with a deployment that fails, and with its exit code", async () => {
        const { code, calls } = await stage(3, digest);
        expect(code).to.equal(3);
        expect(calls).to.deep.equal([deploy]);
    });

    it("publishes nothing that was not verified", async () => {
        const { code, calls } = await stage(0, `sha256:${"2".repeat(64)}`);
        expect(code).to.equal(1);
        expect(calls).to.deep.equal([deploy]);
        expect(output()).to.include("\ndeploy: not verified, so no emitted files are published");
    });
});
