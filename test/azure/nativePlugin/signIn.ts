import { readFile } from "node:fs/promises";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Cloud {
    readonly loginEndpoint: string;
    readonly resourceManager: string;
    readonly resourceManagerAudience: string;
    readonly microsoftGraph: string;
}

/** Asks the metadata endpoint where everything is. */
export async function discover(environment: Environment): Promise<Cloud> {
    const host = required(environment, "ARM_METADATA_HOSTNAME");
    const origin = /^https?:\/\//.test(host) ? host : `https://${host}`;
    const response = await fetch(`${origin}/metadata/endpoints?api-version=2022-09-01`);
    const metadata = (await response.json()) as {
        authentication: { loginEndpoint: string; audiences: [string] };
        resourceManager: string;
        microsoftGraphResourceId: string;
    };
    return {
        loginEndpoint: withoutSlash(metadata.authentication.loginEndpoint),
        resourceManager: withoutSlash(metadata.resourceManager),
        resourceManagerAudience: metadata.authentication.audiences[0],
        microsoftGraph: withoutSlash(metadata.microsoftGraphResourceId),
    };
}

/** An access token for a scope, proven with the first way to sign in that is configured. */
export async function accessToken(environment: Environment, cloud: Cloud, scope: string): Promise<string> {
    const tenant = required(environment, "ARM_TENANT_ID");
    const form = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: required(environment, "ARM_CLIENT_ID"),
        scope,
        ...(await proof(environment)),
    });
    const response = await fetch(`${cloud.loginEndpoint}/${tenant}/oauth2/v2.0/token`, {
        method: "POST",
        body: form,
    });
    const answer = (await response.json()) as { access_token?: string; error_description?: string };
    if (answer.access_token === undefined)
        throw new Error(answer.error_description ?? `status ${response.status}`);
    return answer.access_token;
}

async function proof(environment: Environment): Promise<Record<string, string>> {
    const secret = environment["ARM_CLIENT_SECRET"];
    if (secret) return { client_secret: secret };
    if (environment["ARM_USE_OIDC"] !== "true") {
        throw new Error("the stand-in for azure-native signs in with ARM_CLIENT_SECRET or ARM_USE_OIDC only");
    }
    return {
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: await assertion(environment),
    };
}

async function assertion(environment: Environment): Promise<string> {
    const token = environment["ARM_OIDC_TOKEN"];
    if (token) return token;
    const file = environment["ARM_OIDC_TOKEN_FILE_PATH"];
    if (file) return readFile(file, "utf8");
    const url = new URL(required(environment, "ACTIONS_ID_TOKEN_REQUEST_URL"));
    url.searchParams.set("audience", environment["ARM_OIDC_AUDIENCE"] ?? "api://AzureADTokenExchange");
    const response = await fetch(url, {
        headers: { authorization: `Bearer ${required(environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")}` },
    });
    return ((await response.json()) as { value: string }).value;
}

export function required(environment: Environment, name: string): string {
    const value = environment[name];
    if (!value) throw new Error(`${name} must be set`);
    return value;
}

function withoutSlash(url: string): string {
    return url.replace(/\/$/, "");
}
