import * as v from "valibot";
import { parseBody } from "./body.ts";
import { ArmError, invalid } from "./error.ts";

/** What can be done to a repository, in the words of a registry's access tokens. */
export type RepositoryAction = "pull" | "push" | "delete" | "metadata_read" | "metadata_write";

const actionNames: Readonly<Record<string, RepositoryAction>> = {
    "content/read": "pull",
    "content/write": "push",
    "content/delete": "delete",
    "metadata/read": "metadata_read",
    "metadata/write": "metadata_write",
};

// A repository, `*` for all, or a prefix that ends with `/*`.
const actionPattern =
    /^repositories\/(?<repository>\*|[a-z0-9._-]+(?:\/[a-z0-9._-]+)*(?:\/\*)?)\/(?<action>(?:content|metadata)\/\w+)$/;

const Body = v.strictObject({
    properties: v.strictObject({ description: v.nullish(v.string()), actions: v.array(v.string()) }),
});

const Update = v.strictObject({ properties: v.partial(Body.entries.properties) });

/** What a token may do, repository by repository. */
export class ScopeMap {
    readonly id: string;
    readonly name: string;
    readonly type: "UserDefined" | "SystemDefined";
    readonly creationDate: Date;
    description = "";
    actions: readonly string[] = [];

    constructor(id: string, name: string, creationDate: Date, type: ScopeMap["type"] = "UserDefined") {
        this.id = id;
        this.name = name;
        this.creationDate = creationDate;
        this.type = type;
    }

    put(body: unknown): void {
        const { properties } = parseBody(Body, body);
        this.#requireOwn();
        this.description = properties.description ?? "";
        this.actions = checked(properties.actions);
    }

    patch(body: unknown): void {
        const { properties } = parseBody(Update, body);
        this.#requireOwn();
        if (properties.description !== undefined) this.description = properties.description ?? "";
        if (properties.actions) this.actions = checked(properties.actions);
    }

    allowed(repository: string): ReadonlySet<RepositoryAction> {
        const allowed = new Set<RepositoryAction>();
        for (const action of this.actions) {
            const parts = parse(action);
            if (parts && covers(parts.repository, repository)) allowed.add(parts.action);
        }
        return allowed;
    }

    render(): object {
        return {
            id: this.id,
            name: this.name,
            type: "Microsoft.ContainerRegistry/registries/scopeMaps",
            properties: {
                description: this.description,
                type: this.type,
                creationDate: this.creationDate.toISOString(),
                provisioningState: "Succeeded",
                actions: this.actions,
            },
        };
    }

    #requireOwn(): void {
        if (this.type === "SystemDefined") {
            throw new ArmError(
                400,
                "SystemScopeMapReadOnly",
                `The scope map '${this.name}' is system defined.`,
            );
        }
    }
}

/** The scope maps that every registry comes with. */
export const systemScopeMaps: Readonly<Record<string, readonly string[]>> = {
    _repositories_pull: ["repositories/*/content/read"],
    _repositories_push: ["repositories/*/content/read", "repositories/*/content/write"],
    _repositories_admin: Object.keys(actionNames).map((action) => `repositories/*/${action}`),
};

function checked(actions: readonly string[]): readonly string[] {
    if (actions.length === 0 || actions.length > 500) {
        throw invalid(`A scope map has 1 to 500 actions, not ${actions.length}.`);
    }
    for (const action of actions) {
        if (!parse(action)) throw invalid(`The scope map action '${action}' is invalid.`);
    }
    return actions;
}

function parse(action: string): { repository: string; action: RepositoryAction } | undefined {
    const { repository = "", action: name = "" } = actionPattern.exec(action)?.groups ?? {};
    const granted = actionNames[name];
    return granted && { repository, action: granted };
}

function covers(pattern: string, repository: string): boolean {
    if (pattern === "*") return true;
    return pattern.endsWith("/*") ? repository.startsWith(pattern.slice(0, -1)) : repository === pattern;
}
