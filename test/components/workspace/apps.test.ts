import * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import * as path from "node:path";
import pathHere from "node:path";
import { expect } from "chai";
import { findWorkspaces, readWorkspaces, type FoundWorkspaces } from "../../../components/workspace/apps.ts";
import { Problem } from "../../../components/problem.ts";
import { composeMark, overrideMark } from "../../../components/render/composeMark.ts";
import type { Workspaces } from "../../../components/render/workspaceFiles.ts";
import { foundation } from "../../support/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { asNobody } from "../../support/nobody.ts";

const usable = "FROM foundation\n";
const named = { buildArg: false, contexts: ["foundation"] };

describe("apps", () => {
    const folder = temporaryFolders();
    const read = (
        root: string,
        globs: readonly string[] = ["apps/*"],
        replaces: readonly string[] = [],
        envFiles: Workspaces["envFiles"] = "copy",
    ): FoundWorkspaces =>
        readWorkspaces(root, { apps: globs, images: [{ ...foundation, replaces }], envFiles });
    /** Folder and service to the foundations that it uses. */
    const uses = (found: FoundWorkspaces): Record<string, unknown> =>
        Object.fromEntries(
            found.apps.flatMap(({ folder: place, services }) =>
                [...services].map(([service, used]) => [`${place} ${service}`, Object.fromEntries(used)]),
            ),
        );

    it("are the folders under apps/ that have a Dockerfile, with the way each names the foundation", () => {
        const root = folder({
            "apps/worker/Dockerfile": usable,
            "apps/Web/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\n",
            "apps/old/Dockerfile": "FROM acme.azurecr.io/foundation\n",
            "apps/notes/README.md": "no app",
            "apps/README.md": "no folder",
        });
        const found = read(root, ["apps/*"], ["acme.azurecr.io/foundation"]);
        expect(uses(found)).to.deep.equal({
            "apps/Web web": { foundation: { buildArg: true, contexts: [] } },
            "apps/old old": { foundation: { buildArg: false, contexts: ["acme.azurecr.io/foundation"] } },
            "apps/worker worker": { foundation: named },
        });
        expect(found.apps.map(({ form }) => form.kind)).to.deep.equal(["whole", "whole", "whole"]);
        expect(found.warnings).to.deep.equal([]);
    });

    it("may have a dockerfile in lower case, which is built where there is no other", () => {
        const root = folder({
            "apps/a/dockerfile": usable,
            "apps/b/compose.yaml": "services: { w: { build: . } }",
            "apps/b/dockerfile": usable,
        });
        const found = read(root);
        expect(uses(found)).to.deep.equal({
            "apps/a a": { foundation: named },
            "apps/b w": { foundation: named },
        });
        expect(found.warnings).to.deep.equal([]);
        fs.writeFileSync(path.join(root, "apps/a/dockerfile"), "RUN\n");
        expect(() => read(root)).to.throw(Problem, "apps/a/dockerfile: ");
    });

    it("are the built services of a Compose file of the user's, by the Dockerfile that each is built from", () => {
        const root = folder({
            "shop/docker-compose.yml": [
                "services:",
                "  web: { build: ./web }",
                "  job: { build: { context: ., dockerfile: job/Dockerfile.dev, target: run, args: { BASE: foundation } } }",
                "  tool: { build: { dockerfile_inline: 'FROM alpine' } }",
                "  db: { image: postgres }",
                "",
            ].join("\n"),
            "shop/web/Dockerfile": usable,
            "shop/job/Dockerfile.dev": "ARG BASE=alpine\nFROM ${BASE} AS run\nFROM alpine\n",
        });
        const found = read(root, ["shop"]);
        expect(uses(found)).to.deep.equal({
            "shop web": { foundation: named },
            "shop job": { foundation: named },
            "shop tool": {},
        });
        expect(found.apps[0]).to.deep.include({ form: { kind: "merged" }, others: ["db"] });
        expect(found.warnings).to.deep.equal([]);
    });

    it("have all their Compose files listed where one is an override of the user's", () => {
        const root = folder({
            "shop/docker-compose.yml": "services: { web: { build: . } }",
            "shop/docker-compose.override.yml":
                "services: { web: { build: { dockerfile: Dockerfile.dev } } }",
            "shop/Dockerfile": "FROM alpine\n",
            "shop/Dockerfile.dev": usable,
        });
        const found = read(root, ["shop"]);
        expect(found.apps[0]?.form).to.deep.equal({
            kind: "listed",
            files: ["docker-compose.yml", "docker-compose.override.yml"],
        });
        expect(uses(found)).to.deep.equal({ "shop web": { foundation: named } });
        expect(found.notes.join()).to.match(
            /^shop has docker-compose.override.yml, so ours is compose.foundation.yaml/,
        );
    });

    describe("with a list of Compose files of the user's", () => {
        const { delimiter } = pathHere;
        afterEach(() => {
            Object.assign(pathHere, { delimiter });
            syncBuiltinESMExports();
        });

        for (const [system, separator, env] of [
            ["Linux", ":", "COMPOSE_FILE=a.yaml:b.yaml:compose.foundation.yaml\n"],
            ["Windows", ";", "COMPOSE_FILE=a.yaml;b.yaml;compose.foundation.yaml\n"],
            [
                "Windows, with a separator of its own",
                ";",
                "COMPOSE_PATH_SEPARATOR=:\nCOMPOSE_FILE=a.yaml:b.yaml:compose.foundation.yaml\n",
            ],
        ] as const) {
            it(`are read as Compose does on ${system}, and listed by nobody else`, () => {
                Object.assign(pathHere, { delimiter: separator });
                syncBuiltinESMExports();
                const root = folder({
                    "shop/a.yaml": "services: { web: { build: . } }",
                    "shop/b.yaml": "services: { job: { build: . } }",
                    "shop/.env": env,
                    "shop/Dockerfile": usable,
                });
                const found = read(root, ["shop"]);
                expect(found.warnings).to.deep.equal([]);
                expect(Object.keys(uses(found))).to.deep.equal(["shop web", "shop job"]);
                expect(found.apps[0]?.form).to.deep.equal({ kind: "listed", files: [] });
            });
        }
    });

    it("may have an override and no Compose file, which then is ours", () => {
        const root = folder({
            "apps/a/Dockerfile": "FROM alpine\n",
            "apps/a/Dockerfile.dev": usable,
            "apps/a/compose.override.yaml":
                "services: { a: { build: { dockerfile: Dockerfile.dev } }, side: { build: side } }",
            "apps/a/side/Dockerfile": usable,
        });
        const found = read(root);
        expect(found.apps[0]?.form).to.deep.equal({ kind: "whole" });
        expect(uses(found)).to.deep.equal({
            "apps/a a": { foundation: named },
            "apps/a side": { foundation: named },
        });
    });

    it("are built from what variables of their .env say, which may name others", () => {
        const root = folder({
            "shop/compose.yaml": "services: { web: { build: { context: $HOME_OF_WEB, dockerfile: $FILE } } }",
            "shop/.env": "PARTS=parts\nHOME_OF_WEB=${PARTS}/web\nFILE='Docker$file'\n",
            "shop/parts/web/Docker$file": usable,
        });
        const found = read(root, ["shop"]);
        expect(uses(found)).to.deep.equal({ "shop web": { foundation: named } });
        expect(found.warnings).to.deep.equal([]);
    });

    it("may have no Compose file of their own, where their .env names some", () => {
        const root = folder({
            "shop/.env": "COMPOSE_FILE=docker/compose.yml\n",
            "shop/docker/compose.yml":
                "services: { web: { build: { context: .., dockerfile: docker/Dockerfile } } }",
            "shop/docker/Dockerfile": usable,
        });
        const found = read(root, ["*"]);
        expect(uses(found)).to.deep.equal({ "shop web": { foundation: named } });
        expect(found.apps[0]?.form).to.deep.equal({ kind: "listed", files: [] });
    });

    it("have a .env each where that at the root, which they were to link to, lists Compose files", () => {
        const root = folder({
            "compose.yaml": "services: { web: { build: . } }",
            "compose.override.yaml": "services: { web: { environment: [A=1] } }",
            Dockerfile: usable,
        });
        const note =
            /^the root's .env lists Compose files of the root alone, so each folder has a .env of its own/m;
        expect(read(root, ["."], [], "symlink").notes.join("\n")).to.match(note);
        expect(read(root, ["."], [], "copy").notes.join("\n")).not.to.match(note);
    });

    it("are never what was emitted itself", () => {
        const root = folder({
            "shop/compose.yaml": "services: { web: { build: . } }",
            "shop/compose.override.yaml": `${overrideMark}\nservices: { old: { build: . } }\n`,
            "shop/Dockerfile": usable,
        });
        const found = read(root, ["shop"]);
        expect(found.apps[0]?.form).to.deep.equal({ kind: "merged" });
        expect(uses(found)).to.deep.equal({ "shop web": { foundation: named } });
    });

    it("may have a Compose file in UTF-16, which Compose reads as well", () => {
        const root = folder({ "apps/one/Dockerfile": usable });
        const text = "\uFEFFservices: { web: { build: . } }\n";
        const little = Buffer.from(text, "utf16le");
        for (const bytes of [little, Buffer.from(little).swap16()]) {
            fs.writeFileSync(path.join(root, "apps/one/compose.yaml"), bytes);
            expect(Object.keys(uses(read(root)))).to.deep.equal(["apps/one web"]);
        }
    });

    it("leave out the folders of foundations, whose own Compose file is read", () => {
        const root = folder({
            "foundation/Dockerfile": "FROM scratch\n",
            "foundation/docker-compose.yaml":
                "services: { base: { image: acme/foundation, build: . }, other: { build: other } }",
            "foundation/other/Dockerfile": usable,
            "app1/docker-compose.yaml": "services: { app: { build: . } }",
            "app1/Dockerfile": usable,
        });
        const found = read(root, ["*"]);
        expect(found.apps.map((app) => app.folder)).to.deep.equal(["app1"]);
        expect(found.own.get("foundation")).to.deep.include({
            official: ["base"],
            form: { kind: "merged" },
            services: new Map([
                ["base", new Map()],
                ["other", new Map([["foundation", named]])],
            ]),
        });
    });

    describe("are warned of, and stop nothing,", () => {
        const warned = (files: Readonly<Record<string, string>>, globs?: readonly string[]): string =>
            read(folder(files), globs).warnings.join("\n");

        it("where the key is empty, or names foundations alone", () => {
            const none = "no app found: the key apps names none; list the folders of the apps in it";
            expect(warned({}, [])).to.equal(none);
            const own =
                "is the folder of a foundation, which gets its files without that; take it out of the key apps";
            const files = { "foundation/Dockerfile": "FROM scratch\n", "a/Dockerfile": usable };
            expect(warned(files, ["./foundation"])).to.equal(`apps: "./foundation" ${own}\n${none}`);
            expect(warned(files, ["foundation", "a"])).to.equal(`apps: "foundation" ${own}`);
            expect(warned(files, ["*"])).to.equal("");
        });

        for (const [title, files, message, globs] of [
            ["where there are none", {}, /no app found: no folder that the key apps names \(apps\/\*\) has/],
            [
                "on another image",
                { "apps/a/Dockerfile": "FROM alpine:3\n" },
                /^apps\/a\/Dockerfile: the foundation cannot be found.*alpine:3/s,
            ],
            [
                "with a context that nothing sets",
                { "apps/a/compose.yaml": "services: { w: { build: '${WHERE}/x' } }" },
                /^apps\/a: the service w: its context is made of WHERE, which nothing sets; give it a default$/,
            ],
            [
                "with a base that nothing sets",
                {
                    "apps/a/compose.yaml": "services: { w: { build: { args: { B: '${WHICH}' } } } }",
                    "apps/a/Dockerfile": "ARG B\nFROM $B\n",
                },
                /the service w: its base is made of B, which nothing sets/,
            ],
            [
                "without their Dockerfile",
                { "apps/a/compose.yaml": "services: { w: { build: x } }" },
                /^apps\/a: the service w: apps\/a\/x\/Dockerfile is missing; put it there, or change the build that names it$/,
            ],
            [
                "with a file for a context",
                { "apps/a/compose.yaml": "services: { w: { build: x } }", "apps/a/x": "" },
                /^apps\/a: the service w: apps\/a\/x\/Dockerfile: it can't be read \(not a directory\); put a/,
            ],
            [
                "with a Dockerfile that can't be built, and names no foundation",
                { "apps/a/compose.yaml": "services: { w: { build: . } }", "apps/a/Dockerfile": "RUN x\n" },
                /^apps\/a: the service w: apps\/a\/Dockerfile: .*expected FROM first/,
            ],
            [
                "where one that the key names has a Compose file that builds nothing on a foundation",
                {
                    "apps/a/compose.yaml": "services: { w: { build: { dockerfile_inline: FROM alpine } } }",
                    "apps/a/compose.override.yaml": "services: { w: { environment: [A=1] } }",
                },
                /^apps: "apps\/a" gets nothing, as compose.yaml and compose.override.yaml there builds no service on a/,
                ["./apps/a"],
            ],
            [
                "from another repository",
                { "apps/a/compose.yaml": "services: { w: { build: 'https://github.com/a/b.git' } }" },
                /built from https:\/\/github.com\/a\/b.git, which is not in the repository/,
            ],
            [
                "with a Compose file that can't be read",
                { "apps/a/compose.yaml": "services: [" },
                /^apps\/a: what its services are built on can't be told: apps\/a\/compose.yaml can't be read/,
            ],
            [
                "with two Compose files of one kind",
                {
                    "apps/a/compose.yml": "services: { w: { image: x } }",
                    "apps/a/docker-compose.yml": "services: { w: { image: x } }",
                },
                /^apps\/a: Compose reads compose.yml, and never docker-compose.yml; remove/,
            ],
            [
                "with a COMPOSE_FILE of the user's that passes ours by",
                {
                    "apps/a/compose.yml": "services: { w: { build: . } }",
                    "apps/a/Dockerfile": usable,
                    "apps/a/.env": "COMPOSE_FILE=compose.yml\n",
                },
                /^apps\/a\/.env sets COMPOSE_FILE in a line of its own.*add compose.foundation.yaml/,
            ],
            [
                "at the root, by that word",
                {
                    "compose.yml": "services: { w: { build: gone } }",
                    "docker-compose.yml": "services: {}",
                },
                /^the root: the service w: gone\/Dockerfile is missing; put it.*\nthe root: Compose reads compose.yml, and never/,
                ["."],
            ],
            [
                "where a Compose file builds nothing from the Dockerfile beside it that names a foundation",
                {
                    "compose.yaml": "services: { b: { build: apps/b } }",
                    "apps/a/compose.yaml": "services: {}",
                    "apps/a/Dockerfile": usable,
                    "apps/b/compose.yaml": "services: {}",
                    "apps/b/Dockerfile": usable,
                    "apps/c/compose.yaml": "services: {}",
                    "apps/c/Dockerfile": "FROM alpine",
                },
                /^apps: "apps\/a" gets nothing, as compose.yaml there builds no service on a foundation; .*$/,
                [".", "apps/*"],
            ],
            [
                "where a dev container passes ours by",
                {
                    "compose.yml": "services: { w: { build: . } }",
                    Dockerfile: usable,
                    ".devcontainer/devcontainer.json":
                        '{ "dockerComposeFile": ["../compose.yml", "compose.yml"] }',
                    ".devcontainer/compose.yml": "services: { dev: { build: .. } }",
                    "apps/a/compose.yml": "services: { w: { build: . } }",
                    "apps/a/Dockerfile": usable,
                    "apps/a/.devcontainer/devcontainer.json":
                        '{ "dockerComposeFile": ["../compose.yml", "../compose.override.yaml"] }',
                },
                new RegExp(
                    '^.devcontainer/devcontainer.json names Compose files without ours.*; add "../compose.override.yaml" to .*\n' +
                        '.devcontainer/devcontainer.json names .*; add "compose.override.yaml" to its dockerComposeFile$',
                ),
                [".", ".devcontainer", "apps/*"],
            ],
            [
                "where a dev container builds a Dockerfile without Compose",
                {
                    "compose.yml": "services: { w: { build: { dockerfile: dev/Dockerfile } } }",
                    "dev/Dockerfile": usable,
                    ".devcontainer/devcontainer.json":
                        '{ "build": { "context": "..", "dockerfile": "../dev/Dockerfile" } }',
                    ".devcontainer.json": '{ "dockerFile": "Other" }',
                    "apps/a/Dockerfile": usable,
                    "apps/a/.devcontainer.json": '{ "dockerFile": "Dockerfile" }',
                },
                new RegExp(
                    "^.devcontainer/devcontainer.json builds ../dev/Dockerfile without Compose, so the container gets none of what is emitted; " +
                        'have it name "../compose.yml" and "../compose.override.yaml" as its dockerComposeFile, and a service of theirs, instead\n' +
                        'apps/a/.devcontainer.json builds Dockerfile without .* have it name "compose.yaml" as .*$',
                ),
                [".", "apps/*"],
            ],
            [
                "where a project at the root passes ours by",
                {
                    "compose.yaml": "include: [apps/a/compose.yml]\n",
                    "apps/a/compose.yml": "services: { w: { build: . } }",
                    "apps/a/Dockerfile": usable,
                },
                /^compose.yaml at the root builds w on a foundation.*add "." to the key apps$/,
            ],
            [
                "where one passes ours by through a file that it includes",
                {
                    "compose.yaml": "include: [stacks/all.yml]\n",
                    "stacks/all.yml": "include: [../apps/a/compose.yml, empty.yml]\n",
                    // An emitted file that somebody has emptied.
                    "stacks/empty.yml": `${overrideMark}\nservices:\n`,
                    "apps/a/compose.yml": "services: { w: { build: . } }",
                    "apps/a/Dockerfile": usable,
                },
                /^compose.yaml at the root builds w on a foundation.*add "." to the key apps$/,
            ],
            [
                "where what one at the root includes isn't there",
                { "compose.yaml": "include: [gone.yml]\n", "apps/a/Dockerfile": usable },
                /^the root: what its services are built on can't be told: gone.yml is missing$/,
            ],
            [
                "with a .env that Compose refuses",
                {
                    "apps/a/compose.yml": "services: { w: { build: . } }",
                    "apps/a/.env": "A=${B\n",
                },
                /^apps\/a: .* can't be told: apps\/a\/.env: \$\{B has a variable that has no end/,
            ],
        ] as const) {
            it(title, () => {
                expect(warned(files, globs)).to.match(message);
            });
        }

        it("and not for building nothing on a foundation where a glob alone names them, or more is to be said", () => {
            const builds = (image: string): string =>
                `services: { w: { build: { dockerfile_inline: "FROM ${image}" } } }`;
            const files = { "apps/a/compose.yaml": builds("alpine"), "b/compose.yaml": builds("$WHICH") };
            expect(warned(files, ["apps/*", "b"])).to.match(/^b: the service w: .*$/);
        });

        it("where a glob comes by links, through which nothing is written", () => {
            const root = folder({ "apps/v2/Dockerfile": usable, "real/x/Dockerfile": usable });
            fs.symlinkSync("v2", path.join(root, "apps/current"));
            fs.symlinkSync("../real", path.join(root, "apps/link"));
            const found = read(root, ["apps/*", "apps/*/x"]);
            expect(found.apps.map((app) => app.folder)).to.deep.equal(["apps/v2"]);
            expect(found.warnings).to.deep.equal([
                "apps: passed by, as nothing is written through links: apps/current, apps/link/x; " +
                    'name the folders that they lead to, or take them out with "!<folder>" in the key apps',
            ]);
            expect(read(root, ["apps/*", "apps/*/x", "!apps/current", "!apps/link/**"]).warnings).to.be.empty;
            // Who names one is told that it is one, when something would be written there.
            expect(read(root, ["apps/current"]).apps).to.have.lengthOf(1);
        });

        it("where Dockerfiles of other names are in folders that are no apps, once", () => {
            const files = {
                "apps/a/compose.yaml":
                    "services: { w: { build: { context: docker, dockerfile: Dockerfile.dev } } }",
                "apps/a/docker/Dockerfile.dev": usable,
                "apps/a/docker/Dockerfile.dev.dockerignore": "x",
                "apps/php/8.2.Dockerfile": usable,
                "apps/php/8.3.Dockerfile": usable,
                "apps/node/Dockerfile.20": usable,
                "apps/gone/Dockerfile.old": usable,
                "apps/docs/README.md": "",
            };
            expect(warned(files, ["apps/**", "!apps/gone"])).to.equal(
                "apps: passed by, without a Compose file or a file named Dockerfile: apps/node (Dockerfile.20), " +
                    "apps/php (8.2.Dockerfile and 1 more); " +
                    'add a Compose file that builds them, or take the folders out with "!<folder>" in the key apps',
            );
        });

        it("and not where a project at the root includes ours beside the user's", () => {
            const files = {
                "compose.yaml": "include: [{ path: [apps/a/compose.yml, apps/a/compose.override.yaml] }]\n",
                "apps/a/compose.yml": "services: { w: { build: . } }",
                "apps/a/compose.override.yaml": `${overrideMark}\nservices: { w: { build: {} } }\n`,
                "apps/a/Dockerfile": usable,
            };
            expect(warned(files)).to.equal("");
        });

        it("with an override of the user's, where there is to be no .env that could name ours", () => {
            const files = {
                "shop/compose.yaml": "services: { web: { build: . } }",
                "shop/compose.override.yaml": "services: { web: { environment: [A=1] } }",
                "shop/Dockerfile": usable,
            };
            const found = read(folder(files), ["shop"], [], "none");
            expect(found.warnings).to.deep.equal([
                "shop has compose.override.yaml, so ours is compose.foundation.yaml, which nothing names as the key envFiles is none; " +
                    "put COMPOSE_FILE=compose.yaml:compose.override.yaml:compose.foundation.yaml and COMPOSE_PATH_SEPARATOR=: into a .env of your own there",
            ]);
            expect(found.notes).to.deep.equal([]);
            const named = "COMPOSE_FILE=compose.yaml:compose.override.yaml:compose.foundation.yaml\n";
            expect(
                read(folder({ ...files, "shop/.env": named }), ["shop"], [], "none").warnings,
            ).to.deep.equal([]);
        });

        it("where folders that a glob comes by may not be read, and refused where it names them", function () {
            if (process.platform === "win32") this.skip();
            const root = folder({
                "services/db/data/base/x": "",
                "services/web/Dockerfile": usable,
                "services/x": "",
            });
            fs.symlinkSync("db/data/base", path.join(root, "services/link"));
            fs.chmodSync(root, 0o755);
            fs.chmodSync(path.join(root, "services/db/data"), 0);
            const found = (...globs: string[]): FoundWorkspaces => asNobody(() => read(root, globs));
            const told = (places: string): string =>
                `apps: passed by, as you may not read them: ${places}; ` +
                'make them readable, or take them out with "!<folder>" in the key apps';
            const all = found("services/**");
            expect(all.apps.map((app) => app.folder)).to.deep.equal(["services/web"]);
            expect(all.warnings).to.deep.equal([told("services/db/data")]);
            expect(found("services/*").warnings).to.deep.equal([told("services/link")]);
            expect(found("services/**", "!services/db/data").warnings).to.deep.equal([]);
            for (const glob of ["services/db/data", "services/db/data/base"]) {
                expect(() => found("services/**", glob), glob).to.throw(
                    Problem,
                    "services/db/data: it can't be read (permission denied); make it readable, or take",
                );
            }
            fs.chmodSync(path.join(root, "services/db/data"), 0o755);
        });

        it("where a glob names none", () => {
            expect(warned({ "apps/a/Dockerfile": usable }, ["apps/*", "tools/**"])).to.equal(
                'apps: "tools/**" names no folder with a Compose file or a Dockerfile',
            );
        });

        it("and whether an argument matters is told from the Dockerfile", () => {
            const files = {
                "apps/a/compose.yaml": "services: { w: { build: { args: [VERSION] } } }",
                "apps/a/Dockerfile": "ARG VERSION\nFROM foundation\n",
            };
            expect(warned(files)).to.equal("");
        });
    });

    it("are told of where something was emitted for them and their Dockerfile is gone, until it is back", () => {
        const root = folder({
            "apps/ours/compose.yaml": `${composeMark}\nservices: {}\n`,
            "apps/ours/Dockerfile": usable,
            "apps/theirs/compose.yaml": "services: { web: { build: . }, db: { image: x } }",
            "apps/theirs/Dockerfile": usable,
            "apps/never/README.md": "",
        });
        const gone = (): unknown => read(root).gone.map(({ folder, service }) => [folder, service]);
        expect(gone()).to.deep.equal([]);
        for (const name of ["ours", "theirs"]) fs.rmSync(path.join(root, `apps/${name}/Dockerfile`));
        expect(gone()).to.have.deep.members([
            ["apps/ours", undefined],
            ["apps/theirs", "web"],
        ]);
        fs.writeFileSync(path.join(root, "apps/ours/Dockerfile"), usable);
        fs.writeFileSync(path.join(root, "apps/theirs/compose.yaml"), "services: { db: { image: x } }");
        expect(gone()).to.deep.equal([]);
    });

    it("are refused all at once when they can't be built on the foundation or told apart", () => {
        const root = folder({
            "apps/--/Dockerfile": usable,
            "apps/_/Dockerfile": usable,
            "apps/half/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}-slim\n",
            "apps/none/Dockerfile": "RUN x\n",
            "apps/shop/compose.yaml": "services: { w: { build: w } }",
            "apps/shop/w/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}-slim\n",
            "Apps/x/Dockerfile": usable,
            "apps/X/Dockerfile": usable,
            "apps/x/Dockerfile": usable,
        });
        const refuse = (): unknown => read(root, ["Apps/*", "apps/*"]);
        expect(refuse).to.throw(Problem, "not every app can be built on the foundation");
        expect(refuse).to.throw(Problem, 'apps/x: Compose would call it "apps-x", as it does apps/X; rename');
        expect(refuse).to.throw(Problem, "apps/--: Compose can't name a project after this folder");
        expect(refuse).to.throw(Problem, /apps\/half\/Dockerfile: .*must stand alone/s);
        expect(refuse).to.throw(Problem, /apps\/none\/Dockerfile: .*expected FROM first/s);
        expect(refuse).to.throw(
            Problem,
            /apps\/shop: the service w: apps\/shop\/w\/Dockerfile: .*must stand alone/s,
        );
    });

    it("are refused with a Compose file that can't be read where something was emitted, which would go", () => {
        const root = folder({
            "apps/shop/compose.yaml": "services: [",
            "apps/shop/compose.override.yaml": `${overrideMark}\nservices: {}\n`,
        });
        expect(() => read(root)).to.throw(Problem, /apps\/shop: .*can't be told: .*still counts, so fix it/);
    });

    it("are refused among all others when their Dockerfile can't be read", () => {
        const root = folder({
            "apps/folder/Dockerfile/README.md": "a folder",
            "apps/fine/Dockerfile": usable,
        });
        fs.mkdirSync(path.join(root, "apps/link"));
        fs.symlinkSync("../gone/Dockerfile", path.join(root, "apps/link/Dockerfile"));
        const remedy = "put a readable file there, or take the folder out of the key apps";
        const refuse = (): unknown => read(root);
        expect(refuse).to.throw(
            Problem,
            `apps/folder/Dockerfile: it can't be read (illegal operation on a directory); ${remedy}`,
        );
        expect(refuse).to.throw(
            Problem,
            `apps/link/Dockerfile: it can't be read (no such file or directory); ${remedy}`,
        );
        expect(refuse).to.not.throw(Problem, "apps/fine");

        fs.renameSync(path.join(root, "apps/folder/Dockerfile"), path.join(root, "apps/folder/docs"));
        fs.writeFileSync(path.join(root, "apps/folder/Dockerfile"), usable);
        const { apps, warnings } = read(root, ["apps/*", "!apps/link"]);
        expect(apps.map((app) => app.folder)).to.deep.equal(["apps/fine", "apps/folder"]);
        expect(warnings).to.deep.equal([]);
    });

    it("are refused when their Dockerfile is a link that a build can't follow", () => {
        const root = folder({
            "shared/Dockerfile": usable,
            "apps/inside/docker/Dockerfile": usable,
            "apps/outside/README.md": "",
            "apps/absolute/docker/Dockerfile": usable,
            "apps/around/docker/Dockerfile": usable,
            "apps/chain/docker/README.md": "",
        });
        const link = (target: string, file: string): void => {
            fs.symlinkSync(target, path.join(root, file));
        };
        link("docker/Dockerfile", "apps/inside/Dockerfile");
        link("../../shared/Dockerfile", "apps/outside/Dockerfile");
        link(path.join(root, "apps/absolute/docker/Dockerfile"), "apps/absolute/Dockerfile");
        link("../around/docker/Dockerfile", "apps/around/Dockerfile");
        link("../../../shared/Dockerfile", "apps/chain/docker/Dockerfile");
        link("docker/Dockerfile", "apps/chain/Dockerfile");
        link("inside", "apps/linked");
        const refuse = (): unknown => read(root);
        const reason = "which a build can't follow out of the folder; put the file itself there";
        expect(refuse).to.throw(
            Problem,
            `apps/outside/Dockerfile: it is a link to ../../shared/Dockerfile, ${reason}`,
        );
        for (const name of ["absolute", "around", "chain"]) {
            expect(refuse).to.throw(Problem, `apps/${name}/Dockerfile: it is a link to `);
        }
        expect(refuse).to.not.throw(Problem, /apps\/(inside|linked)/);

        for (const name of ["outside", "absolute", "around", "chain"]) {
            fs.rmSync(path.join(root, `apps/${name}/Dockerfile`));
            fs.writeFileSync(path.join(root, `apps/${name}/Dockerfile`), usable);
        }
        const names = read(root).apps.map((app) => app.folder);
        expect(names).to.deep.equal(
            ["absolute", "around", "chain", "inside", "outside"].map((name) => `apps/${name}`),
        );
    });
});

describe("apps of which something is told", () => {
    const folder = temporaryFolders();

    /** What a person has, and changes: texts by path, none for what goes, and the keys. */
    interface Change {
        readonly files?: Readonly<Record<string, string | undefined>>;
        readonly apps?: readonly string[];
        readonly replaces?: readonly string[];
    }

    const builds = (what: string): string => `services: { web: { build: ${what} } }\n`;
    const dockerfile = (text: string): Change => ({ files: { "apps/a/Dockerfile": text } });
    const argument = "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\n";

    for (const [told, change, remedies] of [
        [
            "no app found: the key apps names none",
            { files: { "apps/a/Dockerfile": usable }, apps: [] },
            { "list the folders of the apps in it": { apps: ["apps/*"] } },
        ],
        [
            'apps: "apps/a" gets nothing',
            {
                files: {
                    "apps/a/compose.yaml": builds("{ dockerfile_inline: FROM alpine }"),
                    "apps/a/dev.yaml": builds("{ dockerfile_inline: FROM foundation }"),
                    "apps/b/Dockerfile": usable,
                },
                apps: ["apps/a", "apps/b"],
            },
            {
                "take it out of the key apps": { apps: ["apps/b"] },
                "name the Compose file that does by COMPOSE_FILE in its .env": {
                    files: { "apps/a/.env": "COMPOSE_FILE=dev.yaml:compose.foundation.yaml\n" },
                },
            },
        ],
        [
            "apps: passed by, without a Compose file or a file named Dockerfile: apps/a (Dockerfile.dev)",
            { files: { "apps/a/Dockerfile.dev": usable, "apps/b/Dockerfile": usable } },
            {
                "add a Compose file that builds them": {
                    files: { "apps/a/compose.yaml": builds("{ context: ., dockerfile: Dockerfile.dev }") },
                },
                'take the folders out with "!<folder>" in the key apps': { apps: ["apps/*", "!apps/a"] },
            },
        ],
        [
            "compose.yaml at the root builds web on a foundation, and gets none of what is emitted",
            {
                files: {
                    "compose.yaml": builds("./web"),
                    "web/Dockerfile": usable,
                    "apps/a/Dockerfile": usable,
                },
            },
            { 'add "." to the key apps': { apps: ["apps/*", "."] } },
        ],
        [
            "apps/a: Compose reads compose.yaml, and never docker-compose.yml",
            {
                files: {
                    "apps/a/Dockerfile": usable,
                    "apps/a/compose.yaml": builds("."),
                    "apps/a/docker-compose.yml": builds("."),
                },
            },
            { "remove what isn't meant": { files: { "apps/a/docker-compose.yml": undefined } } },
        ],
        [
            "apps/a/.env sets COMPOSE_FILE in a line of its own, which outranks ours",
            {
                files: {
                    "apps/a/Dockerfile": usable,
                    "apps/a/dev.yaml": builds("."),
                    "apps/a/.env": "COMPOSE_FILE=dev.yaml\n",
                },
            },
            {
                "add compose.foundation.yaml to it": {
                    files: { "apps/a/.env": "COMPOSE_FILE=dev.yaml:compose.foundation.yaml\n" },
                },
            },
        ],
        [
            "apps/a/.devcontainer/devcontainer.json names Compose files without ours",
            {
                files: {
                    "apps/a/Dockerfile": usable,
                    "apps/a/compose.yaml": builds("."),
                    "apps/a/.devcontainer/devcontainer.json": '{ "dockerComposeFile": ["../compose.yaml"] }',
                },
            },
            {
                'add "../compose.override.yaml" to its dockerComposeFile': {
                    files: {
                        "apps/a/.devcontainer/devcontainer.json":
                            '{ "dockerComposeFile": ["../compose.yaml", "../compose.override.yaml"] }',
                    },
                },
            },
        ],
        [
            "its context is made of PLACE, which nothing sets",
            { files: { "apps/a/web/Dockerfile": usable, "apps/a/compose.yaml": builds("$PLACE") } },
            { "give it a default": { files: { "apps/a/compose.yaml": builds('"${PLACE:-web}"') } } },
        ],
        [
            "its base is made of BASE, which nothing sets",
            {
                files: {
                    "apps/a/Dockerfile": "ARG BASE\nFROM $BASE\n",
                    "apps/a/compose.yaml": builds('{ context: ., args: { BASE: "$BASE" } }'),
                },
            },
            {
                "give it a default": {
                    files: {
                        "apps/a/compose.yaml": builds(
                            '{ context: ., args: { BASE: "${BASE:-foundation}" } }',
                        ),
                    },
                },
            },
        ],
        [
            "apps/a/web/Dockerfile is missing",
            {
                files: {
                    "apps/a/compose.yaml": builds("./web"),
                    "apps/a/other/Dockerfile": usable,
                    "apps/b/Dockerfile": usable,
                },
            },
            {
                "put it there": { files: { "apps/a/web/Dockerfile": usable } },
                "change the build that names it": { files: { "apps/a/compose.yaml": builds("./other") } },
            },
        ],
        [
            "apps/--: Compose can't name a project after this folder",
            { files: { "apps/--/Dockerfile": usable } },
            {
                'use letters, digits, "-" and "_"': {
                    files: { "apps/--/Dockerfile": undefined, "apps/a-b_1/Dockerfile": usable },
                },
            },
        ],
        [
            'a/b: Compose would call it "a-b", as it does a-b',
            {
                files: { "b/Dockerfile": usable, "a/b/Dockerfile": usable, "a-b/Dockerfile": usable },
                apps: ["b", "a/b", "a-b"],
            },
            {
                "rename one of them": {
                    files: { "a-b/Dockerfile": undefined, "c/Dockerfile": usable },
                    apps: ["b", "a/b", "c"],
                },
            },
        ],
        [
            "apps/a/Dockerfile: the foundation cannot be found in the Dockerfile",
            dockerfile("FROM acme/base:1 AS build\nFROM build\n"),
            {
                "ARG FOUNDATION_IMAGE before the first FROM, then FROM ${FOUNDATION_IMAGE}":
                    dockerfile(argument),
                "FROM foundation": dockerfile(usable),
                "FROM an image that the key replaces lists": { replaces: ["acme/base"] },
            },
        ],
        [
            "FOUNDATION_IMAGE is used here, but no ARG before the first FROM declares it",
            dockerfile("FROM ${FOUNDATION_IMAGE}\n"),
            { "add ARG FOUNDATION_IMAGE there": dockerfile(argument) },
        ],
        [
            "FOUNDATION_IMAGE is a whole reference, with its tag, and must stand alone",
            dockerfile("ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}-slim\n"),
            { "write FROM ${FOUNDATION_IMAGE}": dockerfile(argument) },
        ],
        [
            "the name must be known before the build, and BASE has no default",
            dockerfile("ARG BASE\nFROM foundation${BASE}\n"),
            { "give ARG BASE one": dockerfile("ARG BASE=\nFROM foundation${BASE}\n") },
        ],
        [
            "the name must be known before the build, and depends on the platform (base-amd64, base-arm64)",
            { ...dockerfile("FROM base-$TARGETARCH\n"), replaces: ["base-amd64"] },
            { "write one of them": { ...dockerfile("FROM base-amd64\n"), replaces: ["base-amd64"] } },
        ],
        [
            "BuildKit expands no variable there",
            dockerfile("ARG FOUNDATION_IMAGE\nFROM alpine\nCOPY --from=${FOUNDATION_IMAGE} /a /a\n"),
            {
                "write FROM ${FOUNDATION_IMAGE} AS a stage, and the stage's name here": dockerfile(
                    "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE} AS base\nFROM alpine\nCOPY --from=base /a /a\n",
                ),
            },
        ],
        [
            'the stage "foundation" has the name of the foundation',
            dockerfile("FROM foundation AS foundation\nFROM foundation\n"),
            { "give the stage another name": dockerfile("FROM foundation AS base\nFROM base\n") },
        ],
        [
            'no stage is named "gone", the build\'s target: it has foundation-base',
            {
                files: {
                    "apps/a/Dockerfile": "FROM foundation AS foundation-base\n",
                    "apps/a/compose.yaml": builds("{ context: ., target: gone }"),
                },
            },
            {
                "it has foundation-base": {
                    files: { "apps/a/compose.yaml": builds("{ context: ., target: foundation-base }") },
                },
            },
        ],
    ] satisfies [string, Change, Readonly<Record<string, Change>>][]) {
        for (const [words, remedy] of Object.entries<Change>(remedies)) {
            it(`"${told}", have nothing told of them with the remedy: ${words}`, () => {
                const root = folder();
                const carryOut = ({ files = {} }: Change): void => {
                    for (const [name, text] of Object.entries(files)) {
                        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
                        if (text === undefined) fs.rmSync(path.join(root, name));
                        else fs.writeFileSync(path.join(root, name), text);
                    }
                };
                const look = (): string => {
                    const { apps = ["apps/*"], replaces = [] } = { ...change, ...remedyOrNone };
                    const settings = {
                        apps,
                        images: [{ ...foundation, replaces }],
                        envFiles: "copy",
                    } as const;
                    const { problems, warnings } = findWorkspaces(root, settings);
                    return [...problems.map(({ text }) => text), ...warnings].join("\n");
                };
                let remedyOrNone: Change = {};
                carryOut(change);
                expect(look()).to.include(told).and.include(words);
                remedyOrNone = remedy;
                carryOut(remedy);
                expect(look()).to.equal("");
            });
        }
    }
});
