import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { blockFor } from "../../support/emitted.ts";
import type { Manifest } from "../../../components/render/manifest.ts";
import { Clone } from "../../../components/workspace/clone.ts";
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
        const synced = { ...manifest, project: undefined };
        fs.writeFileSync(path.join(root, "foundation.lock.json"), JSON.stringify(synced));
        expect(Clone.find(root).ownProject).to.equal(undefined);
    });

    it("is nowhere without any of them", () => {
        expect(() => Clone.find(folder())).to.throw(
            Problem,
            /no foundation\.lock\.json, foundation\.json or Pulumi\.yaml in/,
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
        ["that is not JSON", `<<<<<<< HEAD\n${lock}`, /can't be read .*; get it again with `git pull`/],
        ["that lacks something", JSON.stringify({ ...manifest, stack: undefined }), /no manifest .*stack/],
    ] as const) {
        it(`refuses a manifest ${title}, in a sentence`, () => {
            const clone = new Clone(folder({ "foundation.lock.json": text }));
            expect(() => clone.manifest).to.throw(Problem, told);
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
});
