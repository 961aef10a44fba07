import { expect } from "chai";
import { checkExistingRights } from "../../cli/verify/rights.ts";
import { RegistryClient } from "../../components/oci/client.ts";
import { smallRegistries, type Stock } from "../support/registry.ts";

describe("verify, of the rights in a registry that was there already", () => {
    const start = smallRegistries();
    const upload = { "POST /v2/foundation/blobs/uploads/": 202 };
    const another = { "GET /v2/foundation-another/tags/list": 404 };

    /** What is found of `dev`, who pulls; `ci` pushes. */
    async function found(
        allowed: Stock["allowed"] = {},
        username: string | undefined = "dev",
        common = true,
    ) {
        const { server, asked } = await start({ username: "dev", allowed });
        const login = { username: "dev", password: "secret" };
        const client = new RegistryClient(server, login, AbortSignal.timeout(10_000));
        const findings = await checkExistingRights(client, "foundation", { username, common }, "ci");
        return { told: findings.map(({ severity, message }) => `${severity}: ${message}`), asked };
    }

    it("has nothing to say of a login that can do nothing else", async () => {
        expect((await found()).told).to.deep.equal([]);
    });

    it("takes it for an error that developers can push with their own", async () => {
        expect((await found(upload)).told).to.deep.equal(["error: the pull credential can start an upload"]);
    });

    it("warns of a login that can read other repositories, as most can", async () => {
        expect((await found(another)).told).to.deep.equal([
            "warning: the pull credential can read another repository, should there be one",
        ]);
    });

    it("warns of a registry where anybody can push", async () => {
        const { server } = await start({ public: true, allowed: upload });
        const client = new RegistryClient(server, undefined, AbortSignal.timeout(10_000));
        const anybody = { username: undefined, common: false };
        const findings = await checkExistingRights(client, "foundation", anybody, undefined);
        expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).to.deep.equal([
            "warning: anybody can start an upload",
        ]);
    });

    for (const [title, puller, told] of [
        [
            "pull and push are one",
            ["ci", true],
            /^warning: skipped: ci pushes as well, so every developer can$/,
        ],
        [
            "each has one of their own",
            ["dev", false],
            /^warning: skipped: developers pull with logins of their own, .* dev can/,
        ],
    ] as const) {
        const [username, common] = puller;
        it(`tries nothing, and says so, where ${title}`, async () => {
            const {
                told: [first, ...more],
                asked,
            } = await found(upload, username, common);
            expect(first).to.match(told);
            expect([...more, ...asked]).to.deep.equal([]);
        });
    }
});
