/** What a registry has several of. */
export type Collection = "tokens" | "scopeMaps" | "tasks";

/** What the path of a request to Azure Resource Manager names. */
export interface ResourceId {
    readonly subscription: string;
    readonly resourceGroup: string;
    readonly registry?: string;
    readonly child?: { readonly collection: Collection; readonly name: string };
    readonly action?: "generateCredentials" | "listCredentials";
    readonly operation?: string;
}

const pattern = new RegExp(
    "^/subscriptions/(?<subscription>[^/]+)/resourceGroups/(?<resourceGroup>[^/]+)" +
        "(?:/providers/Microsoft\\.ContainerRegistry/registries/(?<registry>[^/]+)" +
        "(?:/(?:(?<tokens>tokens)|(?<tasks>tasks)|scopeMaps)/(?<name>[^/]+)|/(?:(?<generate>generateCredentials)|(?<list>listCredentials)))?)?" +
        "(?:/operationStatuses/(?<operation>[^/]+))?$",
    "i",
);

/** Undefined when the path names nothing that the fake has. Azure does not mind the case of a path, except of names. */
export function parseResourceId(path: string): ResourceId | undefined {
    const groups = pattern.exec(path)?.groups;
    if (!groups) return undefined;
    const {
        subscription = "",
        resourceGroup = "",
        registry,
        tokens,
        tasks,
        name,
        generate,
        list,
        operation,
    } = groups;
    return {
        subscription,
        resourceGroup,
        ...(registry !== undefined && { registry }),
        ...(name !== undefined && {
            child: {
                collection: tokens !== undefined ? "tokens" : tasks !== undefined ? "tasks" : "scopeMaps",
                name,
            },
        }),
        ...(generate !== undefined && { action: "generateCredentials" }),
        ...(list !== undefined && { action: "listCredentials" }),
        ...(operation !== undefined && { operation }),
    };
}

export function resourceGroupId(subscription: string, name: string): string {
    return `/subscriptions/${subscription}/resourceGroups/${name}`;
}
