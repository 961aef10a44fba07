import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { findFolders } from "../../../components/workspace/folders.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the globs of foundation:apps", () => {
    const folder = temporaryFolders();
    const paths = [
        ...["a", "apps/a", "apps/b", "tools/a", "tools/a/b", "tools/c/d/e"],
        ...[".hidden/a", "tools/node_modules/a", "."],
    ];

    function named(...globs: string[]): readonly string[] {
        const root = folder(Object.fromEntries(paths.map((place) => [`${place}/Dockerfile`, ""])));
        return findFolders(root, globs, (place) => fs.existsSync(path.join(root, place, "Dockerfile")))
            .folders;
    }

    for (const [globs, folders] of [
        [["apps/*"], ["apps/a", "apps/b"]],
        [["./apps/*/"], ["apps/a", "apps/b"]],
        [["."], ["."]],
        [["*"], ["a"]],
        [["*/a"], ["apps/a", "tools/a"]],
        [["tools/**"], ["tools/a", "tools/a/b", "tools/c/d/e"]],
        [["tools/**/e"], ["tools/c/d/e"]],
        [
            ["**", "!tools/**", "!."],
            ["a", "apps/a", "apps/b"],
        ],
        [["apps/?", "!apps/b"], ["apps/a"]],
        [["!apps/a", "apps/*"], ["apps/b"]],
        [[".hidden/*"], [".hidden/a"]],
        [["tools/node_modules/a"], ["tools/node_modules/a"]],
        [["gone/*"], []],
    ] as const) {
        it(`${globs.join(" ")} name ${folders.join(" ") || "nothing"}`, () => {
            expect(named(...globs)).to.deep.equal(folders);
        });
    }

    it("are told when they name nothing", () => {
        const root = folder({ "apps/a/Dockerfile": "" });
        expect(findFolders(root, ["apps/*", "x/*", "!y"], () => true).unmatched).to.deep.equal(["x/*"]);
    });

    it("name others as well, and some without a wildcard", () => {
        const root = folder({ "apps/a/Dockerfile": "", "apps/b/x": "", "apps/c/x": "" });
        const counts = (place: string): boolean => place === "apps/a";
        const { others, byName } = findFolders(root, ["apps/*", "./apps/a/", "!apps/c"], counts);
        expect(others).to.deep.equal(["apps/b"]);
        expect([...byName]).to.deep.equal(["apps/a"]);
    });

    it("follow links by name, tell those that they come by, and follow none on the way through many folders", () => {
        const root = folder({ "real/a/x": "" });
        fs.symlinkSync("../real", path.join(root, "real/loop"));
        fs.symlinkSync("real", path.join(root, "link"));
        fs.symlinkSync("itself", path.join(root, "itself"));
        const all = (...globs: string[]): readonly string[] => findFolders(root, globs, () => true).folders;
        expect(all("link")).to.deep.equal(["link"]);
        expect(all("*")).to.deep.equal(["real"]);
        expect(findFolders(root, ["*", "link/*"], () => true).linked).to.deep.equal([
            "link",
            "link/a",
            "link/loop",
        ]);
        expect(all("real/**")).to.deep.equal(["real", "real/a"]);
    });
});
