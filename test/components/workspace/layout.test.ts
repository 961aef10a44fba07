import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { attempt, Problem } from "../../../components/problem.ts";
import { readLayout } from "../../../components/workspace/layout.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("a foundation.json", () => {
    const folder = temporaryFolders();
    const read = (content: object) => readLayout(folder({ "foundation.json": JSON.stringify(content) }));

    it("needs a name, and has the defaults of a project's configuration", () => {
        expect(read({ name: "shop" })).to.deep.equal({
            name: "shop",
            images: {},
            apps: ["apps/*"],
            contexts: "service",
            envFiles: "copy",
        });
    });

    it("says how Dockerfiles name a foundation", () => {
        const java = { argument: "BASE_IMAGE", replaces: ["acme/java"] };
        expect(read({ name: "shop", images: { java } }).images).to.deep.equal({ java });
    });

    it("is refused with all that is wrong with it", () => {
        const content = {
            apps: ["../other"],
            envFiles: "both",
            from: "prod",
            images: { java: { folder: "docker/java" } },
        };
        const problem = attempt(() => read(content));
        expect((problem instanceof Problem ? problem.message : "").split("\n").slice(1)).to.have.members([
            "  - name: must be there, found nothing",
            "  - images.java.folder: is not a key of an image; allowed are argument and replaces",
            '  - apps.0: must not lead out of the repository, found "../other"',
            '  - envFiles: must be "copy" or "symlink" or "none", found "both"',
            "  - from: is not a key of foundation.json; allowed are name, images, apps, contexts and envFiles",
        ]);
        const { folder: none, ...java } = { ...content.images.java, argument: "BASE" };
        expect(none).to.equal("docker/java");
        const fixed = { name: "shop", apps: ["other"], envFiles: "none", images: { java } };
        expect(read(fixed)).to.deep.include({ apps: ["other"], envFiles: "none" });
    });

    it("is refused where it is no JSON", () => {
        const root = folder({ "foundation.json": "name: shop" });
        const problem = attempt(() => readLayout(root));
        const [, example = ""] =
            /can't be read \(.*; write one such as (.*)$/.exec(
                problem instanceof Problem ? problem.message : "",
            ) ?? [];
        fs.writeFileSync(path.join(root, "foundation.json"), example);
        expect(readLayout(root).name).to.equal("shop");
    });
});
