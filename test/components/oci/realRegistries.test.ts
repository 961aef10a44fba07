import * as fs from "node:fs";
import * as path from "node:path";
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { execa } from "execa";
import { LoginRefused, RegistryClient, RegistrySilent } from "../../../components/oci/client.ts";
import type { Login } from "../../../components/oci/dockerLogin.ts";
import { issueCertificates, type Certificates } from "../../azure/certificates.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { pushImage, startRegistry, type RegistryContainer } from "../../support/registryContainer.ts";
import { startTokenService, type TokenService } from "../../support/tokenService.ts";

const soon = (): AbortSignal => AbortSignal.timeout(30_000);

describe("the registry client and a registry:3 with passwords, and TLS of a private authority", function () {
    this.timeout(120_000);
    const folder = temporaryFolders();
    const login = { username: "user", password: "pa:ss" };
    let certificates: Certificates;
    let registry: RegistryContainer;
    let digest: string;

    before(async () => {
        certificates = await issueCertificates(fs.mkdtempSync("/tmp/registry-ca-"));
        const htpasswd = `${login.username}:${await bcrypt.hash(login.password, 4)}\n`;
        registry = await startRegistry(
            certificates,
            { htpasswd: { realm: "test", path: "/etc/distribution/htpasswd" } },
            { htpasswd },
        );
        digest = await pushImage(registry.host, "team/foundation", "1", `Basic ${btoa("user:pa:ss")}`);
        for (const tag of ["2", "3"]) {
            await pushImage(registry.host, "team/foundation", tag, `Basic ${btoa("user:pa:ss")}`);
        }
    });

    after(async () => {
        await registry.stop();
        certificates.distrust();
        fs.rmSync(path.dirname(certificates.authorityFile), { recursive: true });
    });

    const client = (as: Login | undefined = login) => new RegistryClient(registry.host, as, soon());

    it("finds the digest of a tag, the image, and its tags", async () => {
        expect(await client().digest("team/foundation", "1")).to.equal(digest);
        expect(await client().image("team/foundation", digest, "linux/amd64")).to.deep.equal({
            digest,
            layers: [],
            platforms: ["linux/amd64"],
            history: ["LABEL tag=1"],
            labels: {},
        });
        expect(await client().digest("team/foundation", "none")).to.equal(undefined);
        expect(await client().tags("team/foundation")).to.deep.equal(["1", "2", "3"]);
        expect(await client().tags("team/none")).to.equal(undefined);
    });

    it("says whether a login is taken", async () => {
        expect(await client().checkLogin()).to.equal("accepted");
        expect(await client({ ...login, password: "other" }).checkLogin()).to.equal("refused");
    });

    for (const [who, as, message] of [
        ["with a wrong password", { ...login, password: "other" }, "refuses the login of user"],
        ["without a login", undefined, "wants a login"],
    ] as const) {
        it(`is told of who asks ${who}`, async () => {
            const asking = new RegistryClient(registry.host, as, soon());
            const error = await failure(asking.digest("team/foundation", "1"));
            expect(error).to.be.instanceOf(LoginRefused);
            expect(error.message).to.equal(`${registry.host} ${message}`);
        });
    }

    it("believes the authority that Docker has for this registry, and tells where to put one", async () => {
        certificates.distrust();
        const usual = process.env["DOCKER_CONFIG"];
        const home = folder();
        // Another name for it, to which there is no connection yet.
        const host = registry.host.replace("localhost", "127.0.0.1");
        const asking = () => new RegistryClient(host, login, soon()).digest("team/foundation", "1");
        try {
            process.env["DOCKER_CONFIG"] = home;
            const error = await failure(asking());
            expect(error).to.be.instanceOf(RegistrySilent);
            expect(error.message)
                .to.include(`/etc/docker/certs.d/${host}/ca.crt`)
                .and.include("NODE_EXTRA_CA_CERTS");

            const place = path.join(home, "certs.d", host);
            fs.mkdirSync(place, { recursive: true });
            fs.copyFileSync(certificates.authorityFile, path.join(place, "ca.crt"));
            expect(await asking()).to.equal(digest);
        } finally {
            if (usual === undefined) delete process.env["DOCKER_CONFIG"];
            else process.env["DOCKER_CONFIG"] = usual;
        }
    });

    it("believes the authority of NODE_EXTRA_CA_CERTS", async () => {
        const module = path.resolve(import.meta.dirname, "../../../components/oci/client.ts");
        const script = `
            import { RegistryClient } from ${JSON.stringify(module)};
            const client = new RegistryClient("${registry.host}", ${JSON.stringify(login)}, AbortSignal.timeout(30000));
            console.log(await client.digest("team/foundation", "1"));`;
        const { stdout } = await execa("node", ["--input-type=module", "--eval", script], {
            env: { NODE_EXTRA_CA_CERTS: certificates.authorityFile },
        });
        expect(stdout).to.equal(digest);
    });
});

describe("the registry client and a registry:3 that wants tokens", function () {
    this.timeout(120_000);
    let certificates: Certificates;
    let service: TokenService;
    let registry: RegistryContainer;
    let digest: string;

    before(async () => {
        certificates = await issueCertificates(fs.mkdtempSync("/tmp/registry-ca-"));
        const rights = { foundation: ["pull"] };
        service = await startTokenService(
            certificates,
            {
                reader: { password: "pass", rights },
                anonymous: { password: "", rights: { public: ["pull"] } },
            },
            { "long-lived": "reader" },
        );
        registry = await startRegistry(certificates, service.auth, service.files);
        const push = async (repository: string): Promise<string> => {
            const access = [{ type: "repository", name: repository, actions: ["pull", "push"] }];
            return pushImage(registry.host, repository, "1", `Bearer ${await service.sign(access)}`);
        };
        digest = await push("foundation");
        await push("public");
    });

    after(async () => {
        await registry.stop();
        await service.close();
        certificates.distrust();
        fs.rmSync(path.dirname(certificates.authorityFile), { recursive: true });
    });

    const reader = { username: "reader", password: "pass" };
    const client = (as: Login | undefined) => new RegistryClient(registry.host, as, soon());

    it("gets a token for what is asked, and no more", async () => {
        const before = service.asked.length;
        expect(await client(reader).digest("foundation", "1")).to.equal(digest);
        expect(await client(reader).tags("foundation")).to.deep.equal(["1"]);
        expect(service.asked.slice(before)).to.deep.equal([
            "GET repository:foundation:pull",
            "GET repository:foundation:pull",
        ]);
    });

    it("trades an identity token for one, as a login through a cloud leaves it", async () => {
        const before = service.asked.length;
        const identity = { username: "<token>", identityToken: "long-lived" };
        expect(await client(identity).digest("foundation", "1")).to.equal(digest);
        expect(service.asked.slice(before)).to.deep.equal(["POST repository:foundation:pull"]);
        expect(await client(identity).checkLogin()).to.equal("accepted");
        const other = { ...identity, identityToken: "made up" };
        expect(await client(other).checkLogin()).to.equal("refused");
    });

    it("reads without a login what everybody may read, and nothing else", async () => {
        expect(await client(undefined).digest("public", "1")).to.match(/^sha256:/);
        const error = await failure(client(undefined).digest("foundation", "1"));
        expect(error).to.be.instanceOf(LoginRefused);
        expect(error.message).to.equal(`${registry.host} wants a login`);
    });

    it("is refused what the login may not do", async () => {
        expect((await client(reader).request("POST", "/v2/foundation/blobs/uploads/")).status).to.equal(401);
        const error = await failure(client(reader).digest("another", "1"));
        expect(error.message).to.equal(`${registry.host} refuses the login of reader`);
    });

    it("says whether a login is taken", async () => {
        expect(await client(reader).checkLogin()).to.equal("accepted");
        expect(await client({ ...reader, password: "other" }).checkLogin()).to.equal("refused");
    });
});

async function failure(work: Promise<unknown>): Promise<Error> {
    try {
        await work;
    } catch (error) {
        if (error instanceof Error) return error;
    }
    throw new Error("expected a failure");
}
