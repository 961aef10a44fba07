import { readFile } from "node:fs/promises";
import {
    AzureCliCredential,
    ClientAssertionCredential,
    ClientCertificateCredential,
    ClientSecretCredential,
} from "@azure/identity";
import type { TokenCredential } from "@azure/identity";
import { expect } from "chai";
import { decodeJwt } from "jose";
import type { FakeAzure } from "../azure.ts";
import { startFakeAzure } from "../azure.ts";
import { required } from "../clients.ts";
import type { SignIn } from "../environment.ts";
import { withEnvironment } from "../../toolchain/support.ts";

const registryScope = "https://containerregistry.azure.net/.default";

describe("the fake Microsoft Entra", () => {
    let azure: FakeAzure;
    const setEnvironment = withEnvironment();

    before(async () => {
        azure = await startFakeAzure();
    });

    after(async () => {
        await azure.stop();
    });

    function authority() {
        return { authorityHost: azure.origin, disableInstanceDiscovery: true };
    }

    function withSecret(secret: string): ClientSecretCredential {
        return new ClientSecretCredential(
            azure.identity.tenantId,
            azure.identity.clientId,
            secret,
            authority(),
        );
    }

    function withAssertion(assertion: () => Promise<string>): ClientAssertionCredential {
        return new ClientAssertionCredential(
            azure.identity.tenantId,
            azure.identity.clientId,
            assertion,
            authority(),
        );
    }

    async function errorOf(work: Promise<unknown>): Promise<string> {
        return work.then(
            () => "no error",
            (error: unknown) => (error as Error).message,
        );
    }

    const signIns: [SignIn, (environment: Record<string, string>) => TokenCredential][] = [
        ["clientSecret", ({ ARM_CLIENT_SECRET }) => withSecret(required(ARM_CLIENT_SECRET))],
        [
            "clientCertificate",
            ({ ARM_CLIENT_CERTIFICATE_PATH }) =>
                new ClientCertificateCredential(
                    azure.identity.tenantId,
                    azure.identity.clientId,
                    required(ARM_CLIENT_CERTIFICATE_PATH),
                    authority(),
                ),
        ],
        ["oidcToken", ({ ARM_OIDC_TOKEN }) => withAssertion(() => Promise.resolve(required(ARM_OIDC_TOKEN)))],
        [
            "oidcTokenFile",
            ({ ARM_OIDC_TOKEN_FILE_PATH }) =>
                withAssertion(() => readFile(required(ARM_OIDC_TOKEN_FILE_PATH), "utf8")),
        ],
        [
            "oidcRequest",
            ({ ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN }) =>
                withAssertion(async () => {
                    const response = await fetch(
                        `${required(ACTIONS_ID_TOKEN_REQUEST_URL)}&audience=api://AzureADTokenExchange`,
                        { headers: { authorization: `Bearer ${required(ACTIONS_ID_TOKEN_REQUEST_TOKEN)}` } },
                    );
                    return ((await response.json()) as { value: string }).value;
                }),
        ],
        // Not the managed identity: its client remembers the first endpoint that a process asks, and the test of our
        // own way to sign in asks another one.
        ["azureCli", () => new AzureCliCredential()],
    ];
    for (const [signIn, credentialFrom] of signIns) {
        it(`lets the application in with ${signIn}`, async () => {
            const settings = await azure.environment(signIn);
            for (const [name, value] of Object.entries(settings)) setEnvironment(name, value);
            const { token, expiresOnTimestamp } = required(
                (await credentialFrom(settings).getToken(registryScope)) ?? undefined,
            );
            expect(decodeJwt(token)).to.include({
                aud: "https://containerregistry.azure.net",
                tid: azure.identity.tenantId,
                appid: azure.identity.clientId,
                oid: azure.identity.objectId,
            });
            expect(expiresOnTimestamp).to.be.greaterThan(Date.now() + 50 * 60_000);
        });
    }

    it("keeps everyone else out", async () => {
        expect(await errorOf(withSecret("guess").getToken(registryScope))).to.include("AADSTS7000215");
        const assertions = [
            () => azure.federation.token({ subject: "repo:acme/foundation:pull_request" }),
            () => azure.federation.token({ audience: "https://github.com/acme" }),
            () => azure.federation.token({ lifetimeSeconds: -1 }),
            () => Promise.resolve("e30.e30.e30"),
        ];
        for (const assertion of assertions) {
            expect(await errorOf(withAssertion(assertion).getToken(registryScope))).to.include(
                "AADSTS700213",
            );
        }
        const { tenantId, clientId, clientSecret } = azure.identity;
        const stranger = new ClientSecretCredential(tenantId, tenantId, clientSecret, authority());
        expect(await errorOf(stranger.getToken(registryScope))).to.include("AADSTS700016");
        const elsewhere = new ClientSecretCredential(clientId, clientId, clientSecret, authority());
        expect(await errorOf(elsewhere.getToken(registryScope))).to.not.equal("no error");
    });

    it("has tokens for the resources that it knows", async () => {
        const { clientSecret } = azure.identity;
        const audienceOf = async (scope: string) =>
            decodeJwt((await withSecret(clientSecret).getToken(scope)).token).aud;
        expect(await audienceOf("https://management.core.windows.net//.default")).to.equal(
            "https://management.core.windows.net/",
        );
        expect(await audienceOf(`${azure.origin}/.default`)).to.equal(azure.origin);
        expect(await audienceOf("https://graph.microsoft.com/.default")).to.equal(
            "https://graph.microsoft.com",
        );
        expect(await errorOf(audienceOf("https://acme.azurecr.io/.default"))).to.include("AADSTS500011");
    });
});
