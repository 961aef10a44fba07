import { expect } from "chai";
import { decodeJwt } from "jose";
import type { FakeAzure } from "../azure.ts";
import { startFakeAzure } from "../azure.ts";
import type { Clients, Foundation } from "../clients.ts";
import { clientsOf, createFoundation, registryName, required, resourceGroupName, soon } from "../clients.ts";
import { conflict, throttled } from "../faults.ts";

const nobody = "00000000-0000-0000-0000-000000000000";

describe("the fake registry's token server", () => {
    let azure: FakeAzure;
    let clients: Clients;
    let foundation: Foundation;
    let origin: string;
    let service: string;

    beforeEach(async () => {
        azure = await startFakeAzure();
        clients = clientsOf(azure);
        foundation = await createFoundation(clients);
        service = foundation.registry.loginServer;
        origin = `https://${service}`;
    });

    afterEach(async () => {
        await azure.stop();
    });

    async function generate(parameters: { name?: string; expiry?: Date } = {}): Promise<string> {
        const name = parameters.name ?? "password1";
        const { passwords } = await clients.registries.registries.generateCredentials(
            resourceGroupName,
            registryName,
            { tokenId: foundation.token.id, ...parameters, name },
            soon,
        );
        return required(passwords?.find((password) => password.name === name)?.value);
    }

    function get(parameters: Record<string, string>, user?: string, password = "") {
        const query = new URLSearchParams({ service, ...parameters });
        const basic = Buffer.from(`${user ?? ""}:${password}`).toString("base64");
        return fetch(`${origin}/oauth2/token?${query.toString()}`, {
            headers: user === undefined ? {} : { authorization: `Basic ${basic}` },
        });
    }

    function post(path: string, form: Record<string, string>) {
        return fetch(`${origin}${path}`, { method: "POST", body: new URLSearchParams({ service, ...form }) });
    }

    async function exchange(scope = "https://containerregistry.azure.net/.default") {
        const { token } = await clients.credential.getToken(scope);
        const { tenantId } = azure.identity;
        return post("/oauth2/exchange", {
            grant_type: "access_token",
            tenant: tenantId,
            access_token: token,
        });
    }

    async function refreshToken(): Promise<string> {
        return ((await (await exchange()).json()) as { refresh_token: string }).refresh_token;
    }

    async function accessIn(response: Response): Promise<unknown> {
        expect(response.status).to.equal(200);
        return decodeJwt(((await response.json()) as { access_token: string }).access_token)["access"];
    }

    async function letsIn(password: string): Promise<boolean> {
        return (await get({}, "developers", password)).status === 200;
    }

    it("is where an anonymous request is sent", async () => {
        const response = await fetch(`${origin}/v2/`);
        expect(response.status).to.equal(401);
        expect(response.headers.get("www-authenticate")).to.equal(
            `Bearer realm="${origin}/oauth2/token",service="${service}"`,
        );
    });

    it("is sent to HTTPS by plain HTTP, which serves nothing else", async () => {
        const response = await fetch(`http://${service}/v2/`, { redirect: "manual" });
        expect([response.status, response.headers.get("location")]).to.deep.equal([308, `${origin}/v2/`]);
    });

    describe("for the push identity", () => {
        const push = { scope: "repository:foundation:pull,push" };
        const granted = [{ type: "repository", name: "foundation", actions: ["pull", "push"] }];

        it("exchanges a token of Entra for one of its own, good for both ways to ask", async () => {
            const password = await refreshToken();
            expect(decodeJwt(password)).to.include({ aud: service, grant_type: "refresh_token" });
            const asked = [
                get(push, nobody, password),
                post("/oauth2/token", { grant_type: "refresh_token", refresh_token: password, ...push }),
                post("/oauth2/token", { grant_type: "password", username: nobody, password, ...push }),
            ];
            for (const response of asked) expect(await accessIn(await response)).to.deep.equal(granted);
        });

        it("gives an access token that the registry takes", async () => {
            const response = await get(push, nobody, await refreshToken());
            const { access_token: token } = (await response.json()) as { access_token: string };
            const signedIn = await fetch(`${origin}/v2/`, { headers: { authorization: `Bearer ${token}` } });
            expect(signedIn.status).to.equal(200);
        });

        it("gives a refresh token to who asks for one, as to docker login", async () => {
            const response = await get({ offline_token: "true" }, nobody, await refreshToken());
            expect(await response.json()).to.have.property("refresh_token");
        });

        it("takes tokens for Azure Resource Manager only while the policy lets it", async () => {
            const scope = `${azure.origin}/.default`;
            expect((await exchange(scope)).status).to.equal(401);
            await clients.registries.registries.create(resourceGroupName, registryName, {
                location: "westeurope",
                sku: { name: "Standard" },
            });
            expect((await exchange(scope)).status).to.equal(200);
        });

        it("takes no token for anything else, or with a slash too many", async () => {
            expect((await exchange("https://graph.microsoft.com/.default")).status).to.equal(401);
            expect((await exchange("https://containerregistry.azure.net//.default")).status).to.equal(401);
        });

        it("takes no password for a refresh token", async () => {
            expect((await get(push, nobody, await generate())).status).to.equal(401);
        });

        it("grants what the role allows", async () => {
            const everything = { scope: "repository:foundation:pull,push,delete registry:catalog:*" };
            const password = await refreshToken();
            azure.identity.role = "AcrPush";
            expect(await accessIn(await get(everything, nobody, password))).to.deep.equal([
                { type: "repository", name: "foundation", actions: ["pull", "push"] },
                { type: "registry", name: "catalog", actions: ["*"] },
            ]);
            azure.identity.role = "none";
            expect(await accessIn(await get(everything, nobody, password))).to.deep.equal([]);
        });
    });

    describe("for a token with a scope map", () => {
        it("grants what is both asked and allowed", async () => {
            const password = await generate();
            const scopes = new URLSearchParams({ service });
            scopes.append("scope", "repository:foundation:pull,push,delete,metadata_read");
            scopes.append("scope", "repository:other:pull registry:catalog:*");
            const basic = Buffer.from(`developers:${password}`).toString("base64");
            const response = await fetch(`${origin}/oauth2/token?${scopes.toString()}`, {
                headers: { authorization: `Basic ${basic}` },
            });
            expect(await accessIn(response)).to.deep.equal([
                { type: "repository", name: "foundation", actions: ["pull", "metadata_read"] },
            ]);
        });

        it("follows a change of the scope map at once, and grants nothing without one", async () => {
            const { scopeMaps } = clients.registries;
            const password = await generate();
            const ask = async () =>
                accessIn(await get({ scope: "repository:team/app:pull" }, "developers", password));
            expect(await ask()).to.deep.equal([]);
            await scopeMaps.update(resourceGroupName, registryName, "pull-foundation", {
                actions: ["repositories/team/*/content/read"],
            });
            expect(await ask()).to.deep.equal([{ type: "repository", name: "team/app", actions: ["pull"] }]);
            await scopeMaps.delete(resourceGroupName, registryName, "pull-foundation");
            expect(await ask()).to.deep.equal([]);
        });

        it("gives no refresh token", async () => {
            const response = await get({ offline_token: "true" }, "developers", await generate());
            expect(await response.json()).to.not.have.property("refresh_token");
        });

        it("knows both passwords, and no other", async () => {
            const first = await generate();
            const second = await generate({ name: "password2" });
            expect([
                await letsIn(first),
                await letsIn(second),
                await letsIn("guess"),
                await letsIn(""),
            ]).to.deep.equal([true, true, false, false]);
        });

        it("hears of a first password at once, and of a regenerated one after the delay", async () => {
            azure.resourceManager.replicationDelay = 60_000;
            const first = await generate();
            expect(await letsIn(first)).to.equal(true);
            const second = await generate();
            expect([await letsIn(first), await letsIn(second)]).to.deep.equal([true, false]);
            azure.clock.advance({ seconds: 61 });
            expect([await letsIn(first), await letsIn(second)]).to.deep.equal([false, true]);
        });

        it("forgets a password that has expired, was removed or was wiped", async () => {
            const { tokens } = clients.registries;
            const { scopeMapId = "" } = foundation.token;
            const expiring = await generate({ expiry: new Date(azure.clock.now().getTime() + 60_000) });
            const removed = await generate({ name: "password2" });
            azure.clock.advance({ seconds: 61 });
            expect([await letsIn(expiring), await letsIn(removed)]).to.deep.equal([false, true]);
            await tokens.update(resourceGroupName, registryName, "developers", {
                credentials: { passwords: [] },
            });
            expect(await letsIn(removed)).to.equal(false);
            const wiped = await generate();
            expect(await letsIn(wiped)).to.equal(true);
            await tokens.create(resourceGroupName, registryName, "developers", { scopeMapId });
            expect(await letsIn(wiped)).to.equal(false);
        });

        it("keeps out a token that is disabled, until it is enabled again", async () => {
            const { tokens } = clients.registries;
            const password = await generate();
            await tokens.update(resourceGroupName, registryName, "developers", { status: "disabled" });
            expect(await letsIn(password)).to.equal(false);
            await tokens.update(resourceGroupName, registryName, "developers", { status: "enabled" });
            expect(await letsIn(password)).to.equal(true);
        });
    });

    it("lets nobody in without credentials, unless anonymous pull is on", async () => {
        const pull = { scope: "repository:foundation:pull,push" };
        expect((await get(pull)).status).to.equal(401);
        await clients.registries.registries.create(resourceGroupName, registryName, {
            location: "westeurope",
            sku: { name: "Standard" },
            anonymousPullEnabled: true,
        });
        expect(await accessIn(await get(pull))).to.deep.equal([
            { type: "repository", name: "foundation", actions: ["pull"] },
        ]);
    });

    it("takes no token of another registry", async () => {
        await clients.registries.registries.create(resourceGroupName, "acmeother", {
            location: "westeurope",
            sku: { name: "Standard" },
        });
        const other = await clients.registries.registries.get(resourceGroupName, "acmeother");
        const password = await refreshToken();
        const form = {
            service: required(other.loginServer),
            grant_type: "refresh_token",
            refresh_token: password,
        };
        const response = await fetch(`https://${required(other.loginServer)}/oauth2/token`, {
            method: "POST",
            body: new URLSearchParams(form),
        });
        expect(response.status).to.equal(401);
    });

    it("meets the faults that a test has in store, and keeps secrets out of the log", async () => {
        const password = await generate();
        azure.control.inject({ on: "registry.token" }, throttled(7));
        azure.control.inject({ on: "registry.exchange" }, conflict());
        const response = await get({}, "developers", password);
        expect([response.status, response.headers.get("retry-after")]).to.deep.equal([429, "7"]);
        expect((await exchange()).status).to.equal(409);
        const refresh = await refreshToken();
        await post("/oauth2/token", { grant_type: "refresh_token", refresh_token: refresh });
        const log = JSON.stringify(azure.control.calls);
        expect(azure.secrets.all).to.include.members([password, refresh]);
        for (const secret of azure.secrets.all) expect(log).to.not.include(secret);
    });
});
