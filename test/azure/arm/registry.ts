import * as v from "valibot";
import { parseBody, tags } from "./body.ts";
import type { Clock } from "./clock.ts";
import { ArmError, invalid } from "./error.ts";
import { ScopeMap, systemScopeMaps } from "./scopeMap.ts";
import { Task } from "./task.ts";
import { Token } from "./token.ts";

const Status = v.picklist(["enabled", "disabled"]);

/** As in API version 2023-01-01-preview, which is azure-native's default. */
const Properties = v.strictObject({
    adminUserEnabled: v.optional(v.boolean(), false),
    anonymousPullEnabled: v.optional(v.boolean(), false),
    dataEndpointEnabled: v.optional(v.boolean(), false),
    publicNetworkAccess: v.optional(v.picklist(["Enabled", "Disabled"]), "Enabled"),
    networkRuleBypassOptions: v.optional(v.picklist(["AzureServices", "None"]), "AzureServices"),
    networkRuleSet: v.nullish(
        v.strictObject({
            defaultAction: v.picklist(["Allow", "Deny"]),
            ipRules: v.optional(
                v.array(
                    v.strictObject({ action: v.optional(v.literal("Allow"), "Allow"), value: v.string() }),
                ),
                [],
            ),
        }),
    ),
    zoneRedundancy: v.optional(v.picklist(["Enabled", "Disabled"]), "Disabled"),
    encryption: v.optional(v.strictObject({ status: v.optional(Status, "disabled") }), {}),
    policies: v.optional(
        v.strictObject({
            quarantinePolicy: v.optional(v.strictObject({ status: v.optional(Status, "disabled") }), {}),
            trustPolicy: v.optional(
                v.strictObject({
                    type: v.optional(v.literal("Notary"), "Notary"),
                    status: v.optional(Status, "disabled"),
                }),
                {},
            ),
            retentionPolicy: v.optional(
                v.strictObject({ days: v.optional(v.number(), 7), status: v.optional(Status, "disabled") }),
                {},
            ),
            exportPolicy: v.optional(v.strictObject({ status: v.optional(Status, "enabled") }), {}),
            azureADAuthenticationAsArmPolicy: v.optional(
                v.strictObject({ status: v.optional(Status, "enabled") }),
                {},
            ),
            softDeletePolicy: v.optional(
                v.strictObject({
                    retentionDays: v.optional(v.number(), 7),
                    status: v.optional(Status, "disabled"),
                }),
                {},
            ),
        }),
        {},
    ),
});

const Body = v.strictObject({
    location: v.string(),
    tags,
    sku: v.strictObject({ name: v.picklist(["Basic", "Standard", "Premium"]) }),
    properties: v.optional(Properties, {}),
});

type Settings = v.InferOutput<typeof Body>;

/** How many tokens, and how many scope maps, a registry may have. */
const limits = { Basic: 100, Standard: 500, Premium: 50_000 };

/** What only a Premium registry can have switched on. */
const premium: Readonly<Record<string, (properties: Settings["properties"]) => boolean>> = {
    networkRuleSet: ({ networkRuleSet }) => networkRuleSet?.defaultAction === "Deny",
    publicNetworkAccess: ({ publicNetworkAccess }) => publicNetworkAccess === "Disabled",
    dataEndpointEnabled: ({ dataEndpointEnabled }) => dataEndpointEnabled,
    encryption: ({ encryption }) => encryption.status === "enabled",
    retentionPolicy: ({ policies }) => policies.retentionPolicy.status === "enabled",
    trustPolicy: ({ policies }) => policies.trustPolicy.status === "enabled",
    exportPolicy: ({ policies }) => policies.exportPolicy.status === "disabled",
};

export class Registry {
    readonly id: string;
    readonly name: string;
    readonly creationDate: Date;
    readonly scopeMaps = new Map<string, ScopeMap>();
    readonly tokens = new Map<string, Token>();
    readonly tasks = new Map<string, Task>();
    /** The host of its data plane, which has nothing to do with its name. */
    loginServer = "";
    readonly #clock: Clock;
    #settings: Settings;

    constructor(id: string, name: string, body: unknown, clock: Clock) {
        if (!/^[a-zA-Z0-9]{5,50}$/.test(name)) {
            throw invalid(`The registry name '${name}' must be 5 to 50 alphanumeric characters.`);
        }
        this.id = id;
        this.name = name;
        this.#clock = clock;
        this.creationDate = clock.now();
        this.#settings = checked(body);
        for (const [map, actions] of Object.entries(systemScopeMaps)) {
            const scopeMap = new ScopeMap(`${id}/scopeMaps/${map}`, map, this.creationDate, "SystemDefined");
            scopeMap.actions = actions;
            this.scopeMaps.set(map, scopeMap);
        }
    }

    put(body: unknown): void {
        const settings = checked(body);
        if (normal(settings.location) !== normal(this.#settings.location)) {
            throw new ArmError(
                409,
                "InvalidResourceLocation",
                `The resource '${this.name}' already exists in location '${this.#settings.location}'.`,
            );
        }
        this.#settings = settings;
    }

    get adminUserEnabled(): boolean {
        return this.#settings.properties.adminUserEnabled;
    }

    get anonymousPullEnabled(): boolean {
        return this.#settings.properties.anonymousPullEnabled;
    }

    /** Whether tokens for Azure Resource Manager are good for signing in to the registry. */
    get armTokensAccepted(): boolean {
        return this.#settings.properties.policies.azureADAuthenticationAsArmPolicy.status === "enabled";
    }

    /** Keys are lower case, as names are the same in any case. */
    putScopeMap(name: string, body: unknown): boolean {
        const key = name.toLowerCase();
        const scopeMap = this.scopeMaps.get(key) ?? this.#newScopeMap(name);
        scopeMap.put(body);
        const created = !this.scopeMaps.has(key);
        this.scopeMaps.set(key, scopeMap);
        return created;
    }

    putToken(name: string, body: unknown): boolean {
        const key = name.toLowerCase();
        const existing = this.tokens.get(key);
        this.#requireScopeMap(body);
        const token = existing ?? this.#newToken(name);
        token.put(body);
        this.tokens.set(key, token);
        return existing === undefined;
    }

    putTask(name: string, body: unknown): boolean {
        if (!/^[a-zA-Z0-9-_]{5,50}$/.test(name)) {
            throw invalid(`The task name '${name}' must be 5 to 50 letters, digits, '-' or '_'.`);
        }
        const key = name.toLowerCase();
        const existing = this.tasks.get(key);
        existing?.put(body);
        if (!existing)
            this.tasks.set(key, new Task(`${this.id}/tasks/${name}`, name, this.#clock.now(), body));
        return existing === undefined;
    }

    patchToken(token: Token, body: unknown): void {
        this.#requireScopeMap(body);
        token.patch(body);
    }

    scopeMapOf(token: Token): ScopeMap | undefined {
        return [...this.scopeMaps.values()].find(
            ({ id }) => id.toLowerCase() === token.scopeMapId.toLowerCase(),
        );
    }

    render(): object {
        const { location, tags: given, sku, properties } = this.#settings;
        return {
            id: this.id,
            name: this.name,
            type: "Microsoft.ContainerRegistry/registries",
            location,
            tags: given,
            sku: { name: sku.name, tier: sku.name },
            properties: {
                ...properties,
                loginServer: this.loginServer,
                creationDate: this.creationDate.toISOString(),
                provisioningState: "Succeeded",
                dataEndpointHostNames: [],
                privateEndpointConnections: [],
            },
        };
    }

    #newScopeMap(name: string): ScopeMap {
        if (!/^[a-zA-Z0-9-_]{5,50}$/.test(name)) {
            throw invalid(`The scope map name '${name}' must be 5 to 50 letters, digits, '-' or '_'.`);
        }
        this.#requireRoom("scope maps", this.scopeMaps.size - Object.keys(systemScopeMaps).length);
        return new ScopeMap(`${this.id}/scopeMaps/${name}`, name, this.#clock.now());
    }

    #newToken(name: string): Token {
        if (!/^[a-zA-Z0-9-]{5,50}$/.test(name)) {
            throw invalid(`The token name '${name}' must be 5 to 50 letters, digits or '-'.`);
        }
        this.#requireRoom("tokens", this.tokens.size);
        return new Token(`${this.id}/tokens/${name}`, name, this.#clock);
    }

    #requireRoom(what: string, count: number): void {
        const limit = limits[this.#settings.sku.name];
        if (count >= limit) {
            throw new ArmError(
                403,
                "QuotaExceeded",
                `The registry '${this.name}' may have ${limit} ${what} at most.`,
            );
        }
    }

    #requireScopeMap(body: unknown): void {
        const { properties } = parseBody(
            v.looseObject({ properties: v.looseObject({ scopeMapId: v.optional(v.string()) }) }),
            body,
        );
        const id = properties.scopeMapId?.toLowerCase();
        if (
            id === undefined ||
            [...this.scopeMaps.values()].some((scopeMap) => scopeMap.id.toLowerCase() === id)
        )
            return;
        throw new ArmError(
            404,
            "ScopeMapNotFound",
            `The scope map '${properties.scopeMapId ?? ""}' was not found.`,
        );
    }
}

function checked(body: unknown): Settings {
    const settings = parseBody(Body, body);
    const { sku, properties } = settings;
    if (sku.name === "Basic" && properties.anonymousPullEnabled) {
        throw new ArmError(
            400,
            "SkuNotSupported",
            "anonymousPullEnabled is not supported for the SKU Basic.",
        );
    }
    for (const [feature, on] of Object.entries(premium)) {
        if (sku.name !== "Premium" && on(properties)) {
            throw new ArmError(
                400,
                "SkuNotSupported",
                `${feature} is not supported for the SKU ${sku.name}.`,
            );
        }
    }
    return settings;
}

function normal(location: string): string {
    return location.toLowerCase().replaceAll(" ", "");
}
