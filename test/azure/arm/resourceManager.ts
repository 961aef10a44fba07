import * as v from "valibot";
import type { Call, Control, Operation } from "../control.ts";
import type { Entra } from "../entra/entra.ts";
import type { Secrets } from "../secrets.ts";
import type { Answer, Outcome, Request } from "../web.ts";
import { authorization } from "../web.ts";
import { parseBody } from "./body.ts";
import type { Clock } from "./clock.ts";
import { ArmError, invalid, notFound } from "./error.ts";
import type { Operations } from "./operations.ts";
import { passwordNames } from "./password.ts";
import { Registry } from "./registry.ts";
import { ResourceGroup } from "./resourceGroup.ts";
import type { ResourceId } from "./resourceId.ts";
import { parseResourceId, resourceGroupId } from "./resourceId.ts";
import type { ScopeMap } from "./scopeMap.ts";
import type { Task } from "./task.ts";
import type { Token } from "./token.ts";
import { renderPassword } from "./token.ts";

const apiVersions = {
    resourceGroups: [
        "2020-10-01",
        "2021-04-01",
        "2022-09-01",
        "2023-07-01",
        "2024-03-01",
        "2024-07-01",
        "2024-11-01",
        "2025-03-01",
        "2025-04-01",
    ],
    registries: [
        "2022-12-01",
        "2023-01-01-preview",
        "2023-06-01-preview",
        "2023-07-01",
        "2023-08-01-preview",
        "2023-11-01-preview",
        "2024-11-01-preview",
        "2025-03-01-preview",
        "2025-04-01",
        "2025-05-01-preview",
        "2025-06-01-preview",
        "2025-11-01",
    ],
    // Of versions of their own.
    tasks: ["2018-09-01", "2019-04-01", "2019-06-01-preview", "2025-03-01-preview"],
};

const GenerateCredentials = v.strictObject({
    tokenId: v.string(),
    expiry: v.nullish(v.pipe(v.string(), v.isoTimestamp())),
    name: v.nullish(v.picklist(passwordNames)),
});

/** The data plane of a registry, for as long as the registry exists. */
export interface LoginServer {
    readonly host: string;
    close(): Promise<void>;
}

export interface ResourceManagerOptions {
    readonly subscriptionId: string;
    readonly entra: Entra;
    readonly control: Control;
    readonly operations: Operations;
    readonly clock: Clock;
    readonly secrets: Secrets;
    openLoginServer(registry: Registry): Promise<LoginServer>;
}

/** Azure Resource Manager for one subscription. */
export class ResourceManager {
    /** How long a regenerated password takes to reach the registry, in milliseconds. */
    replicationDelay = 0;
    readonly #options: ResourceManagerOptions;
    readonly #groups = new Map<string, ResourceGroup>();
    readonly #loginServers = new Map<Registry, LoginServer>();

    constructor(options: ResourceManagerOptions) {
        this.#options = options;
    }

    /** The ids of everything that exists, apart from what comes with a registry. */
    get resources(): readonly string[] {
        return [...this.#groups.values()].flatMap((group) => [
            group.id,
            ...[...group.registries.values()].flatMap((registry) => [
                registry.id,
                ...[...registry.scopeMaps.values()]
                    .filter(({ type }) => type === "UserDefined")
                    .map(({ id }) => id),
                ...[...registry.tokens.values()].map(({ id }) => id),
                ...[...registry.tasks.values()].map(({ id }) => id),
            ]),
        ]);
    }

    /** For a test to look into, or to change behind the back of the program. */
    token(id: string): Token {
        const target = parseResourceId(id);
        if (target?.child?.collection !== "tokens") throw notFound(id);
        return this.#token(id, target);
    }

    /** The same of a task. */
    task(id: string): Task {
        const target = parseResourceId(id);
        if (target?.child?.collection !== "tasks") throw notFound(id);
        return this.#task(id, target);
    }

    async handle(request: Request): Promise<Outcome> {
        // What is escaped on the way is not in an id.
        const path = decodeURIComponent(request.path);
        const id = parseResourceId(path);
        const operation = id && operationOf(id, request.method);
        if (!id || !operation) {
            throw new ArmError(404, "InvalidResourceType", `No ${request.method} for '${path}'.`);
        }
        const apiVersion = request.query.get("api-version") ?? undefined;
        const call: Call = {
            operation,
            method: request.method,
            path,
            ...(apiVersion !== undefined && { apiVersion }),
            ...(request.text !== "" && { body: json(request.text) }),
        };
        return this.#options.control.handle(call, async () => {
            await this.#authenticate(request);
            requireVersion(id, apiVersion);
            if (id.subscription.toLowerCase() !== this.#options.subscriptionId) {
                throw new ArmError(
                    404,
                    "SubscriptionNotFound",
                    `The subscription '${id.subscription}' could not be found.`,
                );
            }
            return this.#perform(operation, id, path, call.body);
        });
    }

    async close(): Promise<void> {
        await Promise.all([...this.#loginServers.values()].map((server) => server.close()));
        this.#loginServers.clear();
    }

    async #authenticate(request: Request): Promise<void> {
        const { entra } = this.#options;
        const token = authorization(request.headers, "Bearer");
        const claims = token === undefined ? undefined : await entra.verify(token);
        if (!claims)
            throw new ArmError(401, "InvalidAuthenticationToken", "The access token is missing or invalid.");
        if (!entra.isForResourceManager(claims)) {
            throw new ArmError(
                401,
                "InvalidAuthenticationTokenAudience",
                "The access token is for another audience.",
            );
        }
    }

    async #perform(operation: Operation, id: ResourceId, path: string, body: unknown): Promise<Answer> {
        switch (operation) {
            case "operationStatuses.get":
                return this.#options.operations.poll(id.operation ?? "");
            case "resourceGroups.get":
                return found(this.#group(id));
            case "resourceGroups.put":
                return this.#putGroup(id, body);
            case "resourceGroups.delete":
                return this.#deleteGroup(id);
            case "registries.get":
                return found(this.#registry(id));
            case "registries.put":
                return this.#putRegistry(id, path, body);
            case "registries.delete":
                return this.#deleteRegistry(id);
            case "registries.generateCredentials":
                return this.#generateCredentials(id, body);
            case "registries.listCredentials":
                return this.#listCredentials(id);
            case "scopeMaps.get":
                return found(this.#scopeMap(path, id));
            case "scopeMaps.put": {
                const { registry, name } = this.#parent(id);
                return put(registry.putScopeMap(name, body), this.#scopeMap(path, id));
            }
            case "scopeMaps.patch":
                this.#scopeMap(path, id).patch(body);
                return found(this.#scopeMap(path, id));
            case "scopeMaps.delete": {
                const { registry, name } = this.#parent(id);
                return deleted(registry.scopeMaps.delete(name.toLowerCase()));
            }
            case "tokens.get":
                return found(this.#token(path, id));
            case "tokens.put": {
                const { registry, name } = this.#parent(id);
                return put(registry.putToken(name, body), this.#token(path, id));
            }
            case "tokens.patch":
                this.#registry(id).patchToken(this.#token(path, id), body);
                return found(this.#token(path, id));
            case "tokens.delete": {
                const { registry, name } = this.#parent(id);
                return deleted(registry.tokens.delete(name.toLowerCase()));
            }
            case "tasks.get":
                return found(this.#task(path, id));
            case "tasks.put": {
                const { registry, name } = this.#parent(id);
                return put(registry.putTask(name, body), this.#task(path, id));
            }
            case "tasks.delete": {
                const { registry, name } = this.#parent(id);
                return deleted(registry.tasks.delete(name.toLowerCase()));
            }
            default:
                throw new ArmError(405, "MethodNotAllowed", `${operation} is not allowed.`);
        }
    }

    #putGroup(id: ResourceId, body: unknown): Answer {
        const existing = this.#groups.get(id.resourceGroup.toLowerCase());
        existing?.put(body);
        const group =
            existing ??
            new ResourceGroup(resourceGroupId(id.subscription, id.resourceGroup), id.resourceGroup, body);
        this.#groups.set(id.resourceGroup.toLowerCase(), group);
        return put(!existing, group);
    }

    async #deleteGroup(id: ResourceId): Promise<Answer> {
        const group = this.#group(id);
        this.#groups.delete(id.resourceGroup.toLowerCase());
        for (const registry of group.registries.values()) await this.#closeLoginServer(registry);
        return { status: 200 };
    }

    async #putRegistry(id: ResourceId, path: string, body: unknown): Promise<Answer> {
        const group = this.#group(id);
        const name = id.registry ?? "";
        const existing = group.registries.get(name.toLowerCase());
        if (existing) {
            existing.put(body);
            return put(false, existing);
        }
        if ([...this.#groups.values()].some(({ registries }) => registries.has(name.toLowerCase()))) {
            throw new ArmError(409, "AlreadyInUse", `The registry DNS name ${name} is already in use.`);
        }
        const registry = new Registry(path, name, body, this.#options.clock);
        const loginServer = await this.#options.openLoginServer(registry);
        this.#loginServers.set(registry, loginServer);
        registry.loginServer = loginServer.host;
        group.registries.set(name.toLowerCase(), registry);
        return put(true, registry);
    }

    async #deleteRegistry(id: ResourceId): Promise<Answer> {
        const { registries } = this.#group(id);
        const key = (id.registry ?? "").toLowerCase();
        const registry = registries.get(key);
        if (!registry) return deleted(false);
        registries.delete(key);
        await this.#closeLoginServer(registry);
        return deleted(true);
    }

    async #closeLoginServer(registry: Registry): Promise<void> {
        await this.#loginServers.get(registry)?.close();
        this.#loginServers.delete(registry);
    }

    #generateCredentials(id: ResourceId, body: unknown): Answer {
        const registry = this.#registry(id);
        const { tokenId, expiry, name } = parseBody(GenerateCredentials, body);
        const token = [...registry.tokens.values()].find(
            (known) => known.id.toLowerCase() === tokenId.toLowerCase(),
        );
        if (!token) throw notFound(tokenId);
        const until = expiry == null ? undefined : new Date(expiry);
        const generated = (name ? [name] : passwordNames).map((slot) =>
            token.generate(slot, until, this.replicationDelay),
        );
        for (const { value } of generated) this.#options.secrets.issue(value);
        return {
            status: 200,
            body: {
                username: token.name,
                passwords: token.passwords.map((password) => ({
                    ...renderPassword(password),
                    ...(generated.includes(password) && { value: password.value }),
                })),
            },
        };
    }

    #listCredentials(id: ResourceId): Answer {
        const registry = this.#registry(id);
        if (registry.adminUserEnabled) {
            throw invalid("The fake has no admin user: the credentials of tokens are never the admin's.");
        }
        throw new ArmError(
            400,
            "UnAuthorizedForCredentialOperations",
            `Cannot perform credential operations for ${registry.id} as admin user is disabled.`,
        );
    }

    #group(id: ResourceId): ResourceGroup {
        const group = this.#groups.get(id.resourceGroup.toLowerCase());
        if (group) return group;
        throw new ArmError(
            404,
            "ResourceGroupNotFound",
            `Resource group '${id.resourceGroup}' could not be found.`,
        );
    }

    #registry(id: ResourceId): Registry {
        const registry = this.#group(id).registries.get((id.registry ?? "").toLowerCase());
        if (registry) return registry;
        throw notFound(`Microsoft.ContainerRegistry/registries/${id.registry ?? ""}`);
    }

    /** What a token, a scope map or a task belongs to. */
    #parent(id: ResourceId): { registry: Registry; name: string } {
        return { registry: this.#registry(id), name: id.child?.name ?? "" };
    }

    #scopeMap(path: string, id: ResourceId): ScopeMap {
        const { registry, name } = this.#parent(id);
        const scopeMap = registry.scopeMaps.get(name.toLowerCase());
        if (scopeMap) return scopeMap;
        throw notFound(path);
    }

    #task(path: string, id: ResourceId): Task {
        const { registry, name } = this.#parent(id);
        const task = registry.tasks.get(name.toLowerCase());
        if (task) return task;
        throw notFound(path);
    }

    #token(path: string, id: ResourceId): Token {
        const { registry, name } = this.#parent(id);
        const token = registry.tokens.get(name.toLowerCase());
        if (token) return token;
        throw notFound(path);
    }
}

function operationOf(id: ResourceId, method: string): Operation | undefined {
    if (id.operation !== undefined) return method === "GET" ? "operationStatuses.get" : undefined;
    if (id.action) return method === "POST" ? `registries.${id.action}` : undefined;
    const collection = id.child?.collection ?? (id.registry === undefined ? "resourceGroups" : "registries");
    switch (method) {
        case "GET":
            return `${collection}.get`;
        case "PUT":
            return `${collection}.put`;
        case "PATCH":
            return `${collection}.patch`;
        case "DELETE":
            return `${collection}.delete`;
        default:
            return undefined;
    }
}

function requireVersion(id: ResourceId, apiVersion: string | undefined): void {
    if (apiVersion === undefined) {
        throw new ArmError(400, "MissingApiVersionParameter", "The api-version query parameter is required.");
    }
    const ofRegistries = id.child?.collection === "tasks" ? "tasks" : "registries";
    const known = apiVersions[id.registry === undefined ? "resourceGroups" : ofRegistries];
    if (!known.includes(apiVersion)) {
        throw new ArmError(
            400,
            "NoRegisteredProviderFound",
            `No registered provider for API version '${apiVersion}'.`,
        );
    }
}

function json(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw new ArmError(400, "InvalidRequestContent", "The request content is not JSON.");
    }
}

function found(resource: { render(): object }): Answer {
    return { status: 200, body: resource.render() };
}

function put(created: boolean, resource: { render(): object }): Answer {
    return { status: created ? 201 : 200, body: resource.render() };
}

function deleted(existed: boolean): Answer {
    return { status: existed ? 200 : 204 };
}
