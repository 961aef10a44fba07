import { expect } from "chai";
import { asDeveloper, credentialFromEnvironment, loginOf } from "../../../components/oci/credentials.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { smallRegistries } from "../../support/registry.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("a credential", () => {
    it("is the environment's, for each side its own", () => {
        const environment = {
            FOUNDATION_PULL_USERNAME: "dev",
            FOUNDATION_PULL_PASSWORD: "a",
            FOUNDATION_PUSH_USERNAME: "ci",
            FOUNDATION_PUSH_PASSWORD: "b",
        };
        expect(credentialFromEnvironment("PULL", environment)).to.deep.equal({
            username: "dev",
            password: "a",
        });
        expect(credentialFromEnvironment("PUSH", environment)).to.deep.equal({
            username: "ci",
            password: "b",
        });
        expect(credentialFromEnvironment("PUSH", {})).to.equal(undefined);
        expect(() => credentialFromEnvironment("PUSH", { FOUNDATION_PUSH_PASSWORD: "b" })).to.throw(
            "FOUNDATION_PUSH_USERNAME is not set; set both it and its companion, or neither to push with Docker's own login",
        );
        expect(() => credentialFromEnvironment("PULL", { FOUNDATION_PULL_USERNAME: "dev" })).to.throw(
            "FOUNDATION_PULL_PASSWORD is not set; set both it and its companion, or neither to use the stack's outputs",
        );
        expect(credentialFromEnvironment("PULL", {})).to.equal(undefined);
    });
});

describe("a name and a password", () => {
    it("are a login where there are both", () => {
        expect(loginOf("dev", "a")).to.deep.equal({ username: "dev", password: "a" });
        expect(loginOf("dev", undefined)).to.equal(undefined);
        expect(loginOf(undefined, "a")).to.equal(undefined);
    });
});

describe("whoever pulls", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const start = smallRegistries();
    const image = { repository: "foundation", reference: "1" };
    const digest = `sha256:${"a".repeat(64)}`;
    const soon = (): AbortSignal => AbortSignal.timeout(10_000);

    it("is this machine's login where not everybody may, and nobody where nobody is logged in", async () => {
        const { server, asked } = await start({ images: { "foundation:1": digest } });
        setEnvironment("DOCKER_CONFIG", folder({ "config.json": "{}" }));
        expect((await asDeveloper(server, undefined, image, soon())).login).to.equal(undefined);

        const auth = btoa("foundation-pull:secret");
        setEnvironment(
            "DOCKER_CONFIG",
            folder({ "config.json": JSON.stringify({ auths: { [server]: { auth } } }) }),
        );
        const { client, login } = await asDeveloper(server, undefined, image, soon());
        expect(login).to.deep.equal({ username: "foundation-pull", password: "secret" });
        expect(await client.digest("foundation", "1")).to.equal(digest);
        expect(asked).to.deep.equal(["HEAD /v2/foundation/manifests/1"]);
    });

    it("is who has the credential, without a question", async () => {
        const login = { username: "dev", password: "q" };
        expect((await asDeveloper("127.0.0.1:1", login, image, soon())).login).to.equal(login);
    });

    it("may be anybody, whoever is logged in", async () => {
        const { server, asked } = await start({ images: { "foundation:1": digest }, public: true });
        setEnvironment("DOCKER_CONFIG", folder({ "config.json": JSON.stringify({ credsStore: "missing" }) }));
        expect((await asDeveloper(server, undefined, image, soon())).login).to.equal(undefined);
        expect(asked).to.deep.equal(["HEAD /v2/foundation/manifests/1"]);
    });
});
