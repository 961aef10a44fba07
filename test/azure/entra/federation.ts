import { randomBytes } from "node:crypto";
import type { Control } from "../control.ts";
import type { Secrets } from "../secrets.ts";
import { Signer } from "../signer.ts";
import type { Outcome, Request } from "../web.ts";
import { authorization } from "../web.ts";

const audience = "api://AzureADTokenExchange";
const subject = "repo:acme/foundation:environment:production";

/** A CI system whose workload the application trusts: it issues identity tokens, for asking or in advance. */
export class Federation {
    /** What a job presents when it asks for its identity token. */
    readonly requestToken: string;
    readonly #signer: Signer;
    readonly #secrets: Secrets;

    private constructor(signer: Signer, secrets: Secrets) {
        this.#signer = signer;
        this.#secrets = secrets;
        this.requestToken = secrets.issue(randomBytes(24).toString("base64url"));
    }

    static async create(secrets: Secrets): Promise<Federation> {
        return new Federation(await Signer.create("https://token.actions.githubusercontent.com"), secrets);
    }

    async token(
        overrides: { audience?: string; subject?: string; lifetimeSeconds?: number } = {},
    ): Promise<string> {
        const claims = { aud: overrides.audience ?? audience, sub: overrides.subject ?? subject };
        return this.#secrets.issue(await this.#signer.sign(claims, overrides.lifetimeSeconds ?? 300));
    }

    /** Answers a job that asks for its identity token. */
    handle(request: Request, control: Control): Promise<Outcome> {
        return control.handle(
            { operation: "entra.assertion", method: request.method, path: request.path },
            async () => {
                if (authorization(request.headers, "Bearer") !== this.requestToken) return { status: 401 };
                return {
                    status: 200,
                    body: { value: await this.token({ audience: request.query.get("audience") ?? "" }) },
                };
            },
        );
    }

    async verify(assertion: string): Promise<boolean> {
        const claims = await this.#signer.verify(assertion);
        return claims?.aud === audience && claims.sub === subject;
    }
}
