import * as v from "valibot";
import type { PasswordLogin } from "../oci/dockerLogin.ts";
import { readDocument } from "../oci/documents.ts";
import { Problem } from "../problem.ts";
import { findCloud } from "./cloud.ts";
import { credentialOf, methodOf } from "./credential.ts";
import { azureProblem } from "./fault.ts";
import { patiently } from "./login.ts";
import type { Settings } from "./settings.ts";

/** The audience of every registry; tokens for Azure Resource Manager may be refused, and are by ours. */
const audience = "https://containerregistry.azure.net";

/** The user that goes with a registry's refresh token. */
const username = "00000000-0000-0000-0000-000000000000";

/** A new registry's name takes a moment to be known everywhere. */
const nameSeconds = 120;

/** Who may push, for a few hours. */
export interface PushLogin extends PasswordLogin {
    /** In RFC 3339. */
    readonly expiresAt: string;
}

/**
 * Signs in to Azure as these settings say, and trades that identity's own token for one of the registry.
 *
 * @throws Problem when that can't be had, or is interrupted.
 */
export async function pushLogin(server: string, settings: Settings, signal: AbortSignal): Promise<PushLogin> {
    const method = methodOf(settings);
    try {
        return await exchange(server, settings, signal);
    } catch (error) {
        if (signal.aborted) throw new Problem({ wrong: `${server}: interrupted` });
        throw azureProblem(error, server, method);
    }
}

async function exchange(server: string, settings: Settings, signal: AbortSignal): Promise<PushLogin> {
    const cloud = await findCloud(settings, methodOf(settings) === "Azure CLI", signal);
    const credential = await credentialOf(settings, cloud);
    const token = await credential.getToken(`${audience}/.default`, { abortSignal: signal });
    if (token === null) throw new Problem({ wrong: `${server}: Azure gives no token for ${audience}` });
    const form = new URLSearchParams({
        grant_type: "access_token",
        service: server,
        access_token: token.token,
        ...(settings.tenantId !== undefined && { tenant: settings.tenantId }),
    });
    const answer = await patiently(
        () => post(`https://${server}/oauth2/exchange`, form, signal),
        ({ status }) => status !== undefined && status < 500 && status !== 429,
        nameSeconds,
        signal,
    );
    if (answer.password === undefined) {
        const reason =
            answer.status === undefined ? answer.fault : `/oauth2/exchange answers ${answer.status}`;
        throw new Problem({
            wrong: `${server}: can't get a credential to push with (${reason})`,
            remedy: "the deploying identity needs the role AcrPush on the registry (docs/azure.md), and this machine has to reach it",
        });
    }
    return { username, password: answer.password, expiresAt: expiryOf(answer.password).toISOString() };
}

const ExchangeAnswer = v.object({ refresh_token: v.string() });

const Claims = v.object({ exp: v.number() });

interface Answer {
    readonly status?: number;
    readonly fault?: string;
    readonly password?: string;
}

async function post(url: string, body: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    try {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
        const response = await fetch(url, { method: "POST", body, signal: limited });
        const answer = response.ok ? readDocument(ExchangeAnswer, await response.text()) : undefined;
        const password = answer?.refresh_token;
        return { status: response.status, ...(password !== undefined && { password }) };
    } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        return { fault: cause instanceof Error ? cause.message || cause.name : String(cause) };
    }
}

/** A refresh token is a JWT that says when it ends; they live for three hours. */
function expiryOf(token: string): Date {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    const claims = readDocument(Claims, payload);
    // Where it is no JWT after all, an hour is a safe guess.
    return new Date(claims === undefined ? Date.now() + 60 * 60 * 1000 : claims.exp * 1000);
}
