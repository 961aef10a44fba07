import { expect } from "chai";
import { conflict, missing, seenLate, serverError, throttled } from "../azure/faults.ts";
import { AzureSandbox } from "./azureSandbox.ts";

describe("a deployment to an Azure that is not at its best", function () {
    this.timeout(300_000);
    let own: AzureSandbox;

    before(async () => {
        own = await AzureSandbox.create();
    });

    after(async () => {
        await own.dispose();
    });

    afterEach(() => {
        own.azure.control.clearFaults();
        own.azure.control.forgetCalls();
    });

    /** Asks for a new password without a new stack. */
    const wipe = (): void => {
        own.token().patch({ properties: { credentials: { passwords: [] } } });
    };

    async function expectConverged(): Promise<void> {
        own.azure.control.clearFaults();
        await own.up();
        expect(await own.works(await own.outputs())).to.equal(true);
        await own.up("--expect-no-changes");
    }

    it("comes through from nothing: 429 with Retry-After, 500, operations that take their time, 404 after create", async () => {
        const { azure } = own;
        azure.control.inject({ on: "resourceGroups.put" }, throttled(1));
        azure.control.inject({ on: "registries.put" }, azure.operations.accepted(2));
        azure.control.inject({ on: "scopeMaps.put" }, serverError());
        // azure-native reads it before and after it is made, and then this program does.
        azure.control.inject({ on: "tokens.get", after: 2, times: 2 }, missing());
        azure.control.inject({ on: "registries.generateCredentials" }, throttled(1));
        azure.control.inject({ on: "registry.exchange" }, serverError());
        azure.resourceManager.replicationDelay = 2000;
        await own.up();

        expect(await own.works(await own.outputs())).to.equal(true);
        expect(own.count("registries.generateCredentials")).to.equal(2);
        expect(own.count("operationStatuses.get")).to.be.greaterThan(1);
        await expectConverged();
    });

    for (const operation of ["registries.put", "tokens.put"] as const) {
        it(`stops at once with the remedy that works where azure-native can't read what it made: ${operation}`, async () => {
            const other = await AzureSandbox.create();
            try {
                other.azure.control.inject({ on: operation }, seenLate(1));
                for (const time of ["from nothing", "and again"]) {
                    const { output, exitCode } = await other.tryUp();
                    expect(exitCode, time).not.to.equal(0);
                    expect(output).to.include("run `pulumi up --refresh`").and.not.include("undefined");
                    expect(other.count("registries.generateCredentials")).to.equal(0);
                }
                await other.up("--refresh");
                expect(await other.works(await other.outputs())).to.equal(true);
                await other.up("--expect-no-changes");
            } finally {
                await other.dispose();
            }
        });
    }

    for (const [title, fault] of [
        ["429 with Retry-After", () => throttled(2)],
        ["409", () => conflict()],
        ["500", () => serverError()],
        ["a long-running operation", () => own.azure.operations.accepted(3)],
    ] as const) {
        it(`makes a password all the same: ${title}`, async () => {
            wipe();
            own.azure.control.inject({ on: "registries.generateCredentials" }, fault());
            await own.up();
            expect(await own.works(await own.outputs())).to.equal(true);
            await own.up("--expect-no-changes");
        });
    }

    for (const [title, operation, fault, status] of [
        ["409 that stays", "registries.generateCredentials", conflict(), "409 Conflict"],
        ["500 that stays", "registries.generateCredentials", serverError(), "500 InternalServerError"],
        ["a token that stays away", "tokens.get", missing(), "there is no such token"],
    ] as const) {
        it(`fails with one clear error, and the next one fixes it: ${title}`, async () => {
            wipe();
            own.azure.control.inject({ on: operation, times: 1000 }, fault);
            const { output, exitCode } = await own.tryUp();
            expect(exitCode).not.to.equal(0);
            expect(output).to.include(own.token().id).and.include(status);
            await expectConverged();
        });
    }

    it("fails with one clear error, and the next one fixes it: an operation that never ends", async () => {
        wipe();
        own.azure.control.inject({ on: "registries.generateCredentials" }, own.azure.operations.endless());
        const { output, exitCode } = await own.tryUp();
        expect(exitCode).not.to.equal(0);
        expect(output).to.include(`${own.token().id}: Azure did not finish in time`);
        await expectConverged();
    });

    it("pushes again with a new credential when a push failed", async () => {
        own.sandbox.write("foundation/content", "official 2\n");
        own.azure.control.inject(
            { on: "registry.data", path: "/v2/foundation/blobs/uploads/", times: 100 },
            serverError(),
        );
        expect((await own.tryUp()).exitCode).not.to.equal(0);
        await expectConverged();
    });
});
