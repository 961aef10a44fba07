import { randomBytes } from "node:crypto";
import type { Control } from "../control.ts";
import type { Secrets } from "../secrets.ts";
import type { Answer, Outcome, Request } from "../web.ts";
import { authorization } from "../web.ts";
import type { Entra } from "./entra.ts";
import type { Identity } from "./identity.ts";

/** What the user's Azure CLI knows, once it has signed in. */
export class AzureCli {
    /** What the command shows, so that nobody else gets a token here. */
    readonly key: string;
    readonly #entra: Entra;
    readonly #identity: Identity;
    readonly #origin: string;

    constructor(origin: string, entra: Entra, identity: Identity, secrets: Secrets) {
        this.#origin = origin;
        this.#entra = entra;
        this.#identity = identity;
        this.key = secrets.issue(randomBytes(16).toString("hex"));
    }

    handle(request: Request, control: Control): Promise<Outcome> {
        const command = request.query.get("command") ?? "";
        const call = { operation: "entra.azureCli" as const, method: request.method, path: request.path };
        return control.handle({ ...call, body: { command } }, async () => {
            if (authorization(request.headers, "Bearer") !== this.key) return { status: 401 };
            return this.#run(command, request.query.get("resource") ?? "");
        });
    }

    async #run(command: string, resource: string): Promise<Answer> {
        const { subscriptionId, tenantId, clientId } = this.#identity;
        switch (command) {
            case "account get-access-token": {
                const { token, expiresInSeconds } = await this.#entra.accessToken(resource);
                const expires = new Date(Date.now() + expiresInSeconds * 1000);
                return {
                    status: 200,
                    body: {
                        accessToken: token,
                        expiresOn: expires.toISOString().replace("T", " ").replace("Z", "000"),
                        expires_on: Math.floor(expires.getTime() / 1000),
                        subscription: subscriptionId,
                        tenant: tenantId,
                        tokenType: "Bearer",
                    },
                };
            }
            case "account show":
                return {
                    status: 200,
                    body: {
                        id: subscriptionId,
                        tenantId,
                        name: "Fake subscription",
                        environmentName: "FakeAzure",
                        isDefault: true,
                        state: "Enabled",
                        user: { name: clientId, type: "servicePrincipal" },
                    },
                };
            case "cloud show":
                return {
                    status: 200,
                    body: {
                        name: "FakeAzure",
                        isActive: true,
                        endpoints: { activeDirectory: this.#origin, resourceManager: this.#origin },
                    },
                };
            default:
                return { status: 404 };
        }
    }
}
