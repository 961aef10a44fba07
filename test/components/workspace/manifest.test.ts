import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { temporaryFolders } from "../../support/folder.ts";
import { manifestText, type Manifest } from "../../../components/render/manifest.ts";
import { Problem } from "../../../components/problem.ts";
import { parseManifest, readManifest, refuseNewerManifest } from "../../../components/workspace/manifest.ts";

describe("a manifest", () => {
    const folder = temporaryFolders();

    it("is read as it was written, apps on no foundation included", () => {
        const manifest: Manifest = {
            version: 1,
            stack: "dev",
            project: "infra",
            registry: { kind: "existing", server: "ghcr.io" },
            images: {
                foundation: {
                    reference: "ghcr.io/acme/foundation:content-0123456789ab",
                    digest: `sha256:${"a".repeat(64)}`,
                    channel: "latest",
                    folder: "foundation",
                    uses: {},
                },
            },
            workspaces: {
                "apps/other": { services: { web: {} } },
                "apps/shop": {
                    emitted: "compose.yaml",
                    name: "shop-0123ab",
                    services: { shop: { foundation: { buildArg: true, contexts: ["foundation"] } } },
                },
            },
        };
        const { "//": mark, ...read } = JSON.parse(manifestText(manifest)) as Record<string, unknown>;
        expect(mark).to.be.a("string");
        expect(parseManifest(JSON.stringify(read), "it")).to.deep.equal(manifest);
        expect(parseManifest(manifestText(manifest), "it")).to.deep.equal(manifest);
    });

    it("is written over by each deployment, unless it is of a newer format", () => {
        for (const files of [
            {},
            { "foundation.lock.json": "<<<<<<< HEAD\n" },
            { "foundation.lock.json": '{ "version": 1 }' },
        ])
            refuseNewerManifest(folder(files));
        const root = folder({ "foundation.lock.json": '{ "version": 2 }' });
        expect(() => {
            refuseNewerManifest(root);
        }).to.throw(Problem, /newer format .*, found version 2;/);
    });

    it("has to be a file that one may read", () => {
        const root = folder({ "foundation.lock.json/x": "" });
        const look = () => readManifest(root);
        const told = /foundation\.lock\.json can't be read \(.*\); it has to be a file that you may read$/;
        expect(look).to.throw(Problem, told);
        fs.rmSync(path.join(root, "foundation.lock.json"), { recursive: true });
        expect(look()).to.equal(undefined);
    });
});
