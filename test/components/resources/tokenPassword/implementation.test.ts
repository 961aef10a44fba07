import { expect } from "chai";
import { tokenPasswordIn } from "../../../../components/resources/tokenPassword/implementation.ts";
import { unknownValue } from "../../../../components/resources/resource.ts";
import { startFakeAzure, type FakeAzure } from "../../../azure/azure.ts";
import type { Fault, Operation } from "../../../azure/control.ts";
import { clientsOf, createFoundation, type Foundation } from "../../../azure/clients.ts";
import {
    conflict,
    deniedByPolicy,
    forbidden,
    lostAnswer,
    lostRequest,
    missing,
    serverError,
    throttled,
} from "../../../azure/faults.ts";
import { login } from "../../../../components/azure/login.ts";
import { contextIn } from "../../../support/context.ts";

type Resource = ReturnType<typeof tokenPasswordIn>;
type Inputs = Parameters<Resource["create"]>[0];
type State = Parameters<Resource["diff"]>[0];

describe("TokenPassword", function () {
    this.timeout(60_000);
    const context = contextIn("/");
    let azure: FakeAzure;
    let foundation: Foundation;
    let resource: Resource;
    let inputs: Inputs;

    beforeEach(async () => {
        azure = await startFakeAzure();
        foundation = await createFoundation(clientsOf(azure));
        resource = await at(() => azure.clock.now());
        inputs = {
            tokenId: foundation.token.id,
            tokenCreatedAt: token().creationDate.toISOString(),
            server: foundation.registry.loginServer,
            lifetimeDays: 90,
            renewDays: 30,
            settings: {},
        };
        azure.control.forgetCalls();
    });

    afterEach(async () => {
        await azure.stop();
    });

    async function at(now: () => Date, proofSeconds = 2): Promise<Resource> {
        return tokenPasswordIn({ now, environment: await azure.environment(), proofSeconds });
    }

    async function made(): Promise<State> {
        return (await resource.create(inputs, context)).state;
    }

    async function updated(state: State, news = inputs): Promise<State> {
        if (resource.update === undefined) throw new Error("there is no update");
        return resource.update(state, news, context);
    }

    async function changes(state: State, news: Partial<Inputs> = {}): Promise<boolean> {
        return (await resource.diff(state, { ...inputs, ...news }, context)).changes;
    }

    async function works({ server, username, password }: State): Promise<boolean> {
        return (await login(server, { username, password }, context.signal)) === "accepted";
    }

    async function faultOf(work: Promise<unknown>): Promise<string> {
        return work.then(
            () => "nothing failed",
            (error: unknown) => (error as Error).message,
        );
    }

    /** Azure makes a password, and doesn't tell this of it. */
    function untold(name: "creationTime" | "expiry"): Fault {
        return async ({ effect }) => {
            const outcome = await effect();
            if (typeof outcome !== "object") return outcome;
            const body = JSON.stringify(outcome.body, (key, value: unknown) =>
                key === name ? undefined : value,
            );
            return { ...outcome, body: JSON.parse(body) as object };
        };
    }

    const token = () => azure.resourceManager.token(foundation.token.id);
    const calls = (operation: Operation) => azure.control.callsOf(operation);

    describe("when it is made", () => {
        it("is one password in one slot, which works and ends when it should", async () => {
            const state = await made();

            expect(await works(state)).to.equal(true);
            expect(state).to.include({ username: "developers", slot: "password1" });
            expect(token().passwords.map(({ name }) => name)).to.deep.equal(["password1"]);
            const days = (Date.parse(state.expiresAt) - azure.clock.now().getTime()) / 86_400_000;
            expect(days).to.be.closeTo(90, 0.01);
        });

        it("leaves a password alone that somebody may hold", async () => {
            const before = await made();
            const again = await made();
            expect(again.slot).to.equal("password2");
            expect(await works(before)).to.equal(true);
        });

        it("waits until the registry accepts the password, and says so", async () => {
            await made();
            await made();
            azure.resourceManager.replicationDelay = 1500;
            const said: string[] = [];
            const progress = (message: string) => void said.push(message);
            const { state } = await resource.create(inputs, { ...context, progress });
            expect(await works(state)).to.equal(true);
            expect(said).to.deep.equal([`waiting for ${inputs.server} to accept the new password`]);
        });

        it("is of the time that Azure says, and of this machine where it says none", async () => {
            const late = new Date(azure.clock.now().getTime() + 3_600_000);
            resource = await at(() => late);
            const { createdAt } = await made();
            expect(createdAt).to.equal(token().passwords[0]?.creationTime.toISOString());

            azure.control.inject({ on: "registries.generateCredentials" }, untold("creationTime"));
            expect(await made()).to.include({ createdAt: late.toISOString() });
        });

        it("is nothing if Azure gives it no end", async () => {
            azure.control.inject({ on: "registries.generateCredentials" }, untold("expiry"));
            expect(await faultOf(made())).to.equal(
                `${foundation.token.id}: Azure made password1 without an end; run \`pulumi up\` again`,
            );
        });

        it("is nothing if the registry never accepts the password", async () => {
            await made();
            await made();
            azure.resourceManager.replicationDelay = 3_600_000;
            resource = await at(() => azure.clock.now(), 1);
            expect(await faultOf(made()))
                .to.include(foundation.token.id)
                .and.include("it refuses the password");
        });
    });

    for (const lacking of ["server", "tokenCreatedAt"] as const) {
        it(`is refused with the remedy that works where azure-native has recorded no ${lacking}`, async () => {
            const rest = Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== lacking));
            const reasons = await resource.check?.({}, rest as unknown as Inputs, context);
            expect(reasons).to.have.lengthOf(1);
            expect(reasons?.[0]).to.match(/could not read it.*; run `pulumi up --refresh`/);
        });
    }

    it("has nothing against what a preview doesn't know yet", async () => {
        const news = { ...inputs, server: unknownValue, tokenCreatedAt: unknownValue };
        expect(await resource.check?.({}, news, context)).to.deep.equal([]);
    });

    describe("while it is valid", () => {
        it("does not change, without a word to Azure Resource Manager or Entra", async () => {
            const state = await made();
            azure.control.forgetCalls();
            azure.clock.advance({ days: 59 });

            expect(await changes(state)).to.equal(false);
            expect(new Set(azure.control.calls.map(({ operation }) => operation))).to.deep.equal(
                new Set(["registry.data", "registry.token"]),
            );
        });

        it("does not change for another life, which is the next one's", async () => {
            expect(await changes(await made(), { lifetimeDays: 100 })).to.equal(false);
        });

        it("asks Azure when the registry can't be reached", async () => {
            const state = await made();
            const unreachable = { ...state, server: "localhost:1" };
            expect(await changes(unreachable, { server: "localhost:1" })).to.equal(false);
            token().patch({ properties: { credentials: { passwords: [] } } });
            expect(await changes(unreachable, { server: "localhost:1" })).to.equal(true);
        });

        it("is to be made again when the registry can't be reached, and the token has gone", async () => {
            const state = { ...(await made()), server: "localhost:1" };
            azure.control.inject({ on: "tokens.get" }, missing());
            expect(await changes(state, { server: "localhost:1" })).to.equal(true);
        });

        it("takes over other settings to sign in with, and stays as it is", async () => {
            const state = await made();
            const settings = { environment: "public" };
            expect(await changes(state, { settings })).to.equal(true);
            expect(await updated(state, { ...inputs, settings })).to.deep.equal({ ...state, settings });
        });

        it("is the same to a refresh", async () => {
            const state = await made();
            expect(await resource.read?.(state, context)).to.deep.equal(state);
        });
    });

    describe("within the renewal window", () => {
        it("is followed by one in the other slot, and goes on until its end", async () => {
            const first = await made();
            azure.clock.advance({ days: 61 });
            expect(await changes(first)).to.equal(true);
            const second = await updated(first);

            expect(second.slot).to.equal("password2");
            expect(await works(first)).to.equal(true);
            expect(await works(second)).to.equal(true);
            expect(await changes(second)).to.equal(false);
            azure.clock.advance({ days: 30 });
            expect(await works(first)).to.equal(false);
            expect(await works(second)).to.equal(true);
        });

        it("is to be followed where Azure knows no such token any more, and the registry still does", async () => {
            const state = await made();
            azure.clock.advance({ days: 61 });
            azure.control.inject({ on: "tokens.get" }, missing());
            expect(await changes(state)).to.equal(true);
        });

        it("never loses the password that is published, time after time", async () => {
            let live = await made();
            for (const slot of ["password2", "password1", "password2"]) {
                azure.clock.advance({ days: 61 });
                const next = await updated(live);
                expect(next.slot).to.equal(slot);
                expect(await works(live)).to.equal(true);
                live = next;
            }
            for (const { body } of calls("registries.generateCredentials")) {
                expect(body).to.have.property("name");
            }
        });

        it("loses only the other slot when its new password was never saved", async () => {
            const live = await made();
            azure.clock.advance({ days: 61 });
            const lost = await updated(live);
            const next = await updated(live);

            expect(next.slot).to.equal(lost.slot);
            expect(await works(live)).to.equal(true);
            expect(await works(next)).to.equal(true);
        });

        it("waits for the end of the one before, where another life has made it due too early", async () => {
            const first = await made();
            azure.clock.advance({ days: 61 });
            const second = await updated(first);
            const longer = { ...inputs, lifetimeDays: 365, renewDays: 180 };
            azure.clock.advance({ days: 1 });
            expect(await changes(second, longer)).to.equal(false);
            expect(await updated(second, longer)).to.include({ slot: "password2" });
            expect(await works(first)).to.equal(true);

            azure.clock.advance({ days: 29 });
            expect(await changes(second, longer)).to.equal(true);
            expect(await updated(second, longer)).to.include({ slot: "password1" });
            expect(await works(second)).to.equal(true);
        });

        it("keeps what works even when Azure lists nothing of it", async () => {
            const live = await made();
            azure.clock.advance({ days: 61 });
            const next = await updated({ ...live, createdAt: "2000-01-01T00:00:00Z" });
            expect(next.slot).to.equal("password2");
            expect(await works(live)).to.equal(true);
        });
    });

    describe("when it has vanished", () => {
        for (const [title, vanish] of [
            [
                "wiped by a PUT",
                (current) => {
                    current.put({ properties: { scopeMapId: current.scopeMapId } });
                },
            ],
            [
                "deleted by hand",
                (current) => {
                    current.patch({ properties: { credentials: { passwords: [] } } });
                },
            ],
            [
                "expired",
                () => {
                    azure.clock.advance({ days: 91 });
                },
            ],
        ] satisfies [string, (current: ReturnType<typeof token>) => void][]) {
            it(`is issued again: ${title}`, async () => {
                // The program's own clock does not know.
                const start = azure.clock.now();
                resource = await at(() => start);
                const state = await made();
                vanish(token());

                expect(await changes(state)).to.equal(true);
                expect(await resource.read?.(state, context)).to.deep.equal({
                    ...state,
                    drift: "does not work any more",
                });
                resource = await at(() => azure.clock.now());
                const next = await updated(state);
                expect(await works(next)).to.equal(true);
                expect(await changes(next)).to.equal(false);
            });
        }

        it("comes back in its own slot if the other's password is still valid", async () => {
            const first = await made();
            azure.clock.advance({ days: 61 });
            const second = await updated(first);
            token().patch({ properties: { credentials: { passwords: [{ name: "password1" }] } } });

            expect((await updated(second)).slot).to.equal("password2");
            expect(await works(first)).to.equal(true);
        });

        for (const [title, vanish] of [
            [
                "somebody has regenerated it",
                () => {
                    token().generate("password2", undefined, 0);
                    return Promise.resolve();
                },
            ],
            [
                "it was deleted, and the one in its place never saved",
                async (second) => {
                    token().patch({ properties: { credentials: { passwords: [{ name: "password1" }] } } });
                    await updated(second);
                },
            ],
        ] satisfies [string, (second: State) => Promise<void>][]) {
            it(`is issued again in its slot, and not in that of the one before: ${title}`, async () => {
                const first = await made();
                azure.clock.advance({ days: 61 });
                const second = await updated(first);
                azure.clock.advance({ seconds: 2 });
                await vanish(second);
                expect(await changes(second)).to.equal(true);

                const refreshed = (await resource.read?.(second, context)) ?? second;
                const third = await updated(refreshed);
                expect(third).to.include({ slot: "password2", drift: "" });
                expect([await works(first), await works(third)]).to.deep.equal([true, true]);
            });
        }

        it("is issued again for a token that was made anew, though the registry goes on for a moment", async () => {
            const state = await made();
            token().patch({ properties: { credentials: { passwords: [] } } });
            const news = { ...inputs, tokenCreatedAt: new Date().toISOString() };
            const goesOn = { status: 200, body: { access_token: "of the password that is gone" } };
            azure.control.inject({ on: "registry.token", times: 2 }, () => Promise.resolve(goesOn));
            azure.control.forgetCalls();

            expect(await changes(state, news)).to.equal(true);
            const next = await updated(state, news);
            expect(next.password).not.to.equal(state.password);
            expect(await works(next)).to.equal(true);
        });
    });

    describe("of another token", () => {
        it("is another password", async () => {
            const state = await made();
            const other = `${foundation.token.id}s`;
            expect(await resource.diff(state, { ...inputs, tokenId: other }, context)).to.deep.equal({
                changes: true,
                replaces: ["tokenId"],
            });
        });

        it("is not told by the case of an id", async () => {
            const tokenId = foundation.token.id.replace("resourceGroups", "resourcegroups");
            expect(await changes(await made(), { tokenId })).to.equal(false);
        });

        it("is to be seen when the token is there", async () => {
            const state = await made();
            const diff = await resource.diff(state, { ...inputs, tokenId: unknownValue }, context);
            expect(diff).to.deep.equal({ changes: true });
        });
    });

    describe("when it is deleted", () => {
        it("is removed from its slot, and no other password", async () => {
            const state = await made();
            const other = await made();
            await resource.delete?.(state, context);
            expect([await works(state), await works(other)]).to.deep.equal([false, true]);
        });

        it("has nothing to do when the token is gone", async () => {
            const state = await made();
            azure.control.inject({ on: "tokens.patch" }, missing());
            await resource.delete?.(state, context);
            expect(calls("tokens.patch")).to.have.length(1);
            azure.control.inject({ on: "tokens.get" }, missing());
            await resource.delete?.(state, context);
            expect(calls("tokens.patch")).to.have.length(1);
        });
    });

    describe("when Azure is not at its best", () => {
        for (const [title, operation, fault] of [
            ["throttles", "registries.generateCredentials", throttled(1)],
            ["is busy with another operation", "registries.generateCredentials", conflict()],
            ["fails", "registries.generateCredentials", serverError()],
            ["loses the request", "registries.generateCredentials", lostRequest()],
            ["loses the answer", "registries.generateCredentials", lostAnswer()],
            ["does not see the new token yet", "tokens.get", missing()],
            ["does not know the new token yet", "registries.generateCredentials", missing()],
        ] satisfies [string, Operation, ReturnType<typeof missing>][]) {
            it(`still makes a password that works: ${title}`, async () => {
                azure.control.inject({ on: operation }, fault);
                const state = await made();
                expect(await works(state)).to.equal(true);
                expect(calls(operation)).to.have.length.at.least(2);
            });
        }

        it("polls what takes its time", async () => {
            azure.control.inject({ on: "registries.generateCredentials" }, azure.operations.accepted(3));
            expect(await works(await made())).to.equal(true);
            expect(calls("operationStatuses.get")).to.have.length(4);
        });

        for (const [title, fault, reason] of [
            [
                "a role is missing",
                forbidden(),
                "the deploying identity may not do this; give it the roles of docs/azure.md",
            ],
            [
                "a policy forbids tokens",
                deniedByPolicy("Container registries should have repository scoped access token disabled"),
                "a policy of the organisation forbids it",
            ],
        ] as const) {
            it(`says what to do when ${title}, and whose id it is`, async () => {
                azure.control.inject({ on: "registries.generateCredentials" }, fault);
                expect(await faultOf(made()))
                    .to.include(foundation.token.id)
                    .and.include(reason);
            });
        }

        it("takes no slot of a token that is disabled, and says so", async () => {
            const state = await made();
            token().patch({ properties: { status: "disabled" } });
            azure.control.forgetCalls();
            expect(await faultOf(updated(state)))
                .to.include(`${foundation.token.id}: the token is disabled`)
                .and.include("az acr token update --status enabled");
            expect(calls("registries.generateCredentials")).to.deep.equal([]);
            token().patch({ properties: { status: "enabled" } });
            expect(await works(state)).to.equal(true);
        });

        it("says that nobody could sign in, and how it was tried", async () => {
            const { ARM_CLIENT_SECRET: secret = "", ...environment } = await azure.environment();
            resource = tokenPasswordIn({
                now: () => azure.clock.now(),
                environment: { ...environment, ARM_CLIENT_SECRET: `${secret}x` },
                proofSeconds: 1,
            });
            expect(await faultOf(made()))
                .to.include("can't sign in to Azure with client secret")
                .and.not.to.include(secret);
        });

        it("stops when the user interrupts", async () => {
            azure.control.inject({ on: "registries.generateCredentials" }, azure.operations.endless());
            const interrupted = new AbortController();
            const work = faultOf(resource.create(inputs, contextIn("/", [], interrupted.signal)));
            setTimeout(() => {
                interrupted.abort();
            }, 1500);
            expect(await work).to.equal(`${foundation.token.id}: interrupted`);
        });
    });

    it("never tells a secret in a failure", async () => {
        const texts: string[] = [];
        for (const fault of [forbidden(), serverError(), conflict()]) {
            azure.control.inject({ on: "registries.generateCredentials", times: 1 }, fault);
            texts.push(await faultOf(made()));
        }
        for (const secret of azure.secrets.all) {
            for (const text of texts) expect(text).not.to.include(secret);
        }
    });
});
