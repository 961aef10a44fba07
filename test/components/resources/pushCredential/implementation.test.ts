import { expect } from "chai";
import { decodeJwt } from "jose";
import { pushCredentialIn } from "../../../../components/resources/pushCredential/implementation.ts";
import { unknownValue } from "../../../../components/resources/resource.ts";
import { startFakeAzure, type FakeAzure } from "../../../azure/azure.ts";
import { clientsOf, createFoundation } from "../../../azure/clients.ts";
import { serverError, throttled } from "../../../azure/faults.ts";
import { contextIn } from "../../../support/context.ts";

type Resource = ReturnType<typeof pushCredentialIn>;
type Inputs = Parameters<Resource["create"]>[0];
type State = Parameters<Resource["diff"]>[0];

const hour = 3_600_000;

function push(changes: Partial<Inputs["images"][number]> = {}): Inputs["images"][number] {
    return {
        repository: "foundation",
        tag: "content-1",
        content: "content-1",
        recordedDigest: "",
        ...changes,
    };
}

describe("PushCredential", function () {
    this.timeout(30_000);
    const context = contextIn("/");
    let azure: FakeAzure;
    let inputs: Inputs;

    beforeEach(async () => {
        azure = await startFakeAzure();
        const clients = clientsOf(azure);
        const { registry, token } = await createFoundation(clients);
        const password = azure.resourceManager.token(token.id).generate("password1", undefined, 0).value;
        inputs = {
            server: registry.loginServer,
            images: [push()],
            channel: "latest",
            build: ["buildx"],
            pullUsername: "developers",
            pullPassword: password,
            settings: {},
        };
        azure.control.forgetCalls();
    });

    afterEach(async () => {
        await azure.stop();
    });

    async function after(hours: number): Promise<Resource> {
        return pushCredentialIn(() => new Date(Date.now() + hours * hour), await azure.environment());
    }

    /** The resource when the credential has so many minutes left. */
    async function before(state: State, minutes: number): Promise<Resource> {
        const now = new Date(Date.parse(state.expiresAt) - minutes * 60_000);
        return pushCredentialIn(() => now, await azure.environment());
    }

    async function made(): Promise<State> {
        return (await (await after(0)).create(inputs, context)).state;
    }

    async function changes(state: State, hours: number, news: Partial<Inputs> = {}): Promise<boolean> {
        return (await (await after(hours)).diff(state, { ...inputs, ...news }, context)).changes;
    }

    /** What the registry says of the manifests of the tag and the channel, once it knows who asks. */
    function published(...digests: readonly string[]): void {
        for (const [index, name] of ["content-1", "latest"].entries()) {
            const digest = digests[index];
            azure.control.inject(
                { on: "registry.data", path: `/v2/foundation/manifests/${name}`, times: 9, after: 1 },
                () =>
                    Promise.resolve(
                        digest === undefined
                            ? { status: 404 }
                            : { status: 200, headers: { "docker-content-digest": digest } },
                    ),
            );
        }
    }

    it("is the registry's own, for the user that goes with it, until it says it ends", async () => {
        const state = await made();
        const claims = decodeJwt(state.password);

        expect(state.username).to.equal("00000000-0000-0000-0000-000000000000");
        expect(claims).to.include({ aud: inputs.server, grant_type: "refresh_token" });
        expect(Date.parse(state.expiresAt) / 1000).to.equal(claims.exp);
    });

    it("is got with a token for registries, never with one for Azure Resource Manager", async () => {
        await made();
        expect(azure.control.callsOf("entra.token").map(({ body }) => body)).to.deep.equal([
            {
                scope: "https://containerregistry.azure.net/.default",
                client: azure.identity.clientId,
            },
        ]);
    });

    it("survives a registry whose name isn't known everywhere yet", async () => {
        azure.control.inject({ on: "registry.exchange", times: 2 }, serverError());
        expect((await made()).password).not.to.equal("");
    });

    it("survives a registry that has had too many requests for now", async () => {
        azure.control.inject({ on: "registry.exchange" }, throttled(1));
        expect((await made()).password).not.to.equal("");
    });

    it("says what is missing when the registry refuses", async () => {
        azure.control.inject({ on: "registry.exchange" }, () => Promise.resolve({ status: 401 }));
        const message = await made().then(
            () => "nothing was refused",
            (error: unknown) => (error as Error).message,
        );
        expect(message).to.include(inputs.server).and.include("/oauth2/exchange answers 401");
        expect(message).to.include("AcrPush");
        for (const secret of azure.secrets.all) expect(message).not.to.include(secret);
    });

    describe("for the push that it was made for", () => {
        it("stays, without a question, as long as it is good: a push that failed can be tried again", async () => {
            const state = await made();
            azure.control.forgetCalls();
            expect(await changes(state, 2)).to.equal(false);
            expect(azure.control.calls).to.deep.equal([]);
        });

        it("has to be good for more than half an hour, which a large image takes", async () => {
            const state = await made();
            const remade: boolean[] = [];
            for (const minutes of [31, 30, 29, -1]) {
                const { changes: again } = await (await before(state, minutes)).diff(state, inputs, context);
                remade.push(again);
            }
            expect(remade).to.deep.equal([false, true, true, true]);
        });

        it("asks nobody what arrived once the user has interrupted", async () => {
            const state = await made();
            azure.control.forgetCalls();
            const interrupted = contextIn("/", [], AbortSignal.abort());
            expect(await (await after(4)).diff(state, inputs, interrupted)).to.deep.equal({ changes: true });
            expect(azure.control.calls).to.deep.equal([]);
        });

        it("stays when it has ended since, but the push arrived", async () => {
            const state = await made();
            published("sha256:1", "sha256:1");
            expect(await changes(state, 4, { images: [push({ recordedDigest: "sha256:1" })] })).to.equal(
                false,
            );
            expect(azure.control.callsOf("registry.exchange")).to.have.length(1);
        });

        for (const [title, recordedDigest] of [
            ["nothing of the push", ""],
            ["only the one before", "sha256:0"],
        ] as const) {
            it(`is made again when it has ended and the push arrived, but the state knows ${title}`, async () => {
                const state = await made();
                published("sha256:1", "sha256:1");
                expect(await changes(state, 4, { images: [push({ recordedDigest })] })).to.equal(true);
            });
        }

        it("is made again when it has ended before anything arrived", async () => {
            const state = await made();
            published();
            expect(await changes(state, 4)).to.equal(true);
        });

        it("is made again when it has ended between one image and another", async () => {
            const images = [
                push({ recordedDigest: "sha256:1" }),
                push({ repository: "java", recordedDigest: "sha256:2" }),
            ];
            const state = await (await after(0)).create({ ...inputs, images }, context);
            published("sha256:1", "sha256:1");
            expect(await changes(state.state, 4, { images })).to.equal(true);
        });

        it("is made again when it has ended between the tag and the channel", async () => {
            const state = await made();
            published("sha256:2", "sha256:1");
            expect(await changes(state, 4, { images: [push({ recordedDigest: "sha256:2" })] })).to.equal(
                true,
            );
        });

        it("is made again when nobody can say what arrived", async () => {
            const state = await made();
            const news = { pullPassword: "wrong", images: [push({ recordedDigest: "sha256:1" })] };
            expect(await changes(state, 4, news)).to.equal(true);
        });

        for (const name of ["pullUsername", "pullPassword"] as const) {
            it(`stays in a preview that doesn't know the ${name} yet`, async () => {
                expect(await changes(await made(), 4, { [name]: unknownValue })).to.equal(false);
            });
        }
    });

    describe("for another push", () => {
        for (const [title, news] of [
            ["tag", { images: [push({ tag: "content-2" })] }],
            ["content under a tag fixed by hand", { images: [push({ content: "content-2" })] }],
            ["image", { images: [push(), push({ repository: "java" })] }],
            ["channel", { channel: "stable" }],
            ["build", { build: ["docker"] }],
            ["repository", { images: [push({ repository: "base" })] }],
            ["registry", { server: "other.azurecr.io" }],
            ["registry that is still to be made", { server: unknownValue }],
        ] satisfies [string, Partial<Inputs>][]) {
            it(`is another: a new ${title}`, async () => {
                expect(await changes(await made(), 0, news)).to.equal(true);
            });
        }
    });

    it("is made again, once, for a state of the version before, which knew one image alone", async () => {
        const before = { ...(await made()), images: undefined } as unknown as State;
        expect(await changes(before, 0)).to.equal(true);
    });

    it("does not change with the pull password or the settings", async () => {
        const state = await made();
        expect(
            await changes(state, 0, { pullPassword: "next", settings: { environment: "public" } }),
        ).to.equal(false);
    });
});
