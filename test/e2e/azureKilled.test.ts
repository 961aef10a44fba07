import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { clientsOf } from "../azure/clients.ts";
import type { Call, Operation } from "../azure/control.ts";
import { AzureSandbox } from "./azureSandbox.ts";

/** Every call that azure-native and this project make to Azure Resource Manager, Entra and for a push. */
const control: readonly Operation[] = [
    "metadata.get",
    "entra.token",
    "resourceGroups.get",
    "resourceGroups.put",
    "registries.get",
    "registries.put",
    "scopeMaps.get",
    "scopeMaps.put",
    "tokens.get",
    "tokens.put",
    "registries.generateCredentials",
    "registry.exchange",
];

describe("a deployment to Azure that is killed", function () {
    this.timeout(900_000);
    let own: AzureSandbox;
    let lifetime = 2;

    before(async () => {
        own = await AzureSandbox.create();
        await own.configure({ tokenLifetimeDays: String(lifetime), tokenRenewDays: String(lifetime / 2) });
    });

    after(async () => {
        await own.dispose();
    });

    async function expectValidState(): Promise<void> {
        JSON.parse(own.state());
        const { output, exitCode } = await own.tryPulumi("stack", "export");
        expect(exitCode, output).to.equal(0);
    }

    it("before each call in turn, from nothing: what came before stays, and one more brings it to its end", async () => {
        const seen = new Set<string>();
        const key = ({ operation, path }: Call): string => `${operation} ${path}`;
        // Each time one call further than the time before.
        for (;;) {
            const struck = await own.killedAt(
                "up",
                "before",
                (call) => control.includes(call.operation) && !seen.has(key(call)),
            );
            if (struck === undefined) break;
            seen.add(key(struck));
            await expectValidState();
        }

        const operations = new Set([...seen].map((call) => call.split(" ")[0]));
        for (const operation of control) expect(operations).to.include(operation);
        expect(await own.works(await own.outputs())).to.equal(true);
        await own.up("--expect-no-changes");
    });

    for (const operation of [
        "resourceGroups.put",
        "registries.put",
        "scopeMaps.put",
        "tokens.put",
    ] as const) {
        it(`from nothing, after ${operation}: one more takes over what Azure has already`, async () => {
            const other = await AzureSandbox.create();
            try {
                const made = await other.killedAt("up", "after", (call) => call.operation === operation);
                expect(made?.operation).to.equal(operation);
                other.azure.control.forgetCalls();
                await other.up();

                const operations = other.azure.control.calls.map((call) => call.operation);
                expect(operations.filter((name) => name.endsWith(".delete"))).to.deep.equal([]);
                // Written again, it would lose its passwords.
                expect(other.count("tokens.put")).to.equal(operation === "tokens.put" ? 0 : 1);
                expect(await other.works(await other.outputs())).to.equal(true);
                await other.up("--expect-no-changes");
            } finally {
                await other.dispose();
            }
        });
    }

    it("from nothing, and somebody else then made what comes next: it is left alone", async () => {
        const other = await AzureSandbox.create();
        try {
            const next = await other.killedAt("up", "before", (call) => call.operation === "registries.put");
            const id = next?.path ?? "";
            const { stack } = other.sandbox;
            await clientsOf(other.azure).send(
                "PUT",
                `${id.slice(id.indexOf("/resourceGroups/"))}?api-version=2023-07-01`,
                {
                    location: "westeurope",
                    sku: { name: "Standard" },
                    tags: { project: "foundation", stack },
                },
            );
            const { output, exitCode } = await other.tryUp();

            expect(exitCode).not.to.equal(0);
            expect(output).to.include(`cannot create already existing resource '${id}'`);
        } finally {
            await other.dispose();
        }
    });

    it("when a push had just arrived: the next one, too late for the credential, pushes with another", async () => {
        const { identity } = own.azure;
        const lifetimeOfAll = identity.refreshTokenSeconds;
        identity.refreshTokenSeconds = 40;
        own.sandbox.write("foundation/content", "official 2\n");
        const struck = await own.killedAt(
            "up",
            "after",
            ({ method, path }) => method === "PUT" && path === "/v2/foundation/manifests/latest",
        );
        expect(struck).not.to.equal(undefined);
        await sleep(identity.refreshTokenSeconds * 1000);
        identity.refreshTokenSeconds = lifetimeOfAll;
        own.azure.control.forgetCalls();
        await own.up();

        expect(own.count("registry.exchange")).to.equal(1);
        await own.up("--expect-no-changes");
    });

    for (const [moment, operation] of [
        ["before", "metadata.get"],
        ["before", "entra.token"],
        ["before", "tokens.get"],
        ["after", "tokens.get"],
        ["before", "registries.generateCredentials"],
        ["after", "registries.generateCredentials"],
        ["before", "registry.token"],
        ["after", "registry.token"],
    ] as const) {
        it(`in a rotation, ${moment} ${operation}: the published password goes on, and one more rotates`, async () => {
            own.endFormerPassword();
            // A window as long as the life of the password that is there.
            lifetime *= 2;
            await own.configure({
                tokenLifetimeDays: String(lifetime),
                tokenRenewDays: String(lifetime / 2),
            });
            const before = await own.outputs();
            const struck = await own.killedAt("up", moment, (call) => call.operation === operation);
            expect(struck?.operation).to.equal(operation);
            await expectValidState();
            expect(await own.works(before)).to.equal(true);

            await own.up();
            const after = await own.outputs();
            expect(after["pullPassword"]).not.to.equal(before["pullPassword"]);
            expect([await own.works(before), await own.works(after)]).to.deep.equal([true, true]);
        });
    }

    it("while its azure-native goes on, and wipes the next one's password: a preview sees it, one more makes another", async () => {
        const other = await AzureSandbox.create();
        const arrived = gate();
        const released = gate();
        const repeated = gate();
        try {
            // Its answer is lost, so azure-native asks once more; the real one not before 20 seconds have passed.
            other.azure.control.inject({ on: "tokens.put", after: 1 }, async ({ effect }) => {
                arrived.open();
                await released.opened;
                const outcome = await effect();
                repeated.open();
                return outcome;
            });
            await other.killedAt("up", "after", ({ operation }) => operation === "tokens.put", true);
            await arrived.opened;
            await other.up();
            const wiped = await other.outputs();
            expect(await other.works(wiped)).to.equal(true);

            released.open();
            await repeated.opened;
            expect(await other.works(wiped)).to.equal(false);
            const { output } = await other.tryPulumi("preview");
            expect(output).to.match(/~ +foundation:index:TokenPassword +registry-pull-password +update/);
            await other.up();
            expect(await other.works(await other.outputs())).to.equal(true);
            await other.up("--expect-no-changes");
        } finally {
            released.open();
            await other.dispose();
        }
    });

    it("while it is destroyed, before and after each call in turn: one more leaves nothing", async () => {
        const seen = new Set<string>();
        const key = ({ method, path }: Call): string => `${method} ${path}`;
        for (;;) {
            const struck = await own.killedAt(
                "destroy",
                "before",
                (call) => ["DELETE", "PATCH"].includes(call.method) && !seen.has(key(call)),
            );
            if (struck === undefined) break;
            seen.add(key(struck));
            await expectValidState();
            const again = await own.killedAt("destroy", "after", (call) => key(call) === key(struck));
            expect(again).not.to.equal(undefined);
            await expectValidState();
        }

        expect([...seen].map((call) => call.replace(/ .*\//, " "))).to.have.lengthOf.at.least(5);
        expect(own.azure.resourceManager.resources).to.deep.equal([]);
    });
});

/** What somebody waits at until somebody else opens it. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    return { open, opened };
}
