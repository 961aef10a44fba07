import type { Properties, Shape } from "./values.ts";
import { isObject, project } from "./values.ts";

/** What the plugin knows of a type of resource: how the SDK's flat properties become a request, and back. */
export interface ResourceType {
    readonly apiVersion: string;
    /** Parameters in braces are inputs, except for the subscription. */
    readonly path: string;
    readonly inputs: Readonly<Record<string, Shape>>;
    /** Inputs beside those of the path whose change replaces the resource. */
    readonly replaceOn: readonly string[];
}

const registryPath =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}" +
    "/providers/Microsoft.ContainerRegistry/registries/{registryName}";

const status = { status: true } as const;

const types: Readonly<Record<string, ResourceType>> = {
    "resources:ResourceGroup": {
        apiVersion: "2024-03-01",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}",
        inputs: { location: true, managedBy: true, tags: true },
        replaceOn: ["location"],
    },
    "containerregistry:Registry": {
        apiVersion: "2023-01-01-preview",
        path: registryPath,
        inputs: {
            adminUserEnabled: true,
            anonymousPullEnabled: true,
            dataEndpointEnabled: true,
            encryption: { keyVaultProperties: { identity: true, keyIdentifier: true }, status: true },
            identity: { type: true, userAssignedIdentities: true },
            location: true,
            networkRuleBypassOptions: true,
            networkRuleSet: { defaultAction: true, ipRules: true },
            policies: {
                azureADAuthenticationAsArmPolicy: status,
                exportPolicy: status,
                quarantinePolicy: status,
                retentionPolicy: { days: true, status: true },
                softDeletePolicy: { retentionDays: true, status: true },
                trustPolicy: { status: true, type: true },
            },
            publicNetworkAccess: true,
            sku: { name: true },
            tags: true,
            zoneRedundancy: true,
        },
        replaceOn: ["location"],
    },
    "containerregistry:ScopeMap": {
        apiVersion: "2024-11-01-preview",
        path: `${registryPath}/scopeMaps/{scopeMapName}`,
        inputs: { actions: true, description: true },
        replaceOn: [],
    },
    "containerregistry:Token": {
        apiVersion: "2024-11-01-preview",
        path: `${registryPath}/tokens/{tokenName}`,
        inputs: {
            credentials: {
                certificates: [{ encodedPemCertificate: true, expiry: true, name: true, thumbprint: true }],
                passwords: [{ creationTime: true, expiry: true, name: true }],
            },
            scopeMapId: true,
            status: true,
        },
        replaceOn: [],
    },
};

/** What stands beside `properties` in a request and an answer, not in it. */
const envelope = ["location", "tags", "sku", "identity", "managedBy"];

/** Undefined for a type that the stand-in does not have. `module:Type`, without the package. */
export function resourceType(token: string): ResourceType | undefined {
    return types[token];
}

export function pathParameters({ path }: ResourceType): readonly string[] {
    return [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = ""]) =>
        name === "subscriptionId" ? [] : [name],
    );
}

export function pathOf(type: ResourceType, subscriptionId: string, inputs: Properties): string {
    return type.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(String(name === "subscriptionId" ? subscriptionId : inputs[name])),
    );
}

/** The parameters of a path, from the id of a resource. */
export function parametersOf(type: ResourceType, id: string): Properties {
    const pattern = new RegExp(`^${type.path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`, "i");
    const parameters = Object.entries(pattern.exec(id)?.groups ?? {});
    return Object.fromEntries(parameters.filter(([name]) => name !== "subscriptionId"));
}

export function requestBody(type: ResourceType, inputs: Properties): Properties {
    const set = Object.keys(type.inputs).filter((key) => inputs[key] !== undefined);
    const pick = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, inputs[key]]));
    return {
        ...pick(set.filter((key) => envelope.includes(key))),
        properties: pick(set.filter((key) => !envelope.includes(key))),
    };
}

export function outputsOf(type: ResourceType, response: Properties): Properties {
    const { properties, ...rest } = response;
    const outputs = {
        ...rest,
        ...(isObject(properties) ? properties : {}),
        azureApiVersion: type.apiVersion,
    };
    // An id is not an output like the others: Pulumi has its own place for it.
    return Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== "id"));
}

/** The part of outputs that could have been inputs. */
export function inputsOf(type: ResourceType, outputs: Properties): Properties {
    return project(outputs, type.inputs) as Properties;
}
