import { expect } from "chai";
import type { FakeAzure } from "../azure.ts";
import { startFakeAzure } from "../azure.ts";
import type { Clients, Foundation } from "../clients.ts";
import {
    clientsOf,
    createFoundation,
    refusalOf,
    registryName,
    required,
    resourceGroupName,
    soon,
} from "../clients.ts";

const group = `/resourceGroups/${resourceGroupName}?api-version=2024-03-01`;

describe("the fake Azure Resource Manager", () => {
    let azure: FakeAzure;
    let clients: Clients;
    let foundation: Foundation;

    before(async () => {
        azure = await startFakeAzure();
    });

    after(async () => {
        await azure.stop();
    });

    beforeEach(async () => {
        clients = clientsOf(azure);
        foundation = await createFoundation(clients);
    });

    afterEach(async () => {
        await clients.send("DELETE", group);
    });

    function generate(parameters: { name?: string; expiry?: Date } = {}) {
        return clients.registries.registries.generateCredentials(
            resourceGroupName,
            registryName,
            { tokenId: foundation.token.id, ...parameters },
            soon,
        );
    }

    function getToken() {
        return clients.registries.tokens.get(resourceGroupName, registryName, "developers");
    }

    async function passwordNames(): Promise<readonly (string | undefined)[]> {
        const { credentials } = await getToken();
        return required(credentials?.passwords).map(({ name }) => name);
    }

    describe("signing in", () => {
        async function statusFor(authorization: string | undefined): Promise<string> {
            const path = `${azure.origin}/subscriptions/${azure.identity.subscriptionId}${group}`;
            const response = await fetch(
                path,
                authorization === undefined ? {} : { headers: { authorization } },
            );
            const { error } = (await response.json()) as { error: { code: string } };
            return `${response.status} ${error.code}`;
        }

        it("refuses who bears no token, a made-up one, or one for another audience", async () => {
            const { token } = await clients.credential.getToken(
                "https://containerregistry.azure.net/.default",
            );
            expect(await statusFor(undefined)).to.equal("401 InvalidAuthenticationToken");
            expect(await statusFor("Bearer e30.e30.e30")).to.equal("401 InvalidAuthenticationToken");
            expect(await statusFor(`Bearer ${token}`)).to.equal("401 InvalidAuthenticationTokenAudience");
        });
    });

    describe("requests", () => {
        it("need an API version that is known", async () => {
            const { send } = clients;
            const path = `/resourceGroups/${resourceGroupName}`;
            expect(await send("GET", path)).to.have.nested.property(
                "body.error.code",
                "MissingApiVersionParameter",
            );
            expect(await send("GET", `${path}?api-version=2011-01-01`)).to.have.nested.property(
                "body.error.code",
                "NoRegisteredProviderFound",
            );
        });

        it("may have no field that the fake does not know", async () => {
            const body = { location: "westeurope", sku: { name: "Premium" } };
            const path = `/resourceGroups/${resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/${registryName}?api-version=2023-01-01-preview`;
            const rules = (rule: object) => ({
                ...body,
                properties: { networkRuleSet: { defaultAction: "Deny", ipRules: [rule] } },
            });
            const address = "198.51.100.1";
            expect(await clients.send("PUT", path, rules({ iPAddressOrRange: address }))).to.include({
                status: 400,
            });
            expect(await clients.send("PUT", path, rules({ action: "Allow", value: address }))).to.include({
                status: 200,
            });
        });

        it("may have no field of a task that azure-native's version hasn't, and need a schedule", async () => {
            const path = `/resourceGroups/${resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/${registryName}/tasks/foundation-purge?api-version=2019-06-01-preview`;
            const put = async (properties: object) => {
                const step = { type: "EncodedTask", encodedTaskContent: btoa("steps: []") };
                const body = { platform: { os: "Linux" }, step, ...properties };
                const { status } = await clients.send("PUT", path, {
                    location: "westeurope",
                    properties: body,
                });
                return status;
            };
            const timer = (more: object) => ({ timerTriggers: [{ name: "weekly", ...more }] });
            expect(await put({ trigger: timer({ schedule: "0 3 * * 0" }) })).to.equal(201);
            expect(await put({ trigger: timer({ schedule: "weekly" }) })).to.equal(400);
            expect(await put({ trigger: timer({ cron: "0 3 * * 0" }) })).to.equal(400);
            expect(await put({ step: { type: "EncodedTask", encodedTaskContent: "steps: []" } })).to.equal(
                400,
            );
            expect(await put({ timeout: 60 })).to.equal(400);
            expect(await put({ schedule: "0 3 * * 0" })).to.equal(400);
            expect((await clients.send("GET", path)).status).to.equal(200);
            expect((await clients.send("DELETE", path)).status).to.equal(200);
            expect((await clients.send("GET", path)).status).to.equal(404);
        });

        it("have ids in their answers as they are, whatever was escaped on the way", async () => {
            const name = "gruppe (ü)";
            const path = `/resourcegroups/${encodeURIComponent(name)}?api-version=2024-03-01`;
            const { body } = await clients.send("PUT", path, { location: "westeurope" });
            expect(body).to.have.property(
                "id",
                `/subscriptions/${azure.identity.subscriptionId}/resourceGroups/${name}`,
            );
            await clients.send("DELETE", path);
        });

        it("find what they name in any case", async () => {
            const { status } = await clients.send("GET", group.replace("rg-foundation", "RG-Foundation"));
            expect(status).to.equal(200);
        });

        it("say which part of the path is missing", async () => {
            const { tokens, registries } = clients.registries;
            expect(await refusalOf(tokens.get("nowhere", registryName, "developers"))).to.equal(
                "404 ResourceGroupNotFound",
            );
            expect(await refusalOf(registries.get(resourceGroupName, "nothing"))).to.equal(
                "404 ResourceNotFound",
            );
            expect(await refusalOf(tokens.get(resourceGroupName, registryName, "nobody"))).to.equal(
                "404 ResourceNotFound",
            );
        });
    });

    describe("registries", () => {
        function create(name: string, registry: object, location = "westeurope") {
            return clients.registries.registries.create(resourceGroupName, name, {
                location,
                sku: { name: "Standard" },
                ...registry,
            });
        }

        it("are shown with Azure's defaults and a login server that no name tells", async () => {
            const { registries } = clients.registries;
            const registry = await registries.get(resourceGroupName, registryName);
            expect(registry.adminUserEnabled).to.equal(false);
            expect(registry.provisioningState).to.equal("Succeeded");
            expect(registry.policies?.azureADAuthenticationAsArmPolicy?.status).to.equal("disabled");
            expect(registry.policies?.exportPolicy?.status).to.equal("enabled");
            expect(registry.loginServer).to.match(/^localhost:\d+$/);
        });

        it("need a name by Azure's rules, which nobody else has", async () => {
            expect(await refusalOf(create("acme", {}))).to.equal("400 InvalidParameter");
            expect(await refusalOf(create("acme-foundation", {}))).to.equal("400 InvalidParameter");
            await clients.send("PUT", "/resourceGroups/other?api-version=2024-03-01", {
                location: "westeurope",
            });
            const taken = clients.registries.registries.create("other", registryName.toUpperCase(), {
                location: "westeurope",
                sku: { name: "Standard" },
            });
            expect(await refusalOf(taken)).to.equal("409 AlreadyInUse");
            await clients.send("DELETE", "/resourceGroups/other?api-version=2024-03-01");
        });

        it("stay where they are", async () => {
            expect(await refusalOf(create(registryName, {}, "northeurope"))).to.equal(
                "409 InvalidResourceLocation",
            );
            expect((await create(registryName, {}, "West Europe")).location).to.equal("West Europe");
        });

        const tooSmall: [string, string, object][] = [
            ["anonymous pull", "Basic", { anonymousPullEnabled: true }],
            ["private access", "Standard", { publicNetworkAccess: "Disabled" }],
            ["IP rules", "Standard", { networkRuleSet: { defaultAction: "Deny" } }],
            ["data endpoints", "Standard", { dataEndpointEnabled: true }],
            ["encryption", "Standard", { encryption: { status: "enabled" } }],
            ["retention", "Standard", { policies: { retentionPolicy: { status: "enabled" } } }],
            ["content trust", "Standard", { policies: { trustPolicy: { status: "enabled" } } }],
            ["ban on exports", "Standard", { policies: { exportPolicy: { status: "disabled" } } }],
        ];
        for (const [feature, sku, registry] of tooSmall) {
            it(`of the SKU ${sku} have no ${feature}`, async () => {
                const refused = create("acmeother", { ...registry, sku: { name: sku } });
                expect(await refusalOf(refused)).to.equal("400 SkuNotSupported");
            });
        }

        it("take everything in them along", async () => {
            await clients.registries.registries.delete(resourceGroupName, registryName);
            expect(azure.resourceManager.resources).to.have.length(1);
            await expectUnreachable(foundation.registry.loginServer);
        });

        it("have no admin's credentials to list", async () => {
            const refused = clients.registries.registries.listCredentials(resourceGroupName, registryName);
            expect(await refusalOf(refused)).to.equal("400 UnAuthorizedForCredentialOperations");
        });
    });

    describe("resource groups", () => {
        it("take everything in them along", async () => {
            expect(azure.resourceManager.resources).to.have.length(4);
            expect((await clients.send("DELETE", group)).status).to.equal(200);
            expect(azure.resourceManager.resources).to.deep.equal([]);
            await expectUnreachable(foundation.registry.loginServer);
        });

        it("stay where they are", async () => {
            const { body } = await clients.send("PUT", group, { location: "northeurope" });
            expect(body).to.have.nested.property("error.code", "InvalidResourceGroupLocation");
        });
    });

    describe("scope maps", () => {
        function create(name: string, actions: string[]) {
            return clients.registries.scopeMaps.create(resourceGroupName, registryName, name, { actions });
        }

        it("take repositories, prefixes and everything", async () => {
            const actions = [
                "repositories/team/app/content/write",
                "repositories/team/*/content/delete",
                "repositories/*/metadata/read",
            ];
            expect((await create("many-things", actions)).actions).to.deep.equal(actions);
        });

        const invalid = [
            "repositories/foundation/contentWrite",
            "repositories/foundation/content/execute",
            "repositories/found*/content/read",
            "repositories/*/app/content/read",
            "foundation/content/read",
        ];
        for (const action of invalid) {
            it(`do not take ${action}`, async () => {
                expect(await refusalOf(create("wrong", [action]))).to.equal("400 InvalidParameter");
            });
        }

        it("need a name by Azure's rules", async () => {
            expect(await refusalOf(create("pull", ["repositories/a/content/read"]))).to.equal(
                "400 InvalidParameter",
            );
            expect(await refusalOf(create("pull.it", ["repositories/a/content/read"]))).to.equal(
                "400 InvalidParameter",
            );
        });

        it("of the system are there, and stay as they are", async () => {
            const { scopeMaps } = clients.registries;
            const pull = await scopeMaps.get(resourceGroupName, registryName, "_repositories_pull");
            expect(pull.actions).to.deep.equal(["repositories/*/content/read"]);
            const change = scopeMaps.update(resourceGroupName, registryName, "_repositories_pull", {
                actions: [],
            });
            expect(await refusalOf(change)).to.equal("400 SystemScopeMapReadOnly");
        });
    });

    describe("tokens", () => {
        it("need a name by Azure's rules and a scope map of their registry", async () => {
            const { tokens } = clients.registries;
            const { scopeMapId = "" } = foundation.token;
            const create = (name: string, id: string) =>
                tokens.create(resourceGroupName, registryName, name, { scopeMapId: id });
            expect(await refusalOf(create("devs", scopeMapId))).to.equal("400 InvalidParameter");
            expect(await refusalOf(create("our_devs", scopeMapId))).to.equal("400 InvalidParameter");
            expect(await refusalOf(create("others", `${scopeMapId}2`))).to.equal("404 ScopeMapNotFound");
        });

        it("are limited in number by the SKU", async () => {
            const { registries, tokens } = clients.registries;
            await registries.create(resourceGroupName, "acmebasic", {
                location: "westeurope",
                sku: { name: "Basic" },
            });
            const scopeMapId = `${foundation.registry.id.replace(registryName, "acmebasic")}/scopeMaps/_repositories_pull`;
            const create = (index: number) =>
                tokens.create(resourceGroupName, "acmebasic", `token-${index}`, { scopeMapId });
            for (let index = 0; index < 100; index += 1) await create(index);
            expect(await refusalOf(create(100))).to.equal("403 QuotaExceeded");
        });

        it("lose their passwords by a PUT that does not list them", async () => {
            const { scopeMapId = "" } = foundation.token;
            await generate();
            await clients.registries.tokens.create(resourceGroupName, registryName, "developers", {
                scopeMapId,
            });
            expect(await passwordNames()).to.deep.equal([]);
        });

        it("keep the passwords that a PUT lists", async () => {
            await generate();
            const { scopeMapId = "", credentials } = await getToken();
            const passwords = required(credentials?.passwords).filter(({ name }) => name === "password2");
            await clients.registries.tokens.create(resourceGroupName, registryName, "developers", {
                scopeMapId,
                credentials: { passwords },
            });
            expect(await passwordNames()).to.deep.equal(["password2"]);
        });

        it("keep their passwords by a PATCH of something else", async () => {
            await generate();
            const { tokens } = clients.registries;
            const token = await tokens.update(resourceGroupName, registryName, "developers", {
                status: "disabled",
            });
            expect(token.status).to.equal("disabled");
            expect(await passwordNames()).to.deep.equal(["password1", "password2"]);
        });

        it("keep the subset of their passwords that a PATCH lists", async () => {
            const { tokens } = clients.registries;
            const keep = (names: string[]) =>
                tokens.update(resourceGroupName, registryName, "developers", {
                    credentials: { passwords: names.map((name) => ({ name })) },
                });
            await generate();
            await keep(["password2"]);
            expect(await passwordNames()).to.deep.equal(["password2"]);
            await keep([]);
            expect(await passwordNames()).to.deep.equal([]);
        });

        it("do not get a password by listing one", async () => {
            const { tokens } = clients.registries;
            await tokens.update(resourceGroupName, registryName, "developers", {
                credentials: { passwords: [{ name: "password1" }] },
            });
            expect(await passwordNames()).to.deep.equal([]);
        });
    });

    describe("generated passwords", () => {
        it("come with the token's name, in Azure's shape, and are not shown again", async () => {
            const { username, passwords } = await generate({ name: "password1" });
            expect(username).to.equal("developers");
            expect(required(passwords?.[0]).value).to.match(/^[A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9+/]{5}$/);
            const { credentials } = await getToken();
            const shown = required(credentials?.passwords?.[0]);
            expect(shown).to.include({ name: "password1", value: undefined });
            expect(shown.creationTime).to.be.instanceOf(Date);
            expect(shown.expiry).to.equal(undefined);
        });

        it("are answered beside the other one, whose value is not", async () => {
            await generate({ name: "password2" });
            const { passwords } = await generate({ name: "password1" });
            expect(required(passwords).map(({ name, value }) => [name, value !== undefined])).to.deep.equal([
                ["password1", true],
                ["password2", false],
            ]);
        });

        it("are both made anew when none is named", async () => {
            const first = await generate();
            const second = await generate();
            const values = [...required(first.passwords), ...required(second.passwords)].map(
                ({ value }) => value,
            );
            expect(new Set(values).size).to.equal(4);
        });

        it("have the expiry that was asked for, which must be to come", async () => {
            const expiry = new Date(azure.clock.now().getTime() + 60_000);
            await generate({ name: "password1", expiry });
            const { credentials } = await getToken();
            expect(required(credentials?.passwords?.[0]).expiry).to.deep.equal(expiry);
            expect(await refusalOf(generate({ name: "password1", expiry: new Date(0) }))).to.equal(
                "400 InvalidParameter",
            );
        });

        it("need a token that exists, and a slot that does", async () => {
            expect(await refusalOf(generate({ name: "password3" }))).to.equal("400 InvalidRequestContent");
            await clients.registries.tokens.delete(resourceGroupName, registryName, "developers");
            expect(await refusalOf(generate())).to.equal("404 ResourceNotFound");
        });

        it("come after polling when the operation is long", async () => {
            azure.control.forgetCalls();
            azure.control.inject({ on: "registries.generateCredentials" }, azure.operations.accepted(2));
            const { passwords } = await generate({ name: "password1" });
            expect(required(passwords?.[0]).value).to.have.length(52);
            expect(
                azure.control.callsOf("registries.generateCredentials").map(({ status }) => status),
            ).to.deep.equal([202]);
            expect(azure.control.callsOf("operationStatuses.get").map(({ status }) => status)).to.deep.equal([
                202, 202, 200,
            ]);
        });
    });
});

async function expectUnreachable(loginServer: string): Promise<void> {
    const reached = await fetch(`https://${loginServer}/v2/`).then(
        () => true,
        () => false,
    );
    expect(reached).to.equal(false);
}
