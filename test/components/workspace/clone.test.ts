import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { blockFor } from "../../support/emitted.ts";
import type { Manifest } from "../../../components/render/manifest.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { problemOf } from "../../../cli/status/gather.ts";
import { readFoundation, readServices } from "../../../components/workspace/services.ts";
import { emit } from "../../support/project.ts";
import { temporaryFolders } from "../../support/folder.ts";

const manifest: Manifest = {
    version: 1,
    stack: "prod",
    project: "infra",
    registry: { kind: "azure", server: "acme.azurecr.io" },
    images: {
        foundation: {
            reference: "acme.azurecr.io/foundation:content-1",
            digest: "sha256:1",
            channel: "latest",
            folder: "docker/base",
            uses: {},
        },
    },
    workspaces: {
        shop: {
            emitted: "compose.override.yaml",
            services: { web: { foundation: { buildArg: true, contexts: [] } }, database: {} },
        },
    },
};
const lock = JSON.stringify(manifest);

describe("a clone", () => {
    const folder = temporaryFolders();

    it("is found by the nearest manifest, from wherever in it one is", () => {
        const root = folder({ "foundation.lock.json": lock, "infra/Pulumi.yaml": "", "shop/web/x": "" });
        for (const place of [".", "shop/web", "infra"]) {
            const clone = Clone.find(path.join(root, place));
            expect([clone.root, clone.project]).to.deep.equal([root, path.join(root, "infra")]);
        }
    });

    it("is found by its Pulumi project where nothing was emitted yet, which says where its root is", () => {
        const root = folder({ "infra/Pulumi.yaml": "config:\n  root: { default: .. }\n" });
        const clone = Clone.find(path.join(root, "infra"));
        expect([clone.root, clone.project]).to.deep.equal([root, path.join(root, "infra")]);
        const own = folder({ "Pulumi.yaml": "name: acme\nconfig:\n  acme:root: .\n" });
        expect(Clone.find(own).root).to.equal(own);
    });

    it("is found by its layout where the foundations are published from another repository, and has no project", () => {
        const root = folder({
            "foundation.json": '{ "name": "shop" }',
            // Of something else.
            "Pulumi.yaml": "name: other",
            "services/api/Dockerfile": "",
        });
        const clone = Clone.find(path.join(root, "services/api"));
        expect([clone.root, clone.ownProject]).to.deep.equal([root, undefined]);
        expect(() => clone.project).to.throw(Problem, /are published from another one; do this there/);
        expect(() => clone.manifest).to.throw(
            Problem,
            /foundation\.lock\.json is missing; get it .* `foundation sync --from/,
        );
        const synced = { ...manifest, project: undefined };
        fs.writeFileSync(path.join(root, "foundation.lock.json"), JSON.stringify(synced));
        expect(Clone.find(root).ownProject).to.equal(undefined);
    });

    it("is nowhere without any of them", () => {
        expect(() => Clone.find(folder())).to.throw(
            Problem,
            /no foundation\.lock\.json, foundation\.json or Pulumi\.yaml in .*; run this in a clone/,
        );
    });

    it("has what its manifest says", () => {
        const clone = new Clone(folder({ "foundation.lock.json": lock }));
        expect(clone.manifest).to.deep.equal(manifest);
        const image = { image: "acme.azurecr.io/foundation:content-1", digest: "sha256:1" };
        expect(clone.emitted).to.deep.equal({ ...image, stack: "prod", images: { foundation: image } });
        expect(clone.folders).to.deep.equal(["docker/base", "shop"]);
    });

    it("may have a workspace that nothing was emitted for, as no service of it uses a foundation", () => {
        const workspaces = { tools: { services: { lint: {} } } };
        const text = JSON.stringify({ ...manifest, workspaces });
        const clone = new Clone(folder({ "foundation.lock.json": text }));
        expect(clone.manifest.workspaces).to.deep.equal(workspaces);
    });

    it("reads its manifest once", () => {
        const root = folder({ "foundation.lock.json": lock });
        const clone = new Clone(root);
        const before = clone.manifest;
        fs.rmSync(path.join(root, "foundation.lock.json"));
        expect(clone.manifest).to.equal(before);
    });

    for (const [title, text, told] of [
        [
            "of a newer format",
            JSON.stringify({ version: 2, more: true }),
            /newer format .*, found version 2;/,
        ],
        [
            "that is not JSON",
            `<<<<<<< HEAD\n${lock}`,
            /can't be read .*; get it again with `git checkout HEAD/,
        ],
        ["that lacks something", JSON.stringify({ ...manifest, stack: undefined }), /no manifest .*stack/],
    ] as const) {
        it(`refuses a manifest ${title}, in a sentence`, () => {
            const clone = new Clone(folder({ "foundation.lock.json": text }));
            expect(() => clone.manifest).to.throw(Problem, told);
            // Others, such as doctor, go on.
            expect(clone.ownProject).to.equal(path.join(clone.root, "."));
        });
    }

    it("goes by the emitted files of a version that had no manifest", () => {
        const emitted = { image: "localhost:5050/foundation:content-1", digest: "sha256:1", stack: "dev" };
        const root = folder({
            "Pulumi.yaml": "name: foundation\n",
            "foundation/.env": blockFor(emitted),
            "apps/one/Dockerfile": "FROM foundation\n",
            "apps/one/compose.yaml": [
                "name: one-1a2b3c",
                "services:",
                "  one:",
                "    build:",
                "      context: .",
                "      args:",
                "        FOUNDATION_IMAGE: ${FOUNDATION_IMAGE:?no}",
                "      additional_contexts:",
                "        foundation: service:foundation-one",
                '        "acme/base:1": service:foundation-one',
                "  foundation-one:",
                "    scale: 0",
                "",
            ].join("\n"),
        });
        expect(new Clone(root).manifest).to.deep.equal({
            version: 1,
            stack: "dev",
            project: ".",
            registry: { kind: "local", server: "localhost:5050" },
            images: {
                foundation: {
                    reference: emitted.image,
                    digest: "sha256:1",
                    channel: "latest",
                    folder: "foundation",
                    uses: {},
                },
            },
            workspaces: {
                "apps/one": {
                    emitted: "compose.yaml",
                    name: "one-1a2b3c",
                    services: {
                        one: { foundation: { buildArg: true, contexts: ["foundation", "acme/base:1"] } },
                    },
                },
            },
        });
    });

    describe("with files that were emitted", () => {
        const emitted = { image: "localhost:5050/foundation:content-1", digest: "sha256:1", stack: "dev" };
        /** A clone whose apps are in folders of any depth, before and after some of its files have changed. */
        const changed = (
            before: Readonly<Record<string, string>>,
            after: Readonly<Record<string, string>> = {},
        ): Clone => {
            const root = folder({
                "Pulumi.yaml":
                    'name: foundation\nconfig:\n  apps: { value: ["services/*", "services/deep/*"] }\n',
                "foundation/Dockerfile": "FROM scratch\n",
                ...before,
            });
            emit(root, emitted);
            for (const [name, text] of Object.entries(after)) {
                fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
                fs.writeFileSync(path.join(root, name), text);
            }
            return new Clone(root);
        };
        const shop = {
            "services/shop/docker-compose.yml": "services: { web: { build: web }, job: { build: job } }\n",
            "services/shop/web/Dockerfile": "FROM foundation\n",
            "services/shop/job/Dockerfile": "FROM foundation\n",
        };
        const problems = (clone: Clone): readonly string[] =>
            readServices(clone).flatMap((service) => {
                const problem = problemOf(service, clone.found);
                return problem === undefined ? [] : [`${service.service}: ${problem}`];
            });

        it("knows the services of apps that were added since, wherever the configuration has them", () => {
            const clone = changed(shop, {
                "services/deep/new/compose.yaml": "services: { a: { build: . }, b: { image: x } }\n",
                "services/deep/new/Dockerfile": "FROM foundation\n",
                "apps/other/Dockerfile": "FROM foundation\n",
            });
            const added = readServices(clone).filter(({ folder }) => folder !== "services/shop");
            expect(added.map(({ folder, service }) => [folder, service])).to.deep.equal([
                ["services/deep/new", "a"],
            ]);
            expect(added[0]?.problem?.wrong).to.equal(
                "services/deep/new has no compose.override.yaml of the foundation",
            );
        });

        it("has the problem of each service at its own Dockerfile", () => {
            expect(problems(changed(shop))).to.deep.equal([]);
            const told = problems(
                changed(shop, {
                    "services/shop/job/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}-slim\n",
                }),
            );
            expect(told).to.have.length(1);
            expect(told[0]).to.match(
                /^job: services\/shop: the service job: services\/shop\/job\/Dockerfile: .*must stand alone/,
            );
        });

        it("has a problem where the only Dockerfile of a folder has left the foundation", () => {
            const told = problems(
                changed(
                    { "services/a/Dockerfile": "FROM foundation\n" },
                    { "services/a/Dockerfile": "FROM alpine\n" },
                ),
            );
            expect(told.join("\n")).to.match(
                /^a: services\/a\/Dockerfile: the foundation cannot be found.*alpine/s,
            );
        });

        it("knows which services of the user's build a foundation", () => {
            const own = {
                "foundation/docker-compose.yaml":
                    "services: { base: { build: . }, twin: { build: . }, other: { build: other } }\n",
                "foundation/other/Dockerfile": "FROM foundation\n",
            };
            const { service, services } = readFoundation(changed(own), "foundation") ?? {};
            expect([service?.service, services]).to.deep.equal(["base", ["base", "twin"]]);
            expect(service?.project).to.equal("foundation");
        });

        it("knows the Compose project of a foundation's folder that has only what was emitted", () => {
            const { service, services } = readFoundation(changed({}), "foundation") ?? {};
            expect(services).to.deep.equal(["foundation"]);
            expect(service?.project).to.match(/^foundation-[0-9a-f]{6}$/);
        });
    });
});
