import { Signer } from "../azure/signer.ts";
import type { Certificates } from "../azure/certificates.ts";
import { authorization, listen, parametersOf, read, type Answer, type Request } from "../azure/web.ts";

/** Somebody with a password, and what they may do: repository to actions. */
export interface User {
    readonly password: string;
    readonly rights: Readonly<Record<string, readonly string[]>>;
}

/** A token service of the distribution specification (spec/auth/token, spec/auth/oauth). */
export interface TokenService {
    /** What a registry needs to believe its tokens: its `auth` setting, and the file that belongs to that. */
    readonly auth: object;
    readonly files: Readonly<Record<string, string>>;
    /** What was asked, oldest first. */
    readonly asked: readonly string[];
    /** A token for whoever may do these; without one, nobody has to be asked. */
    sign(access: readonly object[]): Promise<string>;
    close(): Promise<void>;
}

const service = "registry.test";

/**
 * @param users by name; `anonymous` is who has no login.
 * @param refreshTokens whose token it is, by token.
 */
export async function startTokenService(
    certificates: Certificates,
    users: Readonly<Record<string, User>>,
    refreshTokens: Readonly<Record<string, string>> = {},
): Promise<TokenService> {
    const signer = await Signer.create("token service");
    const server = await listen(certificates);
    const asked: string[] = [];
    const sign = (access: readonly object[]): Promise<string> =>
        signer.sign({ aud: service, sub: "somebody", access }, 300);
    const nobody: Answer = { status: 401, body: { errors: [{ code: "UNAUTHORIZED" }] } };

    function whoAsks(request: Request): User | undefined {
        if (request.method === "POST") {
            const token = parametersOf(request).get("refresh_token") ?? "";
            return users[refreshTokens[token] ?? ""];
        }
        const basic = authorization(request.headers, "Basic");
        if (basic === undefined) return users["anonymous"];
        const [name = "", ...password] = Buffer.from(basic, "base64").toString().split(":");
        const user = users[name];
        return user?.password === password.join(":") ? user : undefined;
    }

    server.answerWith(async (message) => {
        const request = await read(message);
        const parameters = parametersOf(request);
        const scopes = parameters.getAll("scope").flatMap((scope) => scope.split(" "));
        asked.push(`${request.method} ${scopes.join(" ")}`);
        const user = whoAsks(request);
        if (user === undefined || parameters.get("service") !== service) return nobody;
        const access = scopes.flatMap((scope) => {
            const [type = "", name = "", actions = ""] = scope.split(":");
            const granted = actions.split(",").filter((action) => user.rights[name]?.includes(action));
            return granted.length === 0 ? [] : [{ type, name, actions: granted }];
        });
        const token = await sign(access);
        return {
            status: 200,
            body: request.method === "POST" ? { access_token: token } : { token, expires_in: 300 },
        };
    });

    return {
        auth: {
            token: {
                realm: `https://${server.host}/token`,
                service,
                issuer: signer.issuer,
                jwks: "/etc/distribution/jwks.json",
                signingalgorithms: ["ES256"],
            },
        },
        files: { "jwks.json": JSON.stringify(signer.keys) },
        asked,
        sign,
        close: () => server.close(),
    };
}
