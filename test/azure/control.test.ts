import { expect } from "chai";
import type { FakeAzure } from "./azure.ts";
import { startFakeAzure } from "./azure.ts";
import type { Clients, Foundation } from "./clients.ts";
import {
    clientsOf,
    createFoundation,
    refusalOf,
    registryName,
    required,
    resourceGroupName,
    soon,
} from "./clients.ts";
import type { Call } from "./control.ts";
import {
    conflict,
    deniedByPolicy,
    forbidden,
    lostAnswer,
    lostRequest,
    missing,
    seenLate,
    serverError,
    throttled,
} from "./faults.ts";

describe("the control of the fake Azure", () => {
    let azure: FakeAzure;
    let clients: Clients;
    let foundation: Foundation;

    beforeEach(async () => {
        azure = await startFakeAzure();
        clients = clientsOf(azure);
        foundation = await createFoundation(clients);
        azure.control.forgetCalls();
    });

    afterEach(async () => {
        await azure.stop();
    });

    function generate() {
        return clients.registries.registries.generateCredentials(resourceGroupName, registryName, {
            tokenId: foundation.token.id,
            name: "password1",
        });
    }

    function getToken() {
        return clients.registries.tokens.get(resourceGroupName, registryName, "developers");
    }

    function statuses() {
        return azure.control.calls.map(({ operation, status }) => `${operation} ${status ?? "lost"}`);
    }

    it("throttles, and the client comes back after the time it is told", async () => {
        azure.control.inject({ on: "tokens.get" }, throttled(1));
        const started = Date.now();
        expect((await getToken()).name).to.equal("developers");
        expect(Date.now() - started).to.be.at.least(950);
        expect(statuses()).to.deep.equal(["tokens.get 429", "tokens.get 200"]);
    });

    it("fails as often as it is told, which the client survives up to three times", async () => {
        azure.control.inject({ on: "tokens.get", times: 3 }, serverError());
        expect((await getToken()).name).to.equal("developers");
        azure.control.inject({ on: "tokens.get", times: 4 }, serverError());
        expect(await refusalOf(getToken())).to.equal("500 InternalServerError");
        expect(azure.control.calls).to.have.length(8);
    });

    it("answers with what no client tries again", async () => {
        const faults = [
            [conflict(), "409 Conflict"],
            [forbidden(), "403 AuthorizationFailed"],
            [missing(), "404 ResourceNotFound"],
            [deniedByPolicy("no-tokens"), "403 RequestDisallowedByPolicy"],
        ] as const;
        for (const [fault, refusal] of faults) {
            azure.control.inject({ on: "tokens.get" }, fault);
            expect(await refusalOf(getToken())).to.equal(refusal);
        }
        expect(azure.control.calls).to.have.length(faults.length);
    });

    it("loses a request, which the client then repeats", async () => {
        azure.control.inject({ on: "registries.generateCredentials" }, lostRequest());
        const { passwords } = await generate();
        expect(required(passwords?.[0]).value).to.equal(
            azure.resourceManager.token(foundation.token.id).passwords[0]?.value,
        );
        expect(statuses()).to.deep.equal([
            "registries.generateCredentials lost",
            "registries.generateCredentials 200",
        ]);
    });

    it("loses an answer, but not what was done", async () => {
        const values: (string | undefined)[] = [];
        azure.control.inject({ on: "registries.generateCredentials" }, async (interception) => {
            const outcome = await lostAnswer()(interception);
            values.push(azure.resourceManager.token(foundation.token.id).passwords[0]?.value);
            return outcome;
        });
        const { passwords } = await generate();
        expect(required(values[0])).to.have.length(52).and.not.equal(passwords?.[0]?.value);
    });

    it("lets calls through first, or strikes one path alone", async () => {
        azure.control.inject({ on: "tokens.get", after: 1 }, conflict());
        await getToken();
        expect(await refusalOf(getToken())).to.equal("409 Conflict");
        azure.control.inject({ on: "tokens.get", path: `${foundation.token.id}2` }, conflict());
        await getToken();
        azure.control.inject({ on: "tokens.get", path: foundation.token.id.toUpperCase() }, conflict());
        expect(await refusalOf(getToken())).to.equal("409 Conflict");
    });

    it("takes back faults that have not struck", async () => {
        azure.control.inject({ on: "tokens.get", times: 5 }, conflict());
        azure.control.clearFaults();
        expect((await getToken()).name).to.equal("developers");
    });

    it("does not show at once what was created", async () => {
        const { scopeMapId = "" } = foundation.token;
        const { tokens } = clients.registries;
        azure.control.inject({ on: "tokens.put" }, seenLate(2));
        await tokens.create(resourceGroupName, registryName, "late-token", { scopeMapId });
        const get = () => tokens.get(resourceGroupName, registryName, "late-token");
        expect(await refusalOf(get())).to.equal("404 ResourceNotFound");
        expect(await refusalOf(get())).to.equal("404 ResourceNotFound");
        expect((await get()).name).to.equal("late-token");
    });

    it("makes a creation take a while", async () => {
        const { scopeMapId = "" } = foundation.token;
        azure.control.inject({ on: "tokens.put" }, azure.operations.accepted(2));
        const token = await clients.registries.tokens.create(
            resourceGroupName,
            registryName,
            "slow-token",
            {
                scopeMapId,
            },
            soon,
        );
        expect(token.provisioningState).to.equal("Succeeded");
        expect(statuses()).to.deep.equal([
            "tokens.put 201",
            "operationStatuses.get 200",
            "operationStatuses.get 200",
            "operationStatuses.get 200",
            "tokens.get 200",
        ]);
    });

    it("makes a deletion take a while", async () => {
        azure.control.inject({ on: "tokens.delete" }, azure.operations.accepted(1));
        await clients.registries.tokens.delete(resourceGroupName, registryName, "developers", soon);
        expect(statuses()).to.deep.equal([
            "tokens.delete 202",
            "operationStatuses.get 202",
            "operationStatuses.get 200",
        ]);
    });

    it("never ends an operation", async () => {
        azure.control.inject({ on: "registries.generateCredentials" }, azure.operations.endless());
        const poller = clients.registries.registries.generateCredentials(
            resourceGroupName,
            registryName,
            { tokenId: foundation.token.id },
            soon,
        );
        const outcome = await poller.pollUntilDone({ abortSignal: AbortSignal.timeout(200) }).then(
            () => "done",
            (error: unknown) => (error as Error).name,
        );
        expect(outcome).to.equal("AbortError");
        expect(azure.control.callsOf("operationStatuses.get").length).to.be.greaterThan(1);
    });

    it("shows each call before and after, and loses it on demand", async () => {
        const seen: string[] = [];
        const note = (moment: string) => (call: Call) => {
            seen.push(`${moment} ${call.operation}`);
            return undefined;
        };
        const end = azure.control.observe({ before: note("before"), after: note("after") });
        await getToken();
        end();
        await getToken();
        expect(seen).to.deep.equal(["before tokens.get", "after tokens.get"]);

        const losses = { before: 1, after: 1 };
        azure.control.observe({
            before: () => (losses.before-- > 0 ? "drop" : undefined),
            after: () => (losses.after-- > 0 ? "drop" : undefined),
        });
        azure.control.forgetCalls();
        await getToken();
        expect(azure.control.calls).to.have.length(3);
    });

    it("keeps secrets out of its log, and knows them all", async () => {
        const { passwords } = await generate();
        const { token } = await clients.credential.getToken("https://containerregistry.azure.net/.default");
        const log = JSON.stringify(azure.control.calls);
        const issued = [required(passwords?.[0]?.value), token, azure.identity.clientSecret];
        expect(azure.secrets.all).to.include.members(issued);
        for (const secret of azure.secrets.all) expect(log).to.not.include(secret);
        expect(azure.control.callsOf("registries.generateCredentials")[0]?.body).to.deep.equal({
            tokenId: foundation.token.id,
            name: "password1",
        });
    });
});
