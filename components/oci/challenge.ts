/** How a registry wants to be asked: with a password each time, or with a token from another address. */
export type Challenge =
    | { readonly kind: "basic" }
    | {
          readonly kind: "bearer";
          readonly realm: string;
          readonly service: string | undefined;
          readonly scope: string | undefined;
      };

/**
 * Reads a `WWW-Authenticate` header (RFC 9110, 11.6.1), which may hold several challenges; of those a token is preferred.
 *
 * @returns undefined when it asks for something else.
 */
export function readChallenge(header: string): Challenge | undefined {
    const challenges = readChallenges(header);
    const bearer = challenges.find(
        ({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"),
    );
    if (bearer !== undefined) {
        const { parameters } = bearer;
        const realm = parameters.get("realm") ?? "";
        return { kind: "bearer", realm, service: parameters.get("service"), scope: parameters.get("scope") };
    }
    return challenges.some(({ scheme }) => scheme === "basic") ? { kind: "basic" } : undefined;
}

function readChallenges(header: string) {
    const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
    // A name with a value is a parameter of the challenge before it, and one without begins the next.
    for (const [, name = "", quoted, bare] of header.matchAll(
        /([\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))?/g,
    )) {
        const value = quoted?.replaceAll(/\\(.)/g, "$1") ?? bare;
        if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
        else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
    return challenges;
}
