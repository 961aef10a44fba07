import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { expect } from "chai";
import { decodeJwt } from "jose";
import { findCloud } from "../../../components/azure/cloud.ts";
import { credentialOf, methodOf } from "../../../components/azure/credential.ts";
import { readSettings, type Settings } from "../../../components/azure/settings.ts";
import { startFakeAzure, type FakeAzure } from "../../azure/azure.ts";
import type { SignIn } from "../../azure/environment.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { withEnvironment } from "../../toolchain/support.ts";

const signal = new AbortController().signal;
const registryScope = "https://containerregistry.azure.net/.default";

describe("the settings of azure-native", () => {
    it("come from the stack's configuration before the environment", () => {
        const environment = { ARM_CLIENT_ID: "theirs", ARM_TENANT_ID: "tenant", ARM_CLIENT_SECRET: "" };
        expect(readSettings({ clientId: "ours", partnerId: "passed over" }, environment)).to.deep.equal({
            clientId: "ours",
            tenantId: "tenant",
        });
    });

    it("have two variables for the cloud", () => {
        const both = { ARM_ENVIRONMENT: "china", AZURE_ENVIRONMENT: "public" };
        expect(readSettings({}, both).environment).to.equal("china");
        expect(readSettings({}, { AZURE_ENVIRONMENT: "public" }).environment).to.equal("public");
    });
});

describe("the way to sign in", () => {
    // Everything at once; what is tried first is taken away each time.
    const all: Settings = {
        useDefaultAzureCredential: "true",
        clientCertificatePath: "client.pem",
        clientSecret: "secret",
        useOidc: "true",
        useMsi: "true",
    };
    const order = [
        ["default credential", "useDefaultAzureCredential"],
        ["client certificate", "clientCertificatePath"],
        ["client secret", "clientSecret"],
        ["OIDC", "useOidc"],
        ["managed identity", "useMsi"],
        ["Azure CLI", undefined],
    ] as const;

    it("is the first that is configured, in azure-native's order", () => {
        let settings: Settings = all;
        for (const [method, setting] of order) {
            expect(methodOf(settings)).to.equal(method);
            settings = Object.fromEntries(Object.entries(settings).filter(([name]) => name !== setting));
        }
    });

    it("is not one that is switched off", () => {
        expect(methodOf({ useOidc: "false", useMsi: "false" })).to.equal("Azure CLI");
    });

    for (const [title, settings, reason] of [
        [
            "a secret without a tenant",
            { clientSecret: "x", clientId: "id" },
            "with client secret: ARM_TENANT_ID (or azure-native:tenantId) is not set",
        ],
        [
            "a certificate without a client",
            { clientCertificatePath: "x", tenantId: "id" },
            "with client certificate: ARM_CLIENT_ID",
        ],
        [
            "a certificate that isn't there",
            { clientCertificatePath: "/nowhere.pem", tenantId: "t", clientId: "c" },
            "/nowhere.pem (ARM_CLIENT_CERTIFICATE_PATH",
        ],
        [
            "OIDC without any source of tokens",
            { useOidc: "true", tenantId: "t", clientId: "c" },
            "id-token: write",
        ],
        [
            "further tenants that aren't a list",
            { clientSecret: "x", auxiliaryTenantIds: "acme" },
            'must be a JSON list of tenants, found "acme"',
        ],
    ] satisfies [string, Settings, string][]) {
        it(`refuses ${title}`, async () => {
            const cloud = await findCloud({}, false, signal);
            const message = await credentialOf(settings, cloud).then(
                () => "nothing was refused",
                (error: unknown) => (error as Error).message,
            );
            expect(message).to.include(reason);
        });
    }
});

describe("the cloud", () => {
    for (const [name, authority, resourceManager] of [
        ["public", "https://login.microsoftonline.com", "https://management.azure.com"],
        ["usgovernment", "https://login.microsoftonline.us", "https://management.usgovcloudapi.net"],
        [
            "AzureUSGovernmentCloud",
            "https://login.microsoftonline.us",
            "https://management.usgovcloudapi.net",
        ],
        ["china", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
        ["AzureChinaCloud", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
    ] as const) {
        it(`is found by the name ${name}`, async () => {
            const cloud = { authority, resourceManager, audience: resourceManager };
            expect(await findCloud({ environment: name }, true, signal)).to.deep.equal(cloud);
        });
    }

    it("is the public one when nothing is said", async () => {
        expect((await findCloud({}, false, signal)).authority).to.equal("https://login.microsoftonline.com");
    });

    it("says so when a metadata host describes none", async () => {
        const message = await findCloud({ metadataHost: "localhost:1" }, false, signal).then(
            () => "nothing was refused",
            (error: unknown) => (error as Error).message,
        );
        expect(message).to.equal(
            "https://localhost:1 does not describe an Azure (metadataHost, ARM_METADATA_HOSTNAME): expected /metadata/endpoints to name its login endpoint, Resource Manager and audience, found no answer",
        );
    });
});

describe("signing in", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    let azure: FakeAzure;

    before(async () => {
        azure = await startFakeAzure();
    });

    after(async () => {
        await azure.stop();
    });

    /** The claims of the token that is got with this environment. */
    async function claimsWith(environment: Record<string, string>, scope = registryScope) {
        // Managed identities and the CLI are found in the environment of the process itself.
        for (const [name, value] of Object.entries(environment)) setEnvironment(name, value);
        const settings = readSettings({}, process.env);
        const cloud = await findCloud(settings, methodOf(settings) === "Azure CLI", signal);
        const token = await (await credentialOf(settings, cloud)).getToken(scope);
        return decodeJwt(token?.token ?? "");
    }

    for (const [signIn, method] of [
        ["clientSecret", "client secret"],
        ["clientCertificate", "client certificate"],
        ["oidcToken", "OIDC"],
        ["oidcTokenFile", "OIDC"],
        ["oidcRequest", "OIDC"],
        ["managedIdentity", "managed identity"],
        ["azureCli", "Azure CLI"],
    ] satisfies [SignIn, string][]) {
        it(`works with ${method} (${signIn})`, async () => {
            const environment = await azure.environment(signIn);
            expect(methodOf(readSettings({}, environment))).to.equal(method);
            expect(await claimsWith(environment)).to.include({
                aud: "https://containerregistry.azure.net",
                tid: azure.identity.tenantId,
            });
        });
    }

    it("takes the managed identity of several that is named", async () => {
        const client = randomUUID();
        await claimsWith({ ...(await azure.environment("managedIdentity")), ARM_CLIENT_ID: client });
        expect(azure.control.callsOf("entra.managedIdentity").at(-1)?.body).to.deep.equal({ client });
    });

    it("works with the default credential", async () => {
        const { ARM_CLIENT_SECRET: secret = "", ...environment } = await azure.environment("clientSecret");
        const claims = await claimsWith({
            ...environment,
            ARM_USE_DEFAULT_AZURE_CREDENTIAL: "true",
            AZURE_TENANT_ID: azure.identity.tenantId,
            AZURE_CLIENT_ID: azure.identity.clientId,
            AZURE_CLIENT_SECRET: secret,
        });
        expect(claims).to.include({ tid: azure.identity.tenantId });
    });

    it("works with a certificate in PKCS #12, with a password", async () => {
        const environment = await azure.environment("clientCertificate");
        const file = path.join(folder(), "client.pfx");
        const pem = environment["ARM_CLIENT_CERTIFICATE_PATH"] ?? "";
        execFileSync("openssl", ["pkcs12", "-export", "-in", pem, "-out", file, "-passout", "pass:hunter2"]);
        const pkcs12 = { ...environment, ARM_CLIENT_CERTIFICATE_PATH: file };

        expect(await claimsWith({ ...pkcs12, ARM_CLIENT_CERTIFICATE_PASSWORD: "hunter2" })).to.include({
            tid: azure.identity.tenantId,
        });
        const message = await claimsWith({ ...pkcs12, ARM_CLIENT_CERTIFICATE_PASSWORD: "hunter3" }).then(
            () => "nothing was refused",
            (error: unknown) => (error as Error).message,
        );
        expect(message).to.include(`openssl does not open ${file}`).and.not.to.include("hunter3");
    });

    it("asks a CI system for a new assertion each time, since one lives for minutes only", async () => {
        const environment = await azure.environment("oidcRequest");
        await claimsWith(environment);
        azure.control.forgetCalls();
        await claimsWith(environment, `${azure.origin}/.default`);
        expect(azure.control.callsOf("entra.assertion")).not.to.be.empty;
    });
});
