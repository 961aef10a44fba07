import type { Properties, Shape } from "./values.ts";
import { isObject, project } from "./values.ts";

/** What the plugin knows of a type of resource: how the SDK's flat properties become a request, and back. */
export interface ResourceType {
    readonly apiVersion: string;
    /** Parameters in braces are inputs, except for the subscription. */
    readonly path: string;
    /** What the names in the path are checked for; their length in bytes. */
    readonly names: Readonly<Record<string, { pattern?: RegExp; least?: number; most: number }>>;
    readonly inputs: Readonly<Record<string, Shape>>;
    /** Inputs beside those of the path whose change replaces the resource. */
    readonly replaceOn: readonly string[];
}

const registryPath =
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}" +
    "/providers/Microsoft.ContainerRegistry/registries/{registryName}";

/** A group that exists may have a name in any language. */
const registryNames = {
    resourceGroupName: { most: 90 },
    registryName: { pattern: /^[a-zA-Z0-9]*$/, least: 5, most: 50 },
};

const status = { status: true } as const;

const types: Readonly<Record<string, ResourceType>> = {
    "resources:ResourceGroup": {
        apiVersion: "2024-03-01",
        // Azure's own specification has it in lower case here, and only here.
        path: "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}",
        names: { resourceGroupName: { pattern: /^[-\w._()]+$/, most: 90 } },
        inputs: { location: true, managedBy: true, tags: true },
        replaceOn: ["location"],
    },
    "containerregistry:Registry": {
        apiVersion: "2023-01-01-preview",
        path: registryPath,
        names: registryNames,
        inputs: {
            adminUserEnabled: true,
            anonymousPullEnabled: true,
            dataEndpointEnabled: true,
            encryption: { keyVaultProperties: { identity: true, keyIdentifier: true }, status: true },
            identity: { type: true, userAssignedIdentities: true },
            location: true,
            networkRuleBypassOptions: true,
            networkRuleSet: { defaultAction: true, ipRules: [{ action: true, iPAddressOrRange: true }] },
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
        names: { ...registryNames, scopeMapName: { pattern: /^[a-zA-Z0-9-_]*$/, least: 5, most: 50 } },
        inputs: { actions: true, description: true },
        replaceOn: [],
    },
    "containerregistry:Token": {
        // Another SDK may have another default.
        apiVersion: process.env["STAND_IN_TOKEN_API_VERSION"] ?? "2024-11-01-preview",
        path: `${registryPath}/tokens/{tokenName}`,
        names: { ...registryNames, tokenName: { pattern: /^[a-zA-Z0-9-]*$/, least: 5, most: 50 } },
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
    "containerregistry:Task": {
        apiVersion: "2019-06-01-preview",
        path: `${registryPath}/tasks/{taskName}`,
        names: { ...registryNames, taskName: { pattern: /^[a-zA-Z0-9-_]*$/, least: 5, most: 50 } },
        inputs: {
            agentConfiguration: { cpu: true },
            agentPoolName: true,
            isSystemTask: true,
            location: true,
            logTemplate: true,
            platform: { architecture: true, os: true, variant: true },
            status: true,
            step: { encodedTaskContent: true, type: true },
            tags: true,
            timeout: true,
            trigger: { timerTriggers: [{ name: true, schedule: true, status: true }] },
        },
        replaceOn: ["location"],
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

/** Undefined when the name is one that Azure takes. */
export function namingProblem({ names }: ResourceType, parameter: string, value: string): string | undefined {
    const { pattern = /^/, least = 1, most = Infinity } = names[parameter] ?? {};
    const length = Buffer.byteLength(value);
    if (length < least)
        return `'${parameter}' is too short (${length}): at least ${least} characters required`;
    if (length > most) return `'${parameter}' is too long (${length}): at most ${most} characters allowed`;
    return pattern.test(value)
        ? undefined
        : `'${parameter}' does not match expression '${pattern.source}': ${value}`;
}

/** An id as Azure gives it, in which nothing is escaped. */
export function pathOf(type: ResourceType, subscriptionId: string, inputs: Properties): string {
    return type.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        String(name === "subscriptionId" ? subscriptionId : inputs[name]),
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
    const inside = pick(set.filter((key) => !envelope.includes(key)));
    return {
        ...pick(set.filter((key) => envelope.includes(key))),
        ...(Object.keys(inside).length > 0 && {
            properties: renameInRules(inside, "iPAddressOrRange", "value"),
        }),
    };
}

export function outputsOf(type: ResourceType, response: Properties): Properties {
    const { properties, ...rest } = response;
    const outputs = { ...rest, ...(isObject(properties) ? properties : {}) };
    return {
        ...renameInRules(outputs, "value", "iPAddressOrRange"),
        azureApiVersion: type.apiVersion,
    };
}

/** The part of outputs that could have been inputs. */
export function inputsOf(type: ResourceType, outputs: Properties): Properties {
    return project(outputs, type.inputs) as Properties;
}

/** A rule's address has another name in the SDK than in Azure. */
function renameInRules(properties: Properties, from: string, to: string): Properties {
    const { networkRuleSet: set } = properties;
    if (!isObject(set) || !Array.isArray(set["ipRules"])) return properties;
    const ipRules = (set["ipRules"] as readonly Properties[]).map((rule) =>
        Object.fromEntries(Object.entries(rule).map(([key, value]) => [key === from ? to : key, value])),
    );
    return { ...properties, networkRuleSet: { ...set, ipRules } };
}
