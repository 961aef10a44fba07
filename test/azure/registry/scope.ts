/** One thing that a client asks for: `repository:foundation:pull,push`. */
export interface Scope {
    readonly type: string;
    readonly name: string;
    readonly actions: readonly string[];
}

/** Reads the scopes of a token request; they come one a parameter, or several in one. */
export function parseScopes(parameters: readonly string[]): readonly Scope[] {
    return parameters
        .flatMap((parameter) => parameter.split(" "))
        .filter((text) => text !== "")
        .map((text) => {
            // A name may hold colons of its own (a port); the type and the actions do not.
            const [type = "", ...rest] = text.split(":");
            const actions = (rest.pop() ?? "").split(",");
            return { type, name: rest.join(":"), actions };
        });
}
