import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../../../components/problem.ts";
import { readIfThere } from "../../../components/workspace/texts.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { asNobody } from "../../support/nobody.ts";

describe("a text that may be there", () => {
    const folder = temporaryFolders();

    it("is not there without its file, nor where a folder on the way is a file or a link leads nowhere", () => {
        const root = folder({ file: "" });
        fs.symlinkSync("nowhere", path.join(root, "link"));
        for (const name of ["other", "file/other", "link"]) {
            expect(readIfThere(path.join(root, name))).to.equal(undefined);
        }
    });

    it("is not taken for missing where its file or folder may not be read", () => {
        const root = folder({ "closed/.env": "A=1\n", ".env/file": "" });
        fs.chmodSync(root, 0o755);
        fs.chmodSync(path.join(root, "closed"), 0);
        for (const name of ["closed/.env", ".env"]) {
            expect(() => asNobody(() => readIfThere(path.join(root, name)))).to.throw(
                Problem,
                /\.env can't be read \(E.*\); it has to be a file that you may read$/,
            );
        }
    });
});
