import type { Registry } from "../arm/registry.ts";
import type { RepositoryAction } from "../arm/scopeMap.ts";
import type { Token } from "../arm/token.ts";
import type { Role } from "../entra/identity.ts";
import type { Scope } from "./scope.ts";

const actionsOfRole: Readonly<Record<Role, readonly RepositoryAction[]>> = {
    Contributor: ["pull", "push", "delete", "metadata_read", "metadata_write"],
    // Microsoft's directory of roles has the locking of tags with Owner and Contributor, and not here.
    AcrPush: ["pull", "push", "metadata_read"],
    AcrPull: ["pull", "metadata_read"],
    none: [],
};

/** What somebody who has signed in may do. */
export interface Access {
    readonly subject: string;
    allowed(repository: string): ReadonlySet<RepositoryAction>;
    readonly catalog: boolean;
}

/** The scope map is asked anew each time: a change applies to all of its tokens at once. */
export function accessOfToken(registry: Registry, token: Token): Access {
    return {
        subject: token.name,
        allowed: (repository) => registry.scopeMapOf(token)?.allowed(repository) ?? new Set(),
        catalog: false,
    };
}

export function accessOfRole(subject: string, role: Role): Access {
    return { subject, allowed: () => new Set(actionsOfRole[role]), catalog: role !== "none" };
}

export const anonymousPull: Access = {
    subject: "",
    allowed: () => new Set(["pull"] as const),
    catalog: false,
};

/** Of what was asked, what is allowed: less than was asked is an answer, not an error. */
export function grant(access: Access, scopes: readonly Scope[]): readonly Scope[] {
    return scopes
        .map((scope) => ({
            ...scope,
            actions: scope.actions.filter((action) => permits(access, scope, action)),
        }))
        .filter(({ actions }) => actions.length > 0);
}

function permits(access: Access, { type, name }: Scope, action: string): boolean {
    if (type === "registry") return name === "catalog" && access.catalog;
    // What a registry's action set does not know is never in it, so the cast cannot grant anything.
    return type === "repository" && access.allowed(name).has(action as RepositoryAction);
}
