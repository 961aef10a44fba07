import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { preview } from "../../../cli/deploy/preview.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("the preview of the deploy stage", function () {
    this.timeout(30_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    for (const [code, title] of [
        [0, "What a deployment would change"],
        [255, "The preview failed"],
    ] as const) {
        it(`writes its comment, and ends as Pulumi does, with ${code}`, async () => {
            const bin = folder();
            fakeProgram(bin, "pulumi", `exit ${code}`);
            setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
            const comment = path.join(bin, "comment.md");
            expect(await preview(bin, "prod", comment)).to.equal(code);
            expect(fs.readFileSync(comment, "utf8")).to.include(`### ${title} in \`prod\``);
        });
    }
});
