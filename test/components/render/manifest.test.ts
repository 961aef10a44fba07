import { expect } from "chai";
import { isMarked } from "../../../components/render/composeMark.ts";
import { manifestText, type Manifest } from "../../../components/render/manifest.ts";

const use = { buildArg: true, contexts: [] };
const manifest: Manifest = {
    version: 1,
    stack: "prod",
    project: "infra",
    registry: { kind: "azure", server: "acme.azurecr.io", username: "foundation-pull" },
    images: {
        foundation: {
            reference: "acme.azurecr.io/foundation:content-1",
            digest: "sha256:1",
            channel: "latest",
            folder: "foundation",
            uses: {},
        },
        base: {
            reference: "acme.azurecr.io/base:content-2",
            digest: "sha256:2",
            channel: "latest",
            folder: "docker/base",
            uses: { foundation: use },
        },
    },
    workspaces: {
        "services/b": { emitted: "compose.override.yaml", services: { web: { base: use }, job: {} } },
        "apps/a": { emitted: "compose.yaml", name: "a-1a2b3c", services: { a: { foundation: use } } },
    },
};

describe("the manifest", () => {
    it("reads back as it was written", () => {
        const { "//": mark, ...rest } = JSON.parse(manifestText(manifest)) as Record<string, unknown>;
        expect(mark).to.match(/^Written by `pulumi up`/);
        expect(rest).to.deep.equal(manifest);
    });

    it("is the same whatever order folders and services come in, and keeps parents before children", () => {
        const { workspaces } = manifest;
        const turned = Object.fromEntries(
            Object.entries(workspaces)
                .reverse()
                .map(([folder, workspace]) => [
                    folder,
                    {
                        ...workspace,
                        services: Object.fromEntries(Object.entries(workspace.services).reverse()),
                    },
                ]),
        );
        const text = manifestText(manifest);
        expect(manifestText({ ...manifest, workspaces: turned })).to.equal(text);
        expect(text.indexOf('"apps/a"')).to.be.lessThan(text.indexOf('"services/b"'));
        expect(text.indexOf('"foundation": {')).to.be.lessThan(text.indexOf('"base": {'));
    });

    it("bears the mark, also with CRLF", () => {
        const text = manifestText(manifest);
        expect(isMarked(text)).to.equal(true);
        expect(isMarked(text.replaceAll("\n", "\r\n"))).to.equal(true);
        expect(isMarked(text.replace("Written", "Copied"))).to.equal(false);
    });
});
