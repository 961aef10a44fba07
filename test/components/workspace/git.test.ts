import { expect } from "chai";
import * as path from "node:path";
import { Problem } from "../../../components/problem.ts";
import { Git } from "../../../components/workspace/git.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("Git", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    const fake = (script: string): void => {
        const bin = folder();
        fakeProgram(bin, "git", script);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
    };

    it("is known to have no repository, whatever the language of its user is", async () => {
        setEnvironment("LC_ALL", "de_DE.UTF-8");
        fake(
            '[ "$LC_ALL" = C ] && echo "fatal: not a git repository" >&2 || echo "fatal: kein" >&2; exit 128',
        );
        expect(await new Git(folder()).prefix()).to.equal(undefined);
    });

    it("is not waited for longer than it may take", async () => {
        fake("exec sleep 10");
        const asked = new Git(folder(), { seconds: 0.2 }).ignored(["a"]);
        const problem = await asked.catch((error: unknown) => error);
        expect(problem).to.be.instanceOf(Problem);
        expect(problem).to.have.property("message", "git check-ignore took longer than 0.2 seconds");
    });
});
