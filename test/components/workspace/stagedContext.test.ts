import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { imageSettings, type ConfiguredImage } from "../../../components/imageConfig.ts";
import { emittedPaths } from "../../../components/workspace/emittedPaths.ts";
import { readImages } from "../../../components/workspace/images.ts";
import { removeStagedContexts, stageImages } from "../../../components/workspace/stagedContext.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { folderTag, stage } from "../../support/staging.ts";

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
        const { location, tag } = stage(root, "dev", false);

        expect(tag).to.equal(folderTag(path.join(root, "foundation")));
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
        const { location, tag } = stage(root, "dev", false);
        expect(tag).to.equal(folderTag(path.join(root, "foundation")));
        expect(fs.readdirSync(path.join(root, location, "cache"))).to.deep.equal([]);
        const { mode, mtime } = fs.statSync(path.join(root, location, "cache"));
        expect([mode & 0o777, mtime.toISOString()]).to.deep.equal([0o755, "2000-01-01T00:00:00.000Z"]);
    });

    it("is kept from Git", () => {
        const root = folder(project);
        stage(root, "dev", false);
        expect(fs.readFileSync(path.join(root, ".foundation/.gitignore"), "utf8")).to.equal("*\n");
    });

    it("is left alone while the content is the same", () => {
        const root = folder(project);
        const { location } = stage(root, "dev", true);
        const before = fs.statSync(path.join(root, location)).ctimeMs;
        stage(root, "dev", true);
        expect(fs.statSync(path.join(root, location)).ctimeMs).to.equal(before);
    });

    it("drops a stack's older copies on an update alone, and never another stack's", () => {
        const root = folder(project);
        const stacks = path.join(root, ".foundation/context");
        const old = stage(root, "dev", true).tag;
        stage(root, "prod", true);
        fs.writeFileSync(path.join(root, "foundation/bin/tool"), "changed");

        const previewed = stage(root, "dev", false).tag;
        expect(fs.readdirSync(path.join(stacks, "dev")).sort()).to.deep.equal([old, previewed].sort());
        stage(root, "dev", true);
        expect(fs.readdirSync(path.join(stacks, "dev"))).to.deep.equal([previewed]);
        expect(fs.readdirSync(path.join(stacks, "prod"))).to.deep.equal([old]);
    });

    it("leaves a copy that a preview beside the update makes, and none that a killed one has left", () => {
        const root = folder(project);
        const { status, pid: gone } = spawnSync(process.execPath, ["--eval", ""]);
        expect(status).to.equal(0);
        const home = path.join(root, ".foundation/context/dev");
        for (const maker of [process.pid, gone]) {
            fs.mkdirSync(path.join(home, `.copy-${maker}-abcdef`), { recursive: true });
        }
        const { tag } = stage(root, "dev", true);
        expect(fs.readdirSync(home)).to.have.members([tag, `.copy-${process.pid}-abcdef`]);
    });

    it("goes with its stack, in all its copies, and with no other", () => {
        const root = folder(project);
        for (const stack of ["dev", "prod"]) stage(root, stack, true);
        fs.writeFileSync(path.join(root, "foundation/bin/tool"), "changed");
        stage(root, "dev", false);

        removeStagedContexts(root, "dev");
        expect(fs.readdirSync(path.join(root, ".foundation/context"))).to.deep.equal(["prod"]);
        removeStagedContexts(root, "dev");
    });

    describe("of several images", () => {
        const files = {
            "base/Dockerfile": "FROM scratch\nCOPY x /\n",
            "base/x": "1",
            "docker/java.Dockerfile": "FROM base\nCOPY lib /\n",
            "docker/node.Dockerfile": "FROM java\nCOPY lib /\n",
            "docker/java/compose.yaml": "emitted",
            "docker/java/.env": "emitted",
            "lib/a": "1",
            "infra/.foundation/x": "1",
            "infra/Pulumi.yaml": "name: acme\n",
            "infra/Pulumi.dev.yaml": "encryptionsalt: new with each run\n",
            "infra/Pulumi.md": "1",
            "lib/Pulumi.dev.yaml": "of another project\n",
            "infra/node_modules/foundation-image/package.json": "{}",
            "lib/node_modules/b": "1",
            ".git": "elsewhere\n",
            ".dockerignore": "notes\n",
            "lib/notes": "no rule, for it is not at the root",
            notes: "1",
        };
        const settings = (changes: ConfiguredImage = {}) => [
            imageSettings("base", {}),
            imageSettings("java", {
                folder: "docker/java",
                context: ".",
                dockerfile: "docker/java.Dockerfile",
                ...changes,
            }),
            imageSettings("node", {
                folder: "docker/node",
                context: ".",
                dockerfile: "docker/node.Dockerfile",
            }),
        ];
        const stageAll = (root: string, images = settings()) => {
            const project = path.join(root, "infra");
            const isEmitted = emittedPaths(root, project, images, []);
            const staged = stageImages(
                { project, root, stack: "dev", isEmitted },
                readImages(root, images),
                true,
            );
            return { project, staged };
        };
        const tagsOf = (root: string, images = settings()) =>
            [...stageAll(root, images).staged.values()].map(({ tag }) => tag);

        it("has one copy of a context that they share, without what is never content, and their Dockerfiles beside it", () => {
            const root = folder(files);
            const { project, staged } = stageAll(root);
            const [base, java, node] = ["base", "java", "node"].map((name) => staged.get(name));
            expect(base?.location).to.equal(`.foundation/context/dev/${base?.tag}`);
            expect(base).not.to.have.property("dockerfile");
            expect(java?.location).to.match(/^\.foundation\/context\/dev\/files-[0-9a-f]{12}$/);
            expect(node?.location).to.equal(java?.location);
            expect(java?.dockerfile).to.equal(`.foundation/context/dev/${java?.tag}.Dockerfile`);
            const read = (place = "") => fs.readFileSync(path.join(project, place), "utf8");
            expect(read(java?.dockerfile)).to.equal(files["docker/java.Dockerfile"]);
            expect(read(node?.dockerfile)).to.equal(files["docker/node.Dockerfile"]);
            expect(read(`${java?.dockerfile}.dockerignore`)).to.equal("");
            const copied = fs.readdirSync(path.join(project, java?.location ?? ""), {
                recursive: true,
                withFileTypes: true,
            });
            expect(copied.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort()).to.deep.equal(
                [
                    ".dockerignore",
                    "Dockerfile",
                    "Pulumi.dev.yaml",
                    "Pulumi.md",
                    "a",
                    "b",
                    "java.Dockerfile",
                    "node.Dockerfile",
                    "notes",
                    "x",
                ].sort(),
            );
            expect(fs.readdirSync(path.join(project, ".foundation/context/dev")).sort()).to.deep.equal(
                [
                    base?.tag,
                    path.basename(java?.location ?? ""),
                    ...[java, node].flatMap((image) => [
                        `${image?.tag}.Dockerfile`,
                        `${image?.tag}.Dockerfile.dockerignore`,
                    ]),
                ].sort(),
            );
        });

        it("is refused for the Dockerfile of any of them that is a link out of its folder", () => {
            for (const name of ["java", "node"]) {
                const root = folder(files);
                fs.renameSync(path.join(root, `docker/${name}.Dockerfile`), path.join(root, "lib/linked"));
                fs.symlinkSync("../lib/linked", path.join(root, `docker/${name}.Dockerfile`));
                expect(() => stageAll(root), name).to.throw(
                    Problem,
                    `docker/${name}.Dockerfile: it is a link to ../lib/linked`,
                );
            }
        });

        it("has another tag for all that is built on what changes, and for nothing else", () => {
            const root = folder(files);
            const before = tagsOf(root);
            fs.writeFileSync(path.join(root, "docker/node.Dockerfile"), "FROM java\n");
            // Part of the context of both.
            fs.writeFileSync(path.join(root, ".dockerignore"), "notes\ndocker\n");
            const ignored = tagsOf(root);
            fs.writeFileSync(path.join(root, "docker/node.Dockerfile"), "FROM java\nUSER 1\n");
            const last = tagsOf(root);
            expect(last.map((tag, index) => tag === ignored[index])).to.deep.equal([true, true, false]);
            expect(ignored.map((tag, index) => tag === before[index])).to.deep.equal([true, false, false]);
            fs.writeFileSync(path.join(root, "base/x"), "2");
            fs.writeFileSync(path.join(root, ".dockerignore"), "notes\ndocker\nbase\n");
            const outside = tagsOf(root);
            fs.writeFileSync(path.join(root, "base/x"), "3");
            expect(tagsOf(root).filter((tag) => outside.includes(tag))).to.deep.equal([]);
        });

        it("has the tag and the name of what is in it, when somebody saves a file between reading and copying", () => {
            const root = folder(files);
            const saved = path.join(root, "base/x");
            const images = settings().map((image, index) => ({
                ...image,
                // Asked for after what is there was read, and before the copy.
                get rebuild() {
                    fs.writeFileSync(saved, `${index}`);
                    return undefined;
                },
            }));
            const { staged } = stageAll(root, images);
            const whenThereIs = (content: string) => {
                fs.writeFileSync(saved, content);
                return stageAll(root).staged;
            };
            expect(staged.get("base")?.tag).to.equal(whenThereIs("0").get("base")?.tag);
            expect(staged.get("java")?.location).to.equal(whenThereIs("1").get("java")?.location);
        });

        it("goes by the ignore file that is named after a Dockerfile elsewhere", () => {
            const root = folder({ ...files, "docker/java.Dockerfile.dockerignore": "*\n!lib/a\n" });
            const { project, staged } = stageAll(root);
            const { location = "" } = staged.get("java") ?? {};
            expect(location).not.to.equal(staged.get("node")?.location);
            expect(fs.readdirSync(path.join(project, location), { recursive: true }).sort()).to.deep.equal([
                "lib",
                "lib/a",
            ]);
        });

        it("has copies of the folders among the build contexts, whose content counts", () => {
            const root = folder(files);
            const images = settings({
                buildContexts: { lib: "lib", web: "https://x.example/y.git", os: "docker-image://debian" },
            });
            const { project, staged } = stageAll(root, images);
            const { folders = {}, tag } = staged.get("java") ?? {};
            expect(Object.keys(folders)).to.deep.equal(["lib"]);
            expect(fs.readFileSync(path.join(project, folders["lib"] ?? "", "a"), "utf8")).to.equal("1");
            fs.writeFileSync(path.join(root, ".dockerignore"), "lib\n");
            const before = tagsOf(root, images);
            fs.writeFileSync(path.join(root, "lib/a"), "2");
            const after = tagsOf(root, images);
            expect(after[0]).to.equal(before[0]);
            expect(after[1]).not.to.equal(before[1]).and.not.to.equal(tag);
        });

        for (const changes of [
            { secrets: { pip: { env: "A" } } },
            { secrets: { pip: { env: "B" } } },
            { ssh: ["default"] },
            { extraHosts: { a: "10.0.0.1" } },
            { buildContexts: { os: "docker-image://debian" } },
            { labels: { a: "1" } },
        ] satisfies ConfiguredImage[]) {
            it(`has another tag with ${JSON.stringify(changes)}`, () => {
                const root = folder(files);
                expect(tagsOf(root, settings(changes))[1]).not.to.equal(tagsOf(root)[1]);
            });
        }

        it("has the same tag wherever its cache is", () => {
            const root = folder(files);
            const cache = { from: ["type=local,src=/x"], to: [] };
            expect(tagsOf(root, settings({ cache }))).to.deep.equal(tagsOf(root));
        });
    });
});
