import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { findChanges, type Changes } from "../../../components/workspace/changes.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { readEmitted, registryOf, type Emitted } from "../../../components/workspace/emitted.ts";
import { emittedPaths } from "../../../components/workspace/emittedPaths.ts";
import { readImages } from "../../../components/workspace/images.ts";
import { stageImages } from "../../../components/workspace/stagedContext.ts";
import { manifestText, type Manifest } from "../../../components/render/manifest.ts";
import { minimumCompose, readServices } from "../../../components/workspace/services.ts";
import { expectedFiles } from "../../../components/workspace/expectedFiles.ts";
import { repositoryMark } from "../../../components/workspace/repositoryMark.ts";
import { mainImage } from "../../../components/config.ts";
import { readStackConfig } from "../../../components/workspace/stackConfig.ts";
import { composeHeedsEnvFile } from "../../../components/docker/builder.ts";
import { checkPassword } from "../../../cli/verify/password.ts";
import { Problem } from "../../../components/problem.ts";
import { appText, blockFor, published } from "../../support/emitted.ts";
import { ownLines } from "../../../components/workspace/env.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { folderTag } from "../../support/staging.ts";

describe("a checkout", () => {
    const folder = temporaryFolders();
    const block = "FOUNDATION_IMAGE='r/f:1'\nFOUNDATION_DIGEST='sha256:1'\nFOUNDATION_STACK='dev'\n";

    it("says what its foundation is", () => {
        expect(readEmitted(folder({ "foundation/.env": block }))).to.deep.equal({
            image: "r/f:1",
            digest: "sha256:1",
            stack: "dev",
        });
    });

    it("follows the last assignment, as Compose does", () => {
        const root = folder({ "foundation/.env": `\uFEFF${block}FOUNDATION_IMAGE=mine:2\n` });
        expect(readEmitted(root).image).to.equal("mine:2");
    });

    for (const [title, files, told] of [
        ["no .env", {}, "is missing"],
        ["one that doesn't name it", { "foundation/.env": "A=1\n" }, "doesn't name the foundation"],
        ...["IMAGE", "DIGEST", "STACK"].map((name) => {
            const text = block.replace(new RegExp(`^FOUNDATION_${name}.*\n`, "m"), "");
            return [
                `one without its ${name}`,
                { "foundation/.env": text },
                "doesn't name the foundation",
            ] as const;
        }),
    ] as const) {
        it(`says where to get the files with ${title}`, () => {
            const root = folder(files);
            const place = path.join(root, "foundation", ".env");
            expect(() => readEmitted(root)).to.throw(
                Problem,
                `${place} ${told}; get the emitted files with \`git pull\`, \`foundation sync\` or \`pulumi up\``,
            );
        });
    }

    it("says so where the root's .env is gone that a link leads to", () => {
        const root = folder({ "foundation/x": "" });
        fs.symlinkSync("../.env", path.join(root, "foundation/.env"));
        expect(() => readEmitted(root)).to.throw(Problem, "is a link to ../.env, which is missing; get the");
    });

    it("has its foundation in a registry", () => {
        expect(registryOf("localhost:5050/team/f:1")).to.include({
            server: "localhost:5050",
            repository: "team/f",
        });
    });

    for (const image of ["mine:2", "a b/f:1", "localhost:99999/f:1"]) {
        it(`gives no registry that the password could be sent to for ${image}`, () => {
            expect(() => registryOf(image)).to.throw(Problem, /has no registry in it; get the emitted files/);
        });
    }

    it("says which .env can't be read", () => {
        const root = folder();
        fs.mkdirSync(path.join(root, "foundation/.env"), { recursive: true });
        expect(() => readEmitted(root)).to.throw(Problem, /foundation.\.env can't be read \(EISDIR/);
    });

    it("knows the first line of each variable that outranks what was emitted, and no other", () => {
        const ours = blockFor({ image: "r/f:1", digest: "sha256:1", stack: "dev" });
        const end = ours.split("\n").length;
        const own = `BUILDX_CONFIG=x\nexport FOUNDATION_STACK = prod\nOTHER=1\n FOUNDATION_IMAGE=r/f:2\n`;
        expect(ownLines(folder({ "app/.env": `${ours}${own}` }), "app")).to.deep.equal([
            { name: "FOUNDATION_IMAGE", line: end + 3 },
            { name: "FOUNDATION_STACK", line: end + 1 },
        ]);
        expect(ownLines(folder(), "app")).to.deep.equal([]);
        // Of two blocks, none is known to be ours.
        expect(ownLines(folder({ "app/.env": `${ours}${ours}${own}` }), "app")).to.deep.equal([]);
    });

    describe("of an app", () => {
        const app = (files: Readonly<Record<string, string>>) => {
            const entries = Object.entries(files).map(
                ([name, text]) => [`apps/App.1/${name}`, text] as const,
            );
            const others = { "foundation/.env": block, "apps/App.1/Dockerfile": "" };
            const [service] = readServices(new Clone(folder({ ...Object.fromEntries(entries), ...others })));
            const use = service?.uses.get("foundation");
            if (service === undefined || use === undefined) throw new Error("there is an app");
            return { ...service, ...use };
        };
        const emitted = { "compose.yaml": "", ".env": block };

        it("has the names that Compose gives", () => {
            expect(app(emitted)).to.deep.include({
                folder: "apps/App.1",
                project: "app1",
                formerProject: "app1",
                service: "app1",
                image: "app1-app1",
                ownImages: new Map(),
                reference: "r/f:1",
                ownLine: undefined,
                diversions: [],
                form: undefined,
                problem: undefined,
            });
        });

        it("has its way to the foundation from what was emitted", () => {
            const use = { buildArg: true, contexts: ["localhost:5000/base", "foundation"] };
            for (const form of ["image", "service"] as const) {
                const text = appText({ service: "app1", use }, form, "app1-1a2b3c");
                for (const composed of [text, text.replaceAll("\n", "\r\n")]) {
                    expect(app({ ...emitted, "compose.yaml": composed }).form).to.equal(form);
                }
            }
        });

        it("has the name of what Compose makes of a service that is its context", () => {
            const use = { buildArg: false, contexts: ["foundation"] };
            const images = (["image", "service"] as const).map((form) => {
                const text = appText({ service: "app1", use }, form, "app1-1a2b3c");
                return app({ ...emitted, "compose.yaml": text }).contextImage;
            });
            expect(images).to.deep.equal([undefined, "app1-1a2b3c-foundation-app1"]);
        });

        it("takes a newer Compose where a service is its context", () => {
            const use = { buildArg: false, contexts: ["foundation"] };
            const text = appText({ service: "app1", use }, "service", "app1-1a2b3c");
            const served = app({ ...emitted, "compose.yaml": text });
            expect(minimumCompose([app(emitted)])).to.equal("2.23.1");
            expect(minimumCompose([app(emitted), served])).to.equal("2.33.1");
        });

        it("knows the line of the user's own that outranks the emitted one", () => {
            const ours = blockFor({ image: "r/f:1", digest: "sha256:1", stack: "dev" });
            const lineIn = (env: string) => app({ ...emitted, ".env": env }).ownLine;
            expect(lineIn(ours)).to.equal(undefined);
            expect(lineIn(`\uFEFF${ours.replaceAll("\n", "\r\n")}A=1\r\n`)).to.equal(undefined);
            expect(lineIn(`FOUNDATION_IMAGE=r/f:2\n${ours}`)).to.equal(undefined);
            expect(lineIn(`${ours}A=1\nFOUNDATION_IMAGE=r/f:2\n`)).to.equal(10);
        });

        it("has the project's name from the emitted file, unless .env has one", () => {
            const text = "name: app1-1a2b3c\nservices: {}\n";
            expect(app({ ...emitted, "compose.yaml": text }).image).to.equal("app1-1a2b3c-app1");
            const env = `${block}COMPOSE_PROJECT_NAME=p\n`;
            expect(app({ ".env": env, "compose.yaml": text }).image).to.equal("p-app1");
        });

        it("has the names that the user's own file gives", () => {
            const own = "name: ${OWNER:-p}\nservices:\n  app1:\n    image: ${REGISTRY:-acme}/app1:$TAG\n";
            const { project, image } = app({
                ...emitted,
                ".env": `${block}TAG=7\n`,
                "compose.override.yaml": own,
            });
            expect([project, image]).to.deep.equal(["p", "acme/app1:7"]);
        });

        it("knows the images that services of the user's own name", () => {
            const own = "services:\n  worker:\n    image: acme/worker:$TAG\n  job:\n    build: ./job\n";
            const files = { ...emitted, ".env": `${block}TAG=7\n`, "compose.override.yaml": own };
            expect([...app(files).ownImages]).to.deep.equal([["worker", "acme/worker:7"]]);
        });

        it("knows where the user's own file hands another image to the build", () => {
            const use = { buildArg: true, contexts: ["foundation"] };
            const compose = appText({ service: "app1", use }, "image", "app1-1a2b3c");
            for (const [build, places] of [
                ["{ args: { FOUNDATION_IMAGE: debian } }", ["build.args.FOUNDATION_IMAGE"]],
                ["{ args: [FOUNDATION_IMAGE=debian, A=1] }", ["build.args.FOUNDATION_IMAGE"]],
                [
                    "{ additional_contexts: { foundation: docker-image://debian, shared: ../shared } }",
                    ["build.additional_contexts.foundation"],
                ],
                ["{ additional_contexts: [shared=../shared], args: { A: 1 } }", []],
                ["{ args: { FOUNDATION_IMAGE: '${FOUNDATION_IMAGE:?}' } }", []],
                [".", []],
            ] as const) {
                const own = `services:\n  app1:\n    build: ${build}\n`;
                const files = { ...emitted, "compose.yaml": compose, "compose.override.yaml": own };
                expect(app(files).diversions, build).to.deep.equal(places);
            }
            const own = "services:\n  app1:\n    build: { additional_contexts: { foundation: ../x } }\n";
            expect(app({ ".env": block, "compose.override.yaml": own }).diversions).to.deep.equal([]);
        });

        it("goes by the first of the user's own files, in the order in which Compose looks for them", () => {
            const names = [
                "compose.override.yml",
                "compose.override.yaml",
                "docker-compose.override.yml",
                "docker-compose.override.yaml",
            ];
            for (const [index, first] of names.entries()) {
                const own = names
                    .slice(index)
                    .map((name) => [name, `name: of-${names.indexOf(name)}\n`] as const);
                const { project } = app({ ...emitted, ...Object.fromEntries(own) });
                expect(project, first).to.equal(`of-${index}`);
            }
        });

        it("has what a variable says in such a name, or else what the name says for it", () => {
            for (const [image, made] of [
                ["a:$TAG", "a:7"],
                ["a:${TAG}", "a:7"],
                ["a:${NONE}b", "a:b"],
                ["a:${NONE-8}", "a:8"],
                ["a:${EMPTY:-8}", "a:8"],
                ["a:$NONE", "a:"],
            ] as const) {
                const own = `services:\n  app-1:\n    image: ${image}\n  empty:\n`;
                const env = `${block}TAG=7\nEMPTY=\n`;
                const { ownImages } = app({ ...emitted, ".env": env, "compose.override.yaml": own });
                expect([...ownImages], image).to.deep.equal([["app-1", made]]);
            }
        });

        it("leaves the build alone where the user's own file repeats what was emitted, in either form", () => {
            for (const value of ["$FOUNDATION_IMAGE", "${FOUNDATION_IMAGE:?}"]) {
                const own = `services:\n  app1:\n    build: { args: { FOUNDATION_IMAGE: '${value}' } }\n`;
                expect(app({ ...emitted, "compose.override.yaml": own }).diversions, value).to.deep.equal([]);
            }
        });

        it("asks the registry each time where the user's own file says so", () => {
            const pulled = (build: string): boolean | undefined => {
                const own = `services:\n  app1:\n    build: ${build}\n`;
                return app({ ...emitted, "compose.override.yaml": own }).uses.get("foundation")?.pulled;
            };
            expect(pulled("{ pull: true }")).to.equal(true);
            for (const build of ["{ pull: false }", "{}", "."]) expect(pulled(build), build).to.equal(false);
        });

        it("has no diversion where the user's own file says nothing of the build", () => {
            const own = "services:\n  app1:\n    build:\n";
            expect(app({ ...emitted, "compose.override.yaml": own }).diversions).to.deep.equal([]);
        });

        it("keeps its names where that file can't be read", () => {
            expect(app({ ...emitted, "compose.override.yaml": "a: [" })).to.include({ image: "app1-app1" });
        });

        it("has the names that YAML and Compose make of the user's own file", () => {
            const base = "services: { base: { image: 'acme/${A:-${B:-b}}:1' } }\n";
            const own = [
                "x-job: &job { image: '$TAG/job' }",
                "services:",
                "  app1: { extends: { file: common/base.yaml, service: base } }",
                "  job: { <<: *job }",
                "",
            ].join("\n");
            const { image, ownImages } = app({
                ...emitted,
                ".env": `${block}TAG=7\n`,
                "compose.override.yaml": own,
                "common/base.yaml": base,
            });
            expect(image).to.equal("acme/b:1");
            expect(ownImages.get("job")).to.equal("7/job");
        });

        it("has the names of the files that its .env has Compose read, in whatever folder they are", () => {
            const ours = "compose.foundation.yaml";
            const list = `COMPOSE_PATH_SEPARATOR=:\nCOMPOSE_FILE=docker/compose.yml:../common.yaml:${ours}\n`;
            const root = folder({
                "apps/app1/Dockerfile": "",
                "apps/app1/docker/compose.yml": "services: { web: { build: .. } }\n",
                "apps/common.yaml": "services: { web: { image: acme/web } }\n",
                "foundation/.env": block,
            });
            const manifest = new Clone(root).manifest;
            const web = { foundation: { buildArg: true, contexts: [] } };
            const workspaces = { "apps/app1": { emitted: ours, services: { web } } };
            fs.writeFileSync(
                path.join(root, "foundation.lock.json"),
                manifestText({ ...manifest, workspaces }),
            );
            fs.writeFileSync(path.join(root, "apps/app1", ours), "services: { web: { build: {} } }\n");
            const read = (env: string) => {
                fs.writeFileSync(path.join(root, "apps/app1/.env"), env);
                const [service] = readServices(new Clone(root));
                return [service?.project, service?.image, service?.problem?.wrong];
            };
            expect(read(`${block}${list}`)).to.deep.equal(["docker", "acme/web", undefined]);
            expect(read(`${block}COMPOSE_FILE=docker/compose.yml\n`)).to.deep.equal([
                "docker",
                "docker-web",
                `in apps/app1 Compose reads docker/compose.yml, and not ${ours}`,
            ]);
        });

        it("has a problem without compose.yaml or .env", () => {
            expect(app({ ".env": block }).problem?.wrong).to.include("no compose.yaml");
            expect(app({ "compose.yaml": "" }).problem?.wrong).to.include("no .env");
        });
    });

    it("is expected to have the files that its configuration asks for", () => {
        const root = folder({
            "apps/app1/Dockerfile": "FROM base\n",
            "Pulumi.dev.yaml": "config:\n  foundation:contexts: service\n  foundation:replaces: [base]\n",
        });
        const file = expectedFiles(new Clone(root), { image: published, digest: "sha256:1", stack: "dev" })[
            "apps/app1/compose.yaml"
        ];
        const app1 = { service: "app1", use: { buildArg: false, contexts: ["base"] } };
        const project = `app1-${repositoryMark("foundation", readStackConfig(root, "dev"))}`;
        expect(file).to.deep.include({ text: appText(app1, "service", project) });
    });

    describe("'s configuration", () => {
        it("has the project's defaults under the stack's own values", () => {
            const root = folder({
                "Pulumi.yaml":
                    "name: foundation\nconfig:\n  channel:\n    default: edge\n  repository:\n    default: base\n  tag:\n    default: ''\n",
                "Pulumi.dev.yaml":
                    "config:\n  foundation:repository: team/base\n  foundation:buildArgs:\n    A: '1'\n  other:x: 1\n",
            });
            const config = readStackConfig(root, "dev");
            expect(config.channel).to.equal("edge");
            expect(mainImage(config)).to.deep.include({
                tag: undefined,
                repository: "team/base",
                buildArgs: { A: "1" },
            });
        });

        it("is this repository's for its dev stack", () => {
            const root = path.resolve(import.meta.dirname, "../../..");
            expect(readStackConfig(root, "dev")).to.include({ registry: "local", pullPort: 5050 });
        });

        it("is that of the project, whatever its name, and may leave the name out", () => {
            const root = folder({
                "Pulumi.yaml": "name: acme\nconfig:\n  channel:\n    default: edge\n",
                "Pulumi.dev.yaml": "config:\n  acme:tag: v1\n  pullPort: 6050\n",
            });
            const config = readStackConfig(root, "dev");
            expect(config).to.include({ channel: "edge", pullPort: 6050 });
            expect(mainImage(config).tag).to.equal("v1");
        });

        it("can't be used when it is wrong", () => {
            const root = folder({ "Pulumi.dev.yaml": "config:\n  foundation:repository: No\n" });
            expect(() => readStackConfig(root, "dev")).to.throw(Problem, /repository: must be/);
        });

        it("can't be used when it is not YAML", () => {
            const root = folder({ "Pulumi.dev.yaml": "config:\n  foundation:tag: [\n" });
            expect(() => readStackConfig(root, "dev")).to.throw(
                Problem,
                /Pulumi\.dev\.yaml can't be read \(.* at line 3, column 1\); fix it$/,
            );
        });
    });

    describe("'s changes", () => {
        const parameters = mainImage(readStackConfig(folder(), "dev"));
        const files = {
            "foundation/Dockerfile": "FROM a\n",
            "foundation/one": "1\n",
            "foundation/two": "2\n",
        };
        const emittedFor = (root: string) => ({
            image: `r/f:${folderTag(path.join(root, "foundation"), parameters)}`,
            digest: "sha256:1",
            stack: "dev",
        });
        const changesIn = async (
            root: string,
            { image: reference, digest, stack }: Emitted,
            settings = parameters,
        ): Promise<Changes | undefined> => {
            const image = { reference, digest, channel: "latest", folder: "foundation", uses: {} };
            const manifest: Manifest = {
                ...{ version: 1, stack, project: ".", workspaces: {}, images: { foundation: image } },
                registry: { kind: "local", server: "r" },
            };
            const changes = await findChanges({ root, project: root, manifest, found: undefined }, [
                settings,
            ]);
            return changes.get("foundation");
        };

        it("are none when the content has the published tag", async () => {
            const root = folder(files);
            expect(await changesIn(root, emittedFor(root))).to.deep.equal({ state: "none" });
        });

        it("are told by the copy of what was published, where there is one", async () => {
            const root = folder(files);
            const emitted = emittedFor(root);
            const copy = path.join(root, ".foundation/context/dev", emitted.image.slice("r/f:".length));
            fs.cpSync(path.join(root, "foundation"), copy, { recursive: true });
            fs.writeFileSync(path.join(root, "foundation/one"), "changed\n");
            fs.rmSync(path.join(root, "foundation/two"));
            fs.writeFileSync(path.join(root, "foundation/three"), "3\n");
            expect(await changesIn(root, emitted)).to.deep.include({
                state: "changed",
                files: ["one", "three", "two"],
            });
        });

        it("leave out bits that the file system makes up", async () => {
            const root = folder(files);
            const git = (...args: string[]) =>
                execFileSync("git", ["-C", root, ...args], { stdio: "ignore" });
            git("init");
            git("config", "core.fileMode", "false");
            git("add", ".");
            const emitted = emittedFor(root);
            const copy = path.join(root, ".foundation/context/dev", emitted.image.slice("r/f:".length));
            fs.cpSync(path.join(root, "foundation"), copy, { recursive: true });
            for (const name of ["Dockerfile", "one", "two"]) {
                for (const place of [path.join(root, "foundation"), copy]) {
                    fs.chmodSync(path.join(place, name), 0o777);
                }
            }
            expect(await changesIn(root, emitted)).to.deep.equal({ state: "none" });
            fs.writeFileSync(path.join(root, "foundation/one"), "changed\n");
            expect(await changesIn(root, emitted)).to.deep.include({ files: ["one"] });
        });

        it("can't be told while the ignore file has a faulty rule", async () => {
            const root = folder(files);
            const emitted = emittedFor(root);
            fs.writeFileSync(path.join(root, "foundation/.dockerignore"), "[a\n");
            const found = await changesIn(root, emitted);
            expect(found).to.have.property("reason").that.includes("found [a in line 1");
        });

        it("are told by Git since the files were emitted, where there is none", async () => {
            const root = folder({ ...files, "foundation/.env": "" });
            const emitted = emittedFor(root);
            const git = (...args: string[]): void => {
                execFileSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@t", ...args], {
                    stdio: "ignore",
                });
            };
            git("init");
            git("add", ".");
            git("commit", "--message", "emitted");
            fs.writeFileSync(path.join(root, "foundation/one"), "committed\n");
            git("commit", "--all", "--message", "changed");
            fs.writeFileSync(path.join(root, "foundation/n\u00e9w"), "new\n");
            expect(await changesIn(root, emitted)).to.deep.include({
                files: ["n\u00e9w", "one"],
            });
        });

        it("are known to be there, if not where, without either", async () => {
            const root = folder(files);
            const emitted = emittedFor(root);
            fs.writeFileSync(path.join(root, "foundation/one"), "changed\n");
            expect(await changesIn(root, emitted)).to.deep.include({ state: "changed" });
        });

        it("can't be told from a tag that was fixed by hand", async () => {
            const root = folder(files);
            const found = await changesIn(root, emittedFor(root), { ...parameters, tag: "v1" });
            expect(found?.state).to.equal("unknown");
        });

        describe("of several images", () => {
            const sources = {
                "infra/Pulumi.yaml": [
                    "name: foundation",
                    "config:",
                    "  root: { default: .. }",
                    "  images:",
                    "    value:",
                    "      base: { folder: docker/base }",
                    "      java:",
                    "        { folder: docker/java, context: ., dockerfile: docker/java.Dockerfile, buildContexts: { more: extra } }",
                    "      tool: {}",
                    "",
                ].join("\n"),
                "docker/base/Dockerfile": "FROM scratch\nCOPY . /\n",
                "docker/base/one": "1\n",
                "docker/java.Dockerfile": "FROM base\nCOPY src /src\n",
                "docker/java/README.md": "",
                "src/Main.java": "1\n",
                "extra/x": "1\n",
                "tool/Dockerfile": "FROM alpine\n",
                ".dockerignore": "*\n!src\n",
            };
            /** A clone with what a deployment of it would publish now. */
            const deployed = (): Clone => {
                const root = folder(sources);
                const project = path.join(root, "infra");
                const { images } = readStackConfig(project, "dev");
                const isEmitted = emittedPaths(root, project, images, []);
                const staged = stageImages(
                    { project, root, stack: "dev", isEmitted },
                    readImages(root, images),
                    false,
                );
                const manifest = {
                    ...{ version: 1, stack: "dev", project: "infra", workspaces: {} },
                    registry: { kind: "local", server: "r" },
                    images: Object.fromEntries(
                        images.map(({ name, folder }) => [
                            name,
                            {
                                ...{ reference: `r/${name}:${staged.get(name)?.tag}`, digest: "sha256:1" },
                                ...{ channel: "latest", folder, uses: {} },
                            },
                        ]),
                    ),
                };
                fs.writeFileSync(path.join(root, "foundation.lock.json"), JSON.stringify(manifest));
                return new Clone(root);
            };
            const told = async (clone: Clone): Promise<Record<string, unknown>> =>
                Object.fromEntries(
                    [...(await findChanges(clone, clone.config().images))].map(([name, changes]) => [
                        name,
                        changes.state === "changed" ? changes.files : changes.state,
                    ]),
                );

            it("are none for each when its content has the published tag, wherever that is", async () => {
                expect(await told(deployed())).to.deep.equal({ base: "none", java: "none", tool: "none" });
            });

            it("go down the chain, and no further", async () => {
                const clone = deployed();
                fs.writeFileSync(path.join(clone.root, "docker/base/one"), "2\n");
                expect(await told(clone)).to.deep.equal({ base: ["one"], java: [], tool: "none" });
            });

            it("are told of a context at the root, a Dockerfile elsewhere and another folder that is copied from", async () => {
                const clone = deployed();
                const git = (...args: string[]): void => {
                    execFileSync(
                        "git",
                        ["-C", clone.root, "-c", "user.name=t", "-c", "user.email=t@t", ...args],
                        { stdio: "ignore" },
                    );
                };
                git("init");
                git("add", ".");
                git("commit", "--message", "emitted");
                fs.writeFileSync(path.join(clone.root, "src/Main.java"), "2\n");
                fs.appendFileSync(path.join(clone.root, "docker/java.Dockerfile"), "LABEL a=b\n");
                fs.writeFileSync(
                    path.join(clone.root, "tool/x"),
                    "ignored by the root's rules, and content of tool\n",
                );
                expect(await told(clone)).to.deep.equal({
                    base: "none",
                    java: ["docker/java.Dockerfile", "src/Main.java"],
                    tool: ["x"],
                });
            });

            it("are told when only a folder has changed that is copied from", async () => {
                const clone = deployed();
                fs.writeFileSync(path.join(clone.root, "extra/x"), "2\n");
                expect(await told(clone)).to.deep.equal({ base: "none", java: [], tool: "none" });
            });

            it("can't be told of what is built on one of which they can't", async () => {
                const clone = deployed();
                fs.writeFileSync(path.join(clone.root, "docker/base/.dockerignore"), "[a\n");
                expect(await told(clone)).to.deep.equal({ base: "unknown", java: "unknown", tool: "none" });
            });
        });
    });
});

describe("Compose", () => {
    for (const [version, heeds] of [
        ["2.17.0", true],
        ["2.26.1-4", true],
        ["v2.39.2", true],
        ["2.39.3", false],
        ["2.40.0", false],
        ["5.1.0", false],
        ["v5.0.0-rc.1", false],
    ] as const) {
        it(`${version} ${heeds ? "takes" : "doesn't take"} variables of buildx from .env`, () => {
            expect(composeHeedsEnvFile(version)).to.equal(heeds);
        });
    }
});

describe("the password", () => {
    const now = new Date("2026-01-01T12:00:00Z");
    for (const [expiresAt, severity] of [
        ["never", undefined],
        ["2026-03-01T00:00:00Z", undefined],
        ["2026-01-20T00:00:00Z", "warning"],
        ["2026-01-01T13:00:00Z", "warning"],
        ["2025-12-31T00:00:00Z", "error"],
    ] as const) {
        it(`is ${severity ?? "nothing to speak of"} for ${expiresAt} with 30 days to renew`, () => {
            expect(checkPassword(expiresAt, 30, undefined, now)[0]?.severity).to.equal(severity);
        });
    }

    for (const [expiresAt, check, said] of [
        ["2025-12-31T00:00:00Z", "expiry", "expired on 2025-12-31"],
        ["2026-03-01T00:00:00Z", "credential", "expires in 58 days (2026-03-01)"],
        ["never", "credential", "never expires"],
        [undefined, "credential", "may have expired"],
    ] as const) {
        it(`that the registry refuses is one error, which says that it ${said}`, () => {
            const findings = checkPassword(expiresAt, 30, "r refuses the login of u", now);
            expect(findings).to.have.lengthOf(1);
            const message = `r refuses the login of u, whose password ${said}`;
            expect(findings[0]).to.include({ severity: "error", check, message });
            expect(findings[0]?.remedy).to.include("`pulumi up` makes a new one");
        });
    }
});
