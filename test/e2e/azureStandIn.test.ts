import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import type { Token } from "../azure/arm/token.ts";
import type { FakeAzure } from "../azure/azure.ts";
import { startFakeAzure } from "../azure/azure.ts";
import { clientsOf, required } from "../azure/clients.ts";
import { isForResourceManager } from "../azure/control.ts";
import { deniedByPolicy, lostAnswer, seenLate, throttled } from "../azure/faults.ts";
import type { Engine, Ran } from "../azure/nativePlugin/engine.ts";
import { createEngine, pluginDirectory } from "../azure/nativePlugin/engine.ts";

const program = `
    import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
    import { getClientTokenOutput } from "@pulumi/azure-native/authorization/getClientToken.js";
    import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
    import { ScopeMap } from "@pulumi/azure-native/containerregistry/scopeMap.js";
    import { Token } from "@pulumi/azure-native/containerregistry/token.js";
    import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";

    const { IGNORED, STATUS = "enabled", TOKEN_NAME = "developers" } = process.env;
    const group = new ResourceGroup("group", { resourceGroupName: "rg-foundation", location: "westeurope" });
    const registry = new Registry("registry", {
        resourceGroupName: group.name,
        registryName: "acmefoundation",
        sku: { name: "Standard" },
        policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
        tags: { team: "platform" },
    });
    const parent = { resourceGroupName: group.name, registryName: registry.name };
    const scopeMap = new ScopeMap("scopeMap", {
        ...parent,
        scopeMapName: "pull-foundation",
        actions: ["repositories/foundation/content/read"],
    });
    const token = new Token(
        "token",
        { ...parent, tokenName: TOKEN_NAME, scopeMapId: scopeMap.id, status: STATUS },
        { ignoreChanges: IGNORED?.split(",") ?? [] },
    );
    export const { loginServer, location, tags } = registry;
    export const { creationDate } = token;
    export const { objectId } = getClientConfigOutput();
    export const registryToken = getClientTokenOutput({ endpoint: "https://containerregistry.azure.net" }).token;
`;

const up = ["up", "--yes", "--skip-preview", "--stack", "dev"];
const refresh = ["refresh", "--yes", "--skip-preview", "--stack", "dev"];

const { exitCode: pulumiMissing } = await execa("pulumi", ["version"], { reject: false });

// One stack whose story the tests tell in their order: each step of the engine takes seconds.
(pulumiMissing ? describe.skip : describe)("the stand-in for azure-native and Pulumi's engine", function () {
    this.timeout(120_000);

    let azure: FakeAzure;
    let engine: Engine;

    before(async () => {
        azure = await startFakeAzure();
        engine = await createEngine(program, await azure.environment());
        await succeed(["stack", "init", "dev"]);
    });

    after(async () => {
        await engine.discard();
        await azure.stop();
    });

    beforeEach(() => {
        azure.control.forgetCalls();
    });

    function run(args: readonly string[], environment?: Record<string, string>): Promise<Ran> {
        return engine.start(args, environment).ended;
    }

    async function succeed(args: readonly string[], environment?: Record<string, string>): Promise<string> {
        const { exitCode, output } = await run(args, environment);
        expect(exitCode, output).to.equal(0);
        return output;
    }

    /** What was asked of Azure Resource Manager, in order. */
    function armCalls(): readonly string[] {
        return azure.control.calls
            .filter(isForResourceManager)
            .map(({ operation, status }) => `${operation} ${status ?? "lost"}`);
    }

    function token(): Token {
        return azure.resourceManager.token(
            required(azure.resourceManager.resources.find((id) => id.includes("/tokens/"))),
        );
    }

    function passwordNames(): readonly string[] {
        return token().passwords.map(({ name }) => name);
    }

    it("asks Azure for nothing in a preview, and does not know what Azure will say", async () => {
        const output = await succeed(["preview", "--stack", "dev"]);
        expect(output).to.match(/loginServer *: \[unknown\]/);
        expect(armCalls()).to.deep.equal([]);
    });

    it("creates what is not there: GET, PUT, GET", async () => {
        await succeed(up);
        expect(armCalls()).to.deep.equal([
            "resourceGroups.get 404",
            "resourceGroups.put 201",
            "resourceGroups.get 200",
            // Where the registry goes when nobody says.
            "resourceGroups.get 200",
            ...["registries", "scopeMaps", "tokens"].flatMap((type) => [
                `${type}.get 404`,
                `${type}.put 201`,
                `${type}.get 200`,
            ]),
        ]);
        const outputs = JSON.parse(await succeed(["stack", "output", "--json", "--stack", "dev"])) as object;
        expect(outputs).to.include({ location: "westeurope", objectId: azure.identity.objectId });
        expect(outputs)
            .to.have.property("loginServer")
            .that.matches(/^localhost:\d+$/);
        expect(outputs).to.have.property("registryToken").that.is.oneOf(azure.secrets.all);
        expect(outputs).to.have.property("tags").that.deep.equals({ team: "platform" });
    });

    it("does nothing when nothing has changed, nor when a refresh finds nothing new", async () => {
        await succeed(up);
        expect(armCalls()).to.deep.equal([]);
        expect(await succeed([...refresh, "--expect-no-changes"])).to.include("5 unchanged");
        expect(await succeed([...up, "--expect-no-changes"])).to.include("5 unchanged");
    });

    it("updates with the inputs alone, which wipes a password that no refresh has seen", async () => {
        token().generate("password1", undefined, 0);
        azure.control.forgetCalls();
        await succeed(up, { STATUS: "disabled", IGNORED: "credentials" });
        expect(armCalls()).to.deep.equal(["tokens.put 200", "tokens.get 200"]);
        expect(passwordNames()).to.deep.equal([]);
    });

    it("takes a password into the inputs by a refresh, so that the next update removes it", async () => {
        token().generate("password1", undefined, 0);
        expect(await succeed([...refresh, "--diff"])).to.include('"password1"');
        await succeed(up, { STATUS: "disabled" });
        expect(passwordNames()).to.deep.equal([]);
    });

    it("leaves the password alone after a refresh when changes of credentials are ignored", async () => {
        token().generate("password1", undefined, 0);
        await succeed(refresh);
        azure.control.forgetCalls();
        await succeed([...up, "--expect-no-changes"], { STATUS: "disabled", IGNORED: "credentials" });
        expect(armCalls()).to.deep.equal([]);
        expect(passwordNames()).to.deep.equal(["password1"]);
    });

    it("then keeps it through another change, but not one that was made since the refresh", async () => {
        token().generate("password2", undefined, 0);
        await succeed(up, { IGNORED: "credentials" });
        expect(azure.control.callsOf("tokens.put")[0]?.body).to.have.nested.property(
            "properties.credentials.passwords[0].name",
            "password1",
        );
        expect(passwordNames()).to.deep.equal(["password1"]);
    });

    it("writes a token anew where its API version is another, unless that is ignored", async () => {
        const version = { STAND_IN_TOKEN_API_VERSION: "2025-11-01" };
        await succeed([...up, "--expect-no-changes"], { ...version, IGNORED: "credentials,azureApiVersion" });
        expect(passwordNames()).to.deep.equal(["password1"]);
        token().generate("password2", undefined, 0);
        await succeed(up, { ...version, IGNORED: "credentials" });
        expect(passwordNames()).not.to.include("password2");
        await succeed(up, { IGNORED: "credentials" });
    });

    it("replaces what has another name, the old one first", async () => {
        await succeed(up, { TOKEN_NAME: "developers-2", IGNORED: "credentials" });
        expect(armCalls()).to.deep.equal([
            "tokens.delete 200",
            "tokens.get 404",
            "tokens.put 201",
            "tokens.get 200",
        ]);
        expect(passwordNames()).to.deep.equal([]);
    });

    it("gets through throttling, a lost answer and a long operation", async () => {
        azure.control.inject({ on: "tokens.delete" }, azure.operations.accepted(1));
        azure.control.inject({ on: "tokens.get", path: token().id.replace(/-2$/, "") }, throttled(1));
        azure.control.inject({ on: "tokens.put" }, lostAnswer());
        azure.control.inject({ on: "tokens.put" }, azure.operations.accepted(1));
        await succeed(up);
        expect(armCalls()).to.deep.equal([
            "tokens.delete 202",
            "operationStatuses.get 202",
            "operationStatuses.get 200",
            "tokens.get 429",
            "tokens.get 404",
            "tokens.put lost",
            "tokens.put 201",
            "operationStatuses.get 200",
            "operationStatuses.get 200",
            // Once more by the poller.
            "tokens.get 200",
            "tokens.get 200",
        ]);
        expect(await succeed([...refresh])).to.include("5 unchanged");
    });

    it("fails where a long operation has ended and what it made is not there", async () => {
        azure.control.inject({ on: "tokens.put" }, (interception) =>
            seenLate(1)({
                ...interception,
                effect: () => azure.operations.accepted(1)(interception),
            }),
        );
        const { exitCode, output } = await run(up, { STATUS: "disabled" });
        expect(exitCode).to.not.equal(0);
        expect(output).to.include('Status=404 Code="ResourceNotFound"');
        await succeed(up);
    });

    it("keeps Azure's answer as it came where what it made can't be read, until a refresh", async () => {
        await clientsOf(azure).registries.tokens.delete("rg-foundation", "acmefoundation", token().name);
        await succeed(refresh);
        azure.control.inject({ on: "tokens.put" }, seenLate(1));
        await succeed(up);
        const created = async () =>
            JSON.parse(await succeed(["stack", "output", "--json", "--stack", "dev"])) as object;
        expect(await created()).not.to.have.property("creationDate");
        await succeed(up);
        expect(await created()).not.to.have.property("creationDate");
        await succeed([...up, "--refresh"]);
        expect(await created()).to.have.property("creationDate", token().creationDate.toISOString());
    });

    it("stops at once on Ctrl-C, and writes again with the next update what it was about", async () => {
        const interrupted = engine.start(up, { STATUS: "disabled" });
        const calls = azure.control.callsOf("tokens.put").length;
        azure.control.inject({ on: "tokens.put" }, async ({ effect }) => {
            await effect();
            interrupted.interrupt();
            return new Promise(() => undefined);
        });
        expect((await interrupted.ended).exitCode).to.not.equal(0);
        await succeed(up, { STATUS: "disabled" });
        expect(azure.control.callsOf("tokens.put")).to.have.lengthOf(calls + 2);
        await succeed([...up, "--expect-no-changes"], { STATUS: "disabled" });
        await succeed(up);
    });

    it("says why Azure refuses, and changes nothing", async () => {
        azure.control.inject({ on: "tokens.put" }, deniedByPolicy("no-tokens"));
        const { exitCode, output } = await run(up, { STATUS: "disabled" });
        expect(exitCode).to.not.equal(0);
        expect(output).to.include('Status=403 Code="RequestDisallowedByPolicy"');
        expect(token().status).to.equal("enabled");
    });

    it("notices what was deleted, and creates it again", async () => {
        const { id, name } = token();
        await clientsOf(azure).registries.tokens.delete("rg-foundation", "acmefoundation", name);
        expect(await succeed(refresh)).to.include("1 deleted");
        await succeed(up);
        expect(token().id).to.equal(id);
    });

    it("deletes everything", async () => {
        await succeed(["destroy", "--yes", "--skip-preview", "--stack", "dev"]);
        expect(azure.resourceManager.resources).to.deep.equal([]);
    });

    it("cannot create again what a killed engine has created but not recorded", async () => {
        const interrupted = engine.start(up);
        azure.control.inject({ on: "registries.put" }, ({ effect }) => {
            interrupted.kill();
            return effect();
        });
        expect((await interrupted.ended).exitCode).to.not.equal(0);
        await succeed(["cancel", "--yes", "--stack", "dev"]);
        const { exitCode, output } = await run(up);
        expect(exitCode).to.not.equal(0);
        expect(output).to.include("cannot create already existing resource");
    });
});

describe("the stand-in for azure-native", () => {
    it("goes on when the engine ends, as the real one does", async () => {
        const plugin = execa(join(pluginDirectory, "pulumi-resource-azure-native"), ["127.0.0.1:1"], {
            stdin: "pipe",
            reject: false,
            env: { ARM_METADATA_HOSTNAME: "localhost:1" },
        });
        for await (const port of plugin) {
            expect(port).to.match(/^\d+$/);
            plugin.stdin.end();
            await new Promise((resolve) => setTimeout(resolve, 1000));
            expect(isRunning(plugin.pid)).to.equal(true);
            plugin.kill("SIGKILL");
        }
        expect((await plugin).signal).to.equal("SIGKILL");
    });
});

function isRunning(id: number | undefined): boolean {
    // Signal 0 only asks.
    return id !== undefined && process.kill(id, 0);
}
