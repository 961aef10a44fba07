import { expect } from "chai";
import { manifestText, type Manifest } from "../../../components/render/manifest.ts";
import { parseManifest } from "../../../components/workspace/manifest.ts";

describe("a manifest", () => {
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
});
