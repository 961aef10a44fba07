/** How a registry wants to be asked: with a password each time, or with a token from another address. */
export type Challenge =
    | { readonly kind: "basic" }
    | {
          readonly kind: "bearer";
          readonly realm: string;
          readonly service: string | undefined;
          readonly scope: string | undefined;
      };

/** Reads a `WWW-Authenticate` header (RFC 9110, 11.6.1); undefined when it asks for something else. */
export function readChallenge(header: string): Challenge | undefined {
    const bearer = /(?:^|,\s*)bearer\s+(.*)$/i.exec(header)?.[1];
    if (bearer !== undefined) {
        const parameters = new Map(
            [...bearer.matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)].map(
                ([, name = "", quoted, bare]) =>
                    [name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? ""] as const,
            ),
        );
        const realm = parameters.get("realm");
        if (realm !== undefined) {
            return {
                kind: "bearer",
                realm,
                service: parameters.get("service"),
                scope: parameters.get("scope"),
            };
        }
    }
    return /(?:^|,\s*)basic\b/i.test(header) ? { kind: "basic" } : undefined;
}
