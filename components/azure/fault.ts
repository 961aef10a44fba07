import { Problem } from "../problem.ts";
import type { Method } from "./credential.ts";

/**
 * An error of Azure's clients, as a problem of the resource with this id. Their own texts name neither the resource
 * nor what to do about it, and one that isn't theirs is thrown on.
 */
export function azureProblem(error: unknown, id: string, method: Method): Error {
    if (error instanceof Problem || !(error instanceof Error)) return error as Error;
    if (error.name === "AbortError" || error.name === "TimeoutError") {
        return new Problem(`${id}: Azure did not finish in time; run \`pulumi up\` again`);
    }
    if (/^(Authentication|AggregateAuthentication|CredentialUnavailable)/.test(error.name)) {
        return new Problem(`${id}: can't sign in to Azure with ${method}: ${firstLine(error.message)}`);
    }
    if (error.name !== "RestError") return error;
    const { statusCode, code = "" } = error as Error & {
        readonly statusCode?: number;
        readonly code?: string;
    };
    if (code === "RequestDisallowedByPolicy") {
        return new Problem(
            `${id}: a policy of the organisation forbids it. Where that is "Container registries should have repository scoped access token disabled", nobody can pull with a token; ask for an exemption for this registry (docs/azure.md). Azure says: ${firstLine(error.message)}`,
        );
    }
    if (statusCode === 403) {
        return new Problem(
            `${id}: the deploying identity may not do this; give it the roles of docs/azure.md. Azure says: ${firstLine(error.message)}`,
        );
    }
    return new Problem(
        `${id}: Azure Resource Manager says ${statusCode === undefined ? "nothing" : `${statusCode} ${code}`.trim()}: ${firstLine(error.message)}; run \`pulumi up\` again`,
    );
}

function firstLine(text: string): string {
    return text.split("\n", 1)[0] ?? "";
}
