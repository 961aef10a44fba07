import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { VERSION } from "../../components/versions.js";

describe("the package", function () {
    this.timeout(300_000);
    let home: string;
    let tarball: string;

    before(async () => {
        home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "foundation-package-"));
        await execa("node", ["toolchain/pack.js", home]);
        tarball = path.join(home, `foundation-image-${VERSION}.tgz`);
    });

    after(() => {
        fs.rmSync(home, { recursive: true, force: true });
    });

    it("holds the compiled components and commands, and nothing that an adopter doesn't need", async () => {
        const { stdout } = await execa("tar", ["-tzf", tarball]);
        const files = stdout.split("\n").map((name) => name.replace(/^package\//, ""));
        const { stdout: tracked } = await execa("git", [
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "components",
            "cli",
        ]);
        const sources = tracked.split("\n").filter((name) => /\.(ts|js|cjs)$/.test(name));
        const compiled = [
            ...sources,
            ...["bringUp", "cache", "command", "environment", "problem", "stack"].map(
                (name) => `toolchain/${name}.js`,
            ),
        ].map((name) => name.replace(/\.ts$/, ".js"));
        const types = sources
            .filter((name) => /^components\/(?!plugin\/)/.test(name))
            .map((name) => name.replace(/\.[jt]s$/, ".d.ts"));
        expect(files).to.have.members([
            ...["package.json", "README.md", "CHANGELOG.md", "LICENSE"],
            "components/plugin/pulumi-resource-foundation",
            "components/plugin/pulumi-resource-foundation.cmd",
            ...compiled,
            ...compiled.map((name) => `${name}.map`),
            ...types,
        ]);
        expect(fs.statSync(tarball).size).to.be.lessThan(1_000_000);
    });

    it("is as npm, Node and TypeScript want it", async () => {
        const bin = (name: string): string => path.resolve("node_modules", ".bin", name);
        await execa(bin("publint"), ["run", tarball, "--strict"]);
        await execa(bin("attw"), [tarball, "--profile", "esm-only"]);
    });
});
