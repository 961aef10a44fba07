import { expect } from "chai";
import { checkExistingRights, checkRights } from "../../../cli/verify/rights.ts";
import { RegistryClient } from "../../../components/oci/client.ts";
import { smallRegistries, type Stock } from "../../support/registry.ts";
import { servers, type Answer } from "../../support/servers.ts";

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

describe("verify, of the rights in a registry of our own", () => {
    const serve = servers();

    async function rights(answer: Answer, shared = true) {
        const server = await serve(answer);
        const findings = await checkRights(
            new RegistryClient(server, undefined, AbortSignal.timeout(10_000)),
            "f",
            shared,
        );
        return findings.map(({ message }) => message);
    }

    for (const status of [401, 403, 405]) {
        it(`is content with a registry that answers ${status}`, async () => {
            const found = await rights((request, response) => {
                response
                    .writeHead(request.url?.includes("/tags/") === true && status === 405 ? 403 : status)
                    .end();
            });
            expect(found).to.deep.equal([]);
        });
    }

    it("finds a credential that can start an upload, and ends that upload", async () => {
        const ended: (string | undefined)[] = [];
        const found = await rights((request, response) => {
            if (request.method === "POST")
                response.writeHead(202, { location: "/v2/f/blobs/uploads/1?s=2" }).end();
            else if (request.method === "DELETE" && request.url?.includes("uploads") === true) {
                ended.push(request.url);
                response.writeHead(204).end();
            } else response.writeHead(403).end();
        });
        expect(found).to.deep.equal(["the pull credential can start an upload"]);
        expect(ended).to.deep.equal(["/v2/f/blobs/uploads/1?s=2"]);
    });

    for (const status of [202, 404]) {
        it(`finds a credential that can delete by the answer ${status}`, async () => {
            const found = await rights((request, response) => {
                response.writeHead(request.method === "DELETE" ? status : 403).end();
            });
            expect(found).to.deep.equal(["the pull credential can delete an image"]);
        });
    }

    it("never asks to delete an image that could be there", async () => {
        const asked: string[] = [];
        await rights((request, response) => {
            if (request.method === "DELETE") asked.push(request.url ?? "");
            response.writeHead(403).end();
        });
        expect(asked).to.deep.equal([`/v2/f/manifests/sha256:${"0".repeat(64)}`]);
    });

    for (const status of [200, 404]) {
        const another: Answer = (request, response) => {
            response.writeHead(request.url?.includes("/tags/") === true ? status : 403).end();
        };

        it(`finds a credential that can read another repository by the answer ${status}`, async () => {
            expect(await rights(another)).to.deep.equal(["the pull credential can read another repository"]);
        });

        it(`is content with the answer ${status} for another repository in a registry of one stack's own`, async () => {
            expect(await rights(another, false)).to.deep.equal([]);
        });
    }
});
