import type { Registry, Token } from "@azure/arm-containerregistry";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { ClientSecretCredential } from "@azure/identity";
import { expect } from "chai";
import type { FakeAzure } from "./azure.ts";

export const resourceGroupName = "rg-foundation";
export const registryName = "acmefoundation";

/** What the official clients are made of. */
export interface Clients {
    readonly credential: ClientSecretCredential;
    readonly registries: ContainerRegistryManagementClient;
    /** A request of Azure Resource Manager that the clients have no method for. */
    readonly send: (
        method: string,
        path: string,
        body?: unknown,
    ) => Promise<{ status: number; body: unknown }>;
}

/** For operations that poll. */
export const soon = { updateIntervalInMs: 5 };

/** The official clients, signed in to the fake, with nothing of theirs replaced but the waits between retries. */
export function clientsOf(azure: FakeAzure): Clients {
    const { tenantId, clientId, clientSecret, subscriptionId } = azure.identity;
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
        authorityHost: azure.origin,
        disableInstanceDiscovery: true,
    });
    const registries = new ContainerRegistryManagementClient(credential, subscriptionId, {
        endpoint: azure.origin,
        retryOptions: { retryDelayInMs: 1, maxRetryDelayInMs: 5 },
    });
    return {
        credential,
        registries,
        async send(method, path, body) {
            const { token } = await credential.getToken(`${azure.origin}/.default`);
            const response = await fetch(`${azure.origin}/subscriptions/${subscriptionId}${path}`, {
                method,
                headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
                ...(body !== undefined && { body: JSON.stringify(body) }),
            });
            const text = await response.text();
            return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
        },
    };
}

export interface Foundation {
    readonly registry: Registry & { id: string; loginServer: string };
    readonly token: Token & { id: string };
}

/** A registry with a token that may pull the foundation, as the program would make them. */
export async function createFoundation({ registries, send }: Clients): Promise<Foundation> {
    await send("PUT", `/resourceGroups/${resourceGroupName}?api-version=2024-03-01`, {
        location: "westeurope",
    });
    const registry = await registries.registries.create(resourceGroupName, registryName, {
        location: "westeurope",
        sku: { name: "Standard" },
        policies: { azureADAuthenticationAsArmPolicy: { status: "disabled" } },
    });
    const scopeMap = await registries.scopeMaps.create(resourceGroupName, registryName, "pull-foundation", {
        actions: ["repositories/foundation/content/read", "repositories/foundation/metadata/read"],
    });
    const token = await registries.tokens.create(resourceGroupName, registryName, "developers", {
        scopeMapId: required(scopeMap.id),
        status: "enabled",
    });
    return {
        registry: { ...registry, id: required(registry.id), loginServer: required(registry.loginServer) },
        token: { ...token, id: required(token.id) },
    };
}

/** The status and the code that Azure refuses with. */
export async function refusalOf(work: PromiseLike<unknown>): Promise<string> {
    try {
        await work;
    } catch (error) {
        expect(error).to.have.property("statusCode");
        const { statusCode, code } = error as { statusCode: number; code?: string };
        return `${statusCode} ${code ?? ""}`;
    }
    throw new Error("expected a refusal");
}

export function required<T>(value: T | undefined): T {
    if (value === undefined) throw new Error("expected a value");
    return value;
}
