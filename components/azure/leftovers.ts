import type { LastState } from "./lastState.ts";

/** The tag that tells this stack's resources from those of another one of the same name. */
export const markTag = "foundation.owner";

const parent = "foundation:index:AzureRegistry";

/** The last state's mark; undefined when nothing was made in Azure yet. */
export function markOf(last: LastState): string | undefined {
    const mark = last.get(`${parent}$pulumi:index:Stash`)?.["output"];
    return typeof mark === "string" ? mark : undefined;
}

export interface Places {
    readonly resourceGroupName: string;
    readonly registryName: string;
    /** Name of the token and of its scope map. */
    readonly pullName: string;
}

/** Resource options. */
interface Adoption {
    readonly import?: string;
}

/** For each of the resources, how to take it over from Azure; nothing for one that is to be created. */
export interface Leftovers {
    readonly group: Adoption;
    readonly registry: Adoption;
    readonly scopeMap: Adoption;
    readonly token: Adoption;
}

export const noLeftovers: Leftovers = { group: {}, registry: {}, scopeMap: {}, token: {} };

/**
 * What a deployment made in Azure before it was killed, and had no time to record. azure-native refuses to create what
 * is there already, so it has to be imported. Only what bears the mark that this stack's state holds since before
 * anything was made: a name alone may be somebody else's, and so may the stack's.
 */
export async function findLeftovers(
    last: LastState,
    { resourceGroupName, registryName, pullName }: Places,
): Promise<Leftovers> {
    const mark = markOf(last);
    const lacks = (type: string): boolean => !last.has(`${parent}$azure-native:${type}`);
    // The token is made last, so a deployment that changes nothing asks Azure nothing.
    if (mark === undefined || !lacks("containerregistry:Token")) return noLeftovers;

    const [{ getResourceGroup }, { getRegistry }, { getScopeMap }, { getToken }] = await Promise.all([
        import("@pulumi/azure-native/resources/getResourceGroup.js"),
        import("@pulumi/azure-native/containerregistry/getRegistry.js"),
        import("@pulumi/azure-native/containerregistry/getScopeMap.js"),
        import("@pulumi/azure-native/containerregistry/getToken.js"),
    ]);
    const inRegistry = { resourceGroupName, registryName };
    const [group, registry, scopeMap, token] = await Promise.all([
        existing(getResourceGroup({ resourceGroupName })),
        existing(getRegistry(inRegistry)),
        existing(getScopeMap({ ...inRegistry, scopeMapName: pullName })),
        existing(getToken({ ...inRegistry, tokenName: pullName })),
    ]);
    const adopt = (type: string, marked: Found | undefined, found: Found | undefined): Adoption =>
        lacks(type) && marked?.tags?.[markTag] === mark && found !== undefined ? { import: found.id } : {};
    return {
        group: adopt("resources:ResourceGroup", group, group),
        registry: adopt("containerregistry:Registry", registry, registry),
        // These two can't have tags, and are whose the registry is.
        scopeMap: adopt("containerregistry:ScopeMap", registry, scopeMap),
        token: adopt("containerregistry:Token", registry, token),
    };
}

interface Found {
    readonly id: string;
    readonly tags?: Readonly<Record<string, string>>;
}

/** What can't be looked up is created, and that will tell what is wrong. */
async function existing(looking: Promise<Found>): Promise<Found | undefined> {
    return looking.catch(() => undefined);
}
