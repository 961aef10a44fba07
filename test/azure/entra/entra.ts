import type { JWTPayload } from "jose";
import type { Control } from "../control.ts";
import type { Secrets } from "../secrets.ts";
import type { Signer } from "../signer.ts";
import type { Answer, Outcome, Request } from "../web.ts";
import { Refusal } from "../web.ts";
import type { Federation } from "./federation.ts";
import type { Identity } from "./identity.ts";

export const registryAudience = "https://containerregistry.azure.net";
const graphAudience = "https://graph.microsoft.com";
const lifetimeSeconds = 3600;

export interface EntraOptions {
    readonly origin: string;
    readonly identity: Identity;
    readonly signer: Signer;
    readonly federation: Federation;
    readonly control: Control;
    readonly secrets: Secrets;
}

/** Microsoft Entra for one tenant with one application in it. */
export class Entra {
    readonly #options: EntraOptions;

    constructor(options: EntraOptions) {
        this.#options = options;
    }

    /** The audiences of Azure Resource Manager, as the metadata endpoint lists them. */
    get resourceManagerAudiences(): readonly string[] {
        return ["https://management.core.windows.net/", this.#options.origin];
    }

    async handle(request: Request): Promise<Outcome> {
        const { control } = this.#options;
        const [, tenant = "", ...rest] = request.path.split("/");
        const page = rest.join("/");
        const call = { method: request.method, path: request.path };
        if (page === "v2.0/.well-known/openid-configuration") {
            return control.handle({ ...call, operation: "entra.discovery" }, () =>
                Promise.resolve(this.#discovery(tenant)),
            );
        }
        if (page === "discovery/v2.0/keys") return { status: 200, body: this.#options.signer.keys };
        if (page === "oauth2/v2.0/token" && request.method === "POST") {
            const form = new URLSearchParams(request.text);
            return control.handle(
                {
                    ...call,
                    operation: "entra.token",
                    body: { scope: form.get("scope"), client: form.get("client_id") },
                },
                () => this.#token(tenant, form),
            );
        }
        return { status: 404 };
    }

    /** The claims of an access token of this tenant that is valid now. */
    verify(token: string): Promise<JWTPayload | undefined> {
        return this.#options.signer.verify(token);
    }

    isForResourceManager(claims: JWTPayload): boolean {
        return this.resourceManagerAudiences.some(
            (audience) => withoutSlash(audience) === withoutSlash(String(claims.aud)),
        );
    }

    /** An access token for the application, whatever it proved itself with. */
    async accessToken(resource: string): Promise<{ token: string; expiresInSeconds: number }> {
        const { identity, signer, secrets } = this.#options;
        const known = [...this.resourceManagerAudiences, registryAudience, graphAudience].map(withoutSlash);
        if (!known.includes(withoutSlash(resource))) {
            throw refusal(
                "invalid_resource",
                `AADSTS500011: The resource principal named ${resource} was not found.`,
            );
        }
        const token = await signer.sign(
            {
                aud: resource,
                tid: identity.tenantId,
                oid: identity.objectId,
                sub: identity.objectId,
                appid: identity.clientId,
                idtyp: "app",
                ver: "1.0",
            },
            lifetimeSeconds,
        );
        return { token: secrets.issue(token), expiresInSeconds: lifetimeSeconds };
    }

    #discovery(tenant: string): Answer {
        const { origin } = this.#options;
        this.#requireTenant(tenant);
        const base = `${origin}/${tenant}`;
        return {
            status: 200,
            body: {
                issuer: `${base}/v2.0`,
                authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
                token_endpoint: `${base}/oauth2/v2.0/token`,
                end_session_endpoint: `${base}/oauth2/v2.0/logout`,
                jwks_uri: `${base}/discovery/v2.0/keys`,
                token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
                response_types_supported: ["code"],
                subject_types_supported: ["pairwise"],
                id_token_signing_alg_values_supported: ["RS256"],
            },
        };
    }

    async #token(tenant: string, form: URLSearchParams): Promise<Answer> {
        this.#requireTenant(tenant);
        if (form.get("grant_type") !== "client_credentials") {
            throw refusal(
                "unsupported_grant_type",
                "AADSTS70003: The app requested an unsupported grant type.",
            );
        }
        await this.#requireClient(form);
        const scope = form.get("scope") ?? "";
        const resource = /^(?<resource>\S+)\/\.default$/.exec(firstResourceScope(scope))?.groups?.[
            "resource"
        ];
        if (resource === undefined) {
            throw refusal(
                "invalid_scope",
                `AADSTS1002012: The provided value for scope ${scope} is not valid.`,
            );
        }
        const { token, expiresInSeconds } = await this.accessToken(resource);
        return {
            status: 200,
            body: {
                token_type: "Bearer",
                expires_in: expiresInSeconds,
                ext_expires_in: expiresInSeconds,
                access_token: token,
            },
        };
    }

    #requireTenant(tenant: string): void {
        if (tenant === this.#options.identity.tenantId) return;
        throw refusal("invalid_request", `AADSTS90002: Tenant '${tenant}' not found.`);
    }

    async #requireClient(form: URLSearchParams): Promise<void> {
        const { identity, federation } = this.#options;
        if (form.get("client_id") !== identity.clientId) {
            throw refusal(
                "unauthorized_client",
                "AADSTS700016: The application was not found in the directory.",
            );
        }
        const assertion = form.get("client_assertion");
        if (assertion === null) {
            if (form.get("client_secret") === identity.clientSecret) return;
            throw refusal("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401);
        }
        const trusted = (await identity.verifyAssertion(assertion)) || (await federation.verify(assertion));
        if (!trusted) {
            throw refusal(
                "invalid_client",
                "AADSTS700213: No matching federated identity record was found.",
                401,
            );
        }
    }
}

function firstResourceScope(scope: string): string {
    const openid = ["openid", "profile", "offline_access"];
    return scope.split(" ").find((part) => !openid.includes(part)) ?? "";
}

function withoutSlash(audience: string): string {
    return audience.replace(/\/$/, "");
}

function refusal(error: string, description: string, status = 400): Refusal {
    const code = Number(/AADSTS(\d+)/.exec(description)?.[1]);
    return new Refusal({ status, body: { error, error_description: description, error_codes: [code] } });
}
