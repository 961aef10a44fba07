import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { contentTag, type BuildParameters } from "../../../components/workspace/buildContext.ts";
import { removeStagedContexts, stageContext } from "../../../components/workspace/stagedContext.ts";
import { temporaryFolders } from "../../support/folder.ts";

const plain: BuildParameters = { buildArgs: {}, platforms: [] };
const project = {
    "foundation/Dockerfile": "FROM scratch\nCOPY . /\n",
    "foundation/.dockerignore": ".dockerignore\nDockerfile\nnotes\n",
    "foundation/bin/tool": "#!/bin/sh\n",
    "foundation/notes": "not content",
};

describe("staged context", () => {
    const folder = temporaryFolders();

    it("has the content's tag, normal modes and one time, whatever the checkout has", () => {
        const root = folder(project);
        fs.chmodSync(path.join(root, "foundation/bin/tool"), 0o700);
        fs.chmodSync(path.join(root, "foundation/bin"), 0o700);
        fs.symlinkSync("bin/tool", path.join(root, "foundation/link"));
        const { location, tag } = stageContext(root, "foundation", "dev", plain, false);

        expect(tag).to.equal(contentTag(path.join(root, "foundation"), plain));
        expect(location).to.equal(`.foundation/context/dev/${tag}`);
        const copy = path.join(root, location);
        // The builder needs its own files even where they are ignored.
        expect(fs.readdirSync(copy).sort()).to.deep.equal([".dockerignore", "Dockerfile", "bin", "link"]);
        const mode = (name: string): string => (fs.lstatSync(path.join(copy, name)).mode & 0o777).toString(8);
        expect([mode("bin"), mode("bin/tool"), mode("Dockerfile")]).to.deep.equal(["755", "755", "644"]);
        expect(fs.readlinkSync(path.join(copy, "link"))).to.equal("bin/tool");
        const times = ["", "bin", "bin/tool", "Dockerfile", "link"].map((name) =>
            fs.lstatSync(path.join(copy, name)).mtime.toISOString(),
        );
        expect(new Set(times)).to.deep.equal(new Set(["2000-01-01T00:00:00.000Z"]));
    });

    it("has the folders that a build gets with nothing in them", () => {
        const root = folder({
            ...project,
            "foundation/cache/notes": "",
            "foundation/.dockerignore": "cache/*\n",
        });
        fs.chmodSync(path.join(root, "foundation/cache"), 0o700);
        const { location, tag } = stageContext(root, "foundation", "dev", plain, false);
        expect(tag).to.equal(contentTag(path.join(root, "foundation"), plain));
        expect(fs.readdirSync(path.join(root, location, "cache"))).to.deep.equal([]);
        const { mode, mtime } = fs.statSync(path.join(root, location, "cache"));
        expect([mode & 0o777, mtime.toISOString()]).to.deep.equal([0o755, "2000-01-01T00:00:00.000Z"]);
    });

    it("is kept from Git", () => {
        const root = folder(project);
        stageContext(root, "foundation", "dev", plain, false);
        expect(fs.readFileSync(path.join(root, ".foundation/.gitignore"), "utf8")).to.equal("*\n");
    });

    it("is left alone while the content is the same", () => {
        const root = folder(project);
        const { location } = stageContext(root, "foundation", "dev", plain, true);
        const before = fs.statSync(path.join(root, location)).ctimeMs;
        stageContext(root, "foundation", "dev", plain, true);
        expect(fs.statSync(path.join(root, location)).ctimeMs).to.equal(before);
    });

    it("drops a stack's older copies on an update alone, and never another stack's", () => {
        const root = folder(project);
        const stacks = path.join(root, ".foundation/context");
        const old = stageContext(root, "foundation", "dev", plain, true).tag;
        stageContext(root, "foundation", "prod", plain, true);
        fs.writeFileSync(path.join(root, "foundation/bin/tool"), "changed");

        const previewed = stageContext(root, "foundation", "dev", plain, false).tag;
        expect(fs.readdirSync(path.join(stacks, "dev")).sort()).to.deep.equal([old, previewed].sort());
        stageContext(root, "foundation", "dev", plain, true);
        expect(fs.readdirSync(path.join(stacks, "dev"))).to.deep.equal([previewed]);
        expect(fs.readdirSync(path.join(stacks, "prod"))).to.deep.equal([old]);
    });

    it("goes with its stack, in all its copies, and with no other", () => {
        const root = folder(project);
        for (const stack of ["dev", "prod"]) stageContext(root, "foundation", stack, plain, true);
        fs.writeFileSync(path.join(root, "foundation/bin/tool"), "changed");
        stageContext(root, "foundation", "dev", plain, false);

        removeStagedContexts(root, "dev");
        expect(fs.readdirSync(path.join(root, ".foundation/context"))).to.deep.equal(["prod"]);
        removeStagedContexts(root, "dev");
    });
});
