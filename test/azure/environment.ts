import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Certificates } from "./certificates.ts";
import type { AzureCli } from "./entra/azureCli.ts";
import type { Federation } from "./entra/federation.ts";
import type { Identity } from "./entra/identity.ts";
import type { ManagedIdentity } from "./entra/managedIdentity.ts";

/** How the program under test signs in. */
export type SignIn =
    | "clientSecret"
    | "clientCertificate"
    | "oidcToken"
    | "oidcTokenFile"
    | "oidcRequest"
    | "managedIdentity"
    | "azureCli";

export interface Settings {
    readonly host: string;
    readonly directory: string;
    readonly certificates: Certificates;
    readonly identity: Identity;
    readonly federation: Federation;
    readonly managedIdentity: ManagedIdentity;
    readonly azureCli: AzureCli;
}

/** The documented settings that lead azure-native, and whoever follows it, to this cloud and into it. */
export async function environmentFor(signIn: SignIn, settings: Settings): Promise<Record<string, string>> {
    const { host, certificates, identity } = settings;
    return {
        ARM_METADATA_HOSTNAME: host,
        ARM_DISABLE_INSTANCE_DISCOVERY: "true",
        ARM_TENANT_ID: identity.tenantId,
        ARM_SUBSCRIPTION_ID: identity.subscriptionId,
        NODE_EXTRA_CA_CERTS: certificates.authorityFile,
        SSL_CERT_FILE: certificates.bundleFile,
        ...(await proof(signIn, settings)),
    };
}

async function proof(signIn: SignIn, settings: Settings): Promise<Record<string, string>> {
    const { host, directory, identity, federation, managedIdentity, azureCli } = settings;
    const client = { ARM_CLIENT_ID: identity.clientId };
    switch (signIn) {
        case "clientSecret":
            return { ...client, ARM_CLIENT_SECRET: identity.clientSecret };
        case "clientCertificate":
            return { ...client, ARM_CLIENT_CERTIFICATE_PATH: await identity.issueCertificate(directory) };
        case "oidcToken":
            return { ...client, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN: await federation.token() };
        case "oidcTokenFile": {
            const file = join(directory, "oidc-token");
            await writeFile(file, await federation.token(), { mode: 0o600 });
            return { ...client, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN_FILE_PATH: file };
        }
        case "oidcRequest":
            return {
                ...client,
                ARM_USE_OIDC: "true",
                ACTIONS_ID_TOKEN_REQUEST_URL: `https://${host}/federation/token?api-version=2.0`,
                ACTIONS_ID_TOKEN_REQUEST_TOKEN: federation.requestToken,
            };
        case "managedIdentity":
            return {
                ...client,
                ARM_USE_MSI: "true",
                IDENTITY_ENDPOINT: `https://${host}/managed-identity/token`,
                IDENTITY_HEADER: managedIdentity.header,
            };
        case "azureCli":
            return {
                PATH: [join(import.meta.dirname, "azureCli"), process.env["PATH"] ?? ""].join(delimiter),
                FAKE_AZURE_CLI_URL: `https://${host}/azure-cli`,
                FAKE_AZURE_CLI_KEY: azureCli.key,
            };
    }
}
