import { randomBytes } from "node:crypto";
import type { Control } from "../control.ts";
import type { Secrets } from "../secrets.ts";
import type { Outcome, Request } from "../web.ts";
import type { Entra } from "./entra.ts";

/** The endpoint from which a workload in Azure App Service gets tokens without a secret of its own. */
export class ManagedIdentity {
    readonly header: string;
    readonly #entra: Entra;

    constructor(entra: Entra, secrets: Secrets) {
        this.#entra = entra;
        this.header = secrets.issue(randomBytes(16).toString("hex"));
    }

    handle(request: Request, control: Control): Promise<Outcome> {
        const body = { client: request.query.get("client_id") };
        return control.handle(
            { operation: "entra.managedIdentity", method: request.method, path: request.path, body },
            async () => {
                if (request.headers["x-identity-header"] !== this.header) return { status: 401 };
                const resource = request.query.get("resource") ?? "";
                const { token, expiresInSeconds } = await this.#entra.accessToken(resource);
                const expiresOn = Math.floor(Date.now() / 1000) + expiresInSeconds;
                return {
                    status: 200,
                    body: {
                        access_token: token,
                        expires_on: String(expiresOn),
                        resource,
                        token_type: "Bearer",
                    },
                };
            },
        );
    }
}
