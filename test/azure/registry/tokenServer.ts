import type { Registry } from "../arm/registry.ts";
import type { RepositoryAction } from "../arm/scopeMap.ts";
import type { Entra } from "../entra/entra.ts";
import { registryAudience } from "../entra/entra.ts";
import type { Identity, Role } from "../entra/identity.ts";
import type { Secrets } from "../secrets.ts";
import type { Signer } from "../signer.ts";
import type { Answer, Request } from "../web.ts";
import { Refusal, authorization, parametersOf } from "../web.ts";
import type { Access } from "./access.ts";
import { accessOfRole, accessOfToken, anonymousPull, grant } from "./access.ts";
import { parseScopes, type Scope } from "./scope.ts";

/** The user name that goes with a refresh token. */
export const refreshTokenUser = "00000000-0000-0000-0000-000000000000";

const accessSeconds = 3600;

export interface TokenServerOptions {
    readonly host: string;
    readonly registry: Registry;
    readonly signer: Signer;
    readonly entra: Entra;
    readonly identity: Identity;
    readonly secrets: Secrets;
}

/** `/oauth2/exchange` and `/oauth2/token` of one registry. */
export class TokenServer {
    readonly #options: TokenServerOptions;

    constructor(options: TokenServerOptions) {
        this.#options = options;
    }

    /** A refresh token of the registry for an access token of Entra. */
    async exchange(request: Request): Promise<Answer> {
        const form = new URLSearchParams(request.text);
        const { entra, identity, registry, host } = this.#options;
        if (form.get("grant_type") !== "access_token") throw badRequest("grant_type must be access_token");
        if (form.get("service") !== host) throw badRequest("service must be the login server");
        const claims = await entra.verify(form.get("access_token") ?? "");
        const tenant = form.get("tenant");
        if (!claims || (tenant !== null && tenant !== identity.tenantId)) throw unauthorized();
        const accepted =
            claims.aud === registryAudience ||
            (registry.armTokensAccepted && entra.isForResourceManager(claims));
        if (!accepted) throw unauthorized("the audience of the access token is not accepted");
        return { status: 200, body: { refresh_token: await this.#refreshToken(identity.role) } };
    }

    /** An access token of the registry, asked for in any of the ways that clients have. */
    async token(request: Request): Promise<Answer> {
        const form = parametersOf(request);
        const access = await (request.method === "POST"
            ? this.#signInByForm(form)
            : this.#signInByHeader(request));
        if (form.get("service") !== this.#options.host) throw badRequest("service must be the login server");
        const offline = form.get("offline_token") === "true" || form.get("access_type") === "offline";
        const { signer, secrets, host, identity } = this.#options;
        const granted = grant(access, parseScopes(form.getAll("scope")));
        const accessToken = await signer.sign(
            { aud: host, sub: access.subject, access: granted },
            accessSeconds,
        );
        return {
            status: 200,
            body: {
                access_token: secrets.issue(accessToken),
                expires_in: accessSeconds,
                issued_at: new Date().toISOString(),
                ...(offline &&
                    access.subject === refreshTokenUser && {
                        refresh_token: await this.#refreshToken(identity.role),
                    }),
            },
        };
    }

    /** Whether a request bears an access token of this registry. */
    async isSignedIn(request: Request): Promise<boolean> {
        const claims = await this.#options.signer.verify(authorization(request.headers, "Bearer") ?? "");
        return claims?.aud === this.#options.host && claims["access"] !== undefined;
    }

    /** Whether a request bears an access token that is for this. */
    async mayDo(
        request: Pick<Request, "headers">,
        repository: string,
        action: RepositoryAction,
    ): Promise<boolean> {
        const claims = await this.#options.signer.verify(authorization(request.headers, "Bearer") ?? "");
        const scopes = (claims?.["access"] ?? []) as readonly Scope[];
        return (
            claims?.aud === this.#options.host &&
            scopes.some(({ name, actions }) => name === repository && actions.includes(action))
        );
    }

    async #signInByForm(form: URLSearchParams): Promise<Access> {
        switch (form.get("grant_type")) {
            case "refresh_token":
                return this.#signIn(refreshTokenUser, form.get("refresh_token") ?? "");
            case "password":
                return this.#signIn(form.get("username") ?? "", form.get("password") ?? "");
            default:
                throw badRequest("grant_type must be refresh_token or password");
        }
    }

    async #signInByHeader(request: Request): Promise<Access> {
        const basic = authorization(request.headers, "Basic");
        if (basic === undefined) {
            if (this.#options.registry.anonymousPullEnabled) return anonymousPull;
            throw unauthorized();
        }
        const [user = "", ...password] = Buffer.from(basic, "base64").toString().split(":");
        return this.#signIn(user, password.join(":"));
    }

    async #signIn(user: string, password: string): Promise<Access> {
        const { registry, signer, host, identity } = this.#options;
        if (user === refreshTokenUser) {
            const claims = await signer.verify(password);
            if (claims?.aud !== host || claims["grant_type"] !== "refresh_token") throw unauthorized();
            return accessOfRole(refreshTokenUser, identity.role);
        }
        const token = registry.tokens.get(user.toLowerCase());
        if (token?.accepts(password)) return accessOfToken(registry, token);
        throw unauthorized();
    }

    async #refreshToken(role: Role): Promise<string> {
        const { signer, secrets, host, identity } = this.#options;
        const token = await signer.sign(
            { aud: host, sub: identity.objectId, grant_type: "refresh_token", role },
            identity.refreshTokenSeconds,
        );
        return secrets.issue(token);
    }
}

function unauthorized(detail?: string): Refusal {
    const message = "authentication required, visit https://aka.ms/acr/authorization for more information.";
    return new Refusal({
        status: 401,
        body: { errors: [{ code: "UNAUTHORIZED", message, ...(detail && { detail }) }] },
    });
}

function badRequest(message: string): Refusal {
    return new Refusal({ status: 400, body: { errors: [{ code: "BAD_REQUEST", message }] } });
}
