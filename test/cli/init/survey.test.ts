import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { surveyText } from "../../../cli/init/report.ts";
import { survey } from "../../../cli/init/survey.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("what init looks at", () => {
    const folder = temporaryFolders();

    /** A repository with one that it has as a submodule, another that Git doesn't know yet, and a link to a folder. */
    async function nested(): Promise<string> {
        const root = folder({ "a/Dockerfile": "FROM debian\n", "vendor/sub/Dockerfile": "FROM debian\n" });
        const git = (...args: string[]) => execa("git", ["-C", root, ...args]);
        for (const name of [".", "vendor/sub", "vendor/other"]) await git("init", "--quiet", name);
        await git("update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},vendor/sub`);
        fs.symlinkSync("a", path.join(root, "link"));
        return root;
    }

    it("is no other repository within, which it names", async () => {
        const found = await survey(await nested());
        expect(found.files).to.deep.equal(["a/Dockerfile"]);
        expect(found.repositories).to.deep.equal(["vendor/other", "vendor/sub"]);
        expect(surveyText(found)).to.include(
            "  ! not looked into, as Git repositories of their own: vendor/other, vendor/sub; apps there get their files with `foundation sync --from`",
        );
    });

    it("is said without such a line where there is none", async () => {
        const found = await survey(folder({ "a/Dockerfile": "FROM debian\n" }));
        expect(found.repositories).to.deep.equal([]);
        expect(surveyText(found).join("\n")).not.to.include("not looked into");
    });
});
