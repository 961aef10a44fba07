import { expect } from "chai";
import { RegistryClient } from "../../../components/oci/client.ts";
import { checkReferences } from "../../../cli/verify/references.ts";
import { servers } from "../../support/servers.ts";

describe("verify, of what the files name", () => {
    const serve = servers();
    const named = { digest: "sha256:a", folders: ["foundation", "apps/app1"] };

    async function references(
        digest: string | undefined,
        platform = "linux/amd64",
        ownLines: readonly string[] = [],
    ) {
        const server = await serve((request, response) => {
            if (digest !== undefined) response.setHeader("docker-content-digest", digest);
            response.writeHead(digest === undefined ? 404 : 200);
            const blob = request.url?.includes("/blobs/") === true;
            const manifest = { config: { digest: "sha256:config" } };
            response.end(JSON.stringify(blob ? { os: "linux", architecture: "amd64" } : manifest));
        });
        return checkReferences(
            new RegistryClient(server, undefined, AbortSignal.timeout(10_000)),
            [{ ...named, image: `${server}/f:1`, ownLines }],
            platform,
        );
    }

    it("has no finding when the registry has what the files name", async () => {
        expect((await references("sha256:a")).findings).to.deep.equal([]);
    });

    it("finds a tag that was moved, with both digests and where it is named", async () => {
        const [finding] = (await references("sha256:b")).findings;
        expect(finding).to.include({ severity: "error", check: "reference" });
        expect(finding?.message).to.match(
            /foundation, apps\/app1, is sha256:b in the registry, expected sha256:a/,
        );
        expect(finding?.remedy).to.match(/`git pull`.*`pulumi config set rebuild /);
    });

    it("warns of one that isn't for this machine", async () => {
        const [finding, ...others] = (await references("sha256:a", "linux/arm64")).findings;
        expect(others).to.deep.equal([]);
        expect(finding).to.include({ severity: "warning", check: "reference" });
        expect(finding?.message).to.include("is for linux/amd64, and not for linux/arm64");
    });

    it("finds an image that was deleted", async () => {
        expect((await references(undefined)).findings[0]?.message).to.include("is not in the registry");
    });

    it("blames a line of the user's own that names an image which isn't there", async () => {
        const [finding] = (await references(undefined, "linux/amd64", ["apps/app1/.env:9"])).findings;
        expect(finding?.remedy).to.equal("remove apps/app1/.env:9, which outranks what the stack emits");
    });
});
