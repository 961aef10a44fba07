import { execFile } from "node:child_process";
import * as fs from "node:fs";
import type { TokenCredential } from "@azure/identity";
import * as v from "valibot";
import { readDocument } from "../oci/documents.ts";
import { Problem } from "../problem.ts";
import type { Cloud } from "./cloud.ts";
import { nameOf, type SettingName, type Settings } from "./settings.ts";

/** A way to sign in. */
export type Method =
    "default credential" | "client certificate" | "client secret" | "OIDC" | "managed identity" | "Azure CLI";

/** The way that azure-native takes with these settings: the first that is configured, with no falling back. */
export function methodOf(settings: Settings): Method {
    if (settings.useDefaultAzureCredential === "true") return "default credential";
    if (settings.clientCertificatePath !== undefined) return "client certificate";
    if (settings.clientSecret !== undefined) return "client secret";
    if (settings.useOidc === "true") return "OIDC";
    if (settings.useMsi === "true") return "managed identity";
    return "Azure CLI";
}

/** Whoever these settings say, as something that gets tokens. Nothing is asked of Azure yet. */
export async function credentialOf(settings: Settings, cloud: Cloud): Promise<TokenCredential> {
    // Takes a second to load, so only where there is something to ask of Azure.
    const identity = await import("@azure/identity");
    const tenants = {
        ...(settings.tenantId !== undefined && { tenantId: settings.tenantId }),
        additionallyAllowedTenants: auxiliaryTenants(settings),
    };
    const options = {
        authorityHost: cloud.authority,
        disableInstanceDiscovery: settings.disableInstanceDiscovery === "true",
    };
    const method = methodOf(settings);
    const application = (): [tenant: string, client: string] => [
        required(settings, "tenantId", method),
        required(settings, "clientId", method),
    ];
    switch (method) {
        case "default credential":
            return new identity.DefaultAzureCredential({ ...options, ...tenants });
        case "client certificate":
            return new identity.ClientCertificateCredential(...application(), await certificate(settings), {
                ...options,
                additionallyAllowedTenants: tenants.additionallyAllowedTenants,
            });
        case "client secret":
            return new identity.ClientSecretCredential(
                ...application(),
                required(settings, "clientSecret", method),
                { ...options, additionallyAllowedTenants: tenants.additionallyAllowedTenants },
            );
        case "OIDC":
            return new identity.ClientAssertionCredential(...application(), assertionOf(settings), options);
        case "managed identity":
            return settings.clientId === undefined
                ? new identity.ManagedIdentityCredential()
                : new identity.ManagedIdentityCredential({ clientId: settings.clientId });
        case "Azure CLI":
            return new identity.AzureCliCredential({
                ...tenants,
                ...(settings.subscriptionId !== undefined && { subscription: settings.subscriptionId }),
            });
    }
}

function required(settings: Settings, name: SettingName, method: Method): string {
    const value = settings[name];
    if (value !== undefined) return value;
    throw new Problem({ wrong: `can't sign in to Azure with ${method}: ${nameOf(name)} is not set` });
}

function auxiliaryTenants({ auxiliaryTenantIds }: Settings): string[] {
    if (auxiliaryTenantIds === undefined) return [];
    const tenants = readDocument(v.array(v.string()), auxiliaryTenantIds);
    if (tenants !== undefined) return tenants;
    throw new Problem({
        wrong: `${nameOf("auxiliaryTenantIds")} must be a JSON list of tenants`,
        found: JSON.stringify(auxiliaryTenantIds),
    });
}

/** Where the assertion comes from; asked for anew with each token, since one lives for minutes only. */
function assertionOf(settings: Settings): () => Promise<string> {
    const { oidcToken, oidcTokenFilePath: file, oidcRequestUrl: url, oidcRequestToken: bearer } = settings;
    if (oidcToken !== undefined) return () => Promise.resolve(oidcToken);
    if (file !== undefined) return () => Promise.resolve(readFile(file, "oidcTokenFilePath").toString());
    if (url !== undefined && bearer !== undefined) return () => requestAssertion(settings, url, bearer);
    throw new Problem({
        wrong: "can't sign in to Azure with OIDC: no token is configured",
        remedy: `set ${nameOf("oidcToken")}, ${nameOf("oidcTokenFilePath")}, or ${nameOf("oidcRequestUrl")} with ${nameOf("oidcRequestToken")} (GitHub sets the last two for a job with the permission id-token: write)`,
    });
}

async function requestAssertion({ oidcAudience }: Settings, url: string, bearer: string): Promise<string> {
    const target = new URL(url);
    target.searchParams.set("audience", oidcAudience ?? "api://AzureADTokenExchange");
    const response = await fetch(target, {
        headers: { accept: "application/json", authorization: `Bearer ${bearer}` },
        signal: AbortSignal.timeout(30_000),
    });
    const answer = response.ok
        ? readDocument(v.object({ value: v.string() }), await response.text())
        : undefined;
    if (answer !== undefined) return answer.value;
    throw new Problem({
        wrong: `can't sign in to Azure with OIDC: ${target.host} answers ${response.status} when asked for the identity token`,
    });
}

/** PEM as it is; PKCS #12, which azure-native takes as well, by way of openssl, since Node can't open it. */
async function certificate(settings: Settings) {
    const { clientCertificatePath: file = "", clientCertificatePassword: password } = settings;
    const content = readFile(file, "clientCertificatePath");
    if (content.includes("-----BEGIN")) {
        return {
            certificate: content.toString(),
            ...(password !== undefined && { certificatePassword: password }),
        };
    }
    return { certificate: await opened(file, password ?? "") };
}

function opened(file: string, password: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const args = ["pkcs12", "-in", file, "-nodes", "-passin", "stdin"];
        const child = execFile("openssl", args, (error, stdout) => {
            if (error === null) resolve(stdout);
            else {
                reject(
                    new Problem({
                        wrong: `can't sign in to Azure with client certificate: openssl does not open ${file} (${nameOf("clientCertificatePath")}) with the password given`,
                        remedy: `install openssl, or store certificate and key as PEM`,
                    }),
                );
            }
        });
        child.stdin?.on("error", () => undefined).end(`${password}\n`);
    });
}

function readFile(file: string, setting: SettingName): Buffer {
    try {
        return fs.readFileSync(file);
    } catch {
        throw new Problem({ wrong: `can't sign in to Azure: ${file} (${nameOf(setting)}) can't be read` });
    }
}
