import { Problem } from "../problem.ts";
import type { Method } from "./credential.ts";

/**
 * An error of Azure's clients, as a problem of the resource with this id. Their own texts name neither the resource
 * nor what to do about it, and one that isn't theirs is thrown on.
 */
export function azureProblem(error: unknown, id: string, method: Method): Error {
    if (error instanceof Problem || !(error instanceof Error)) return error as Error;
    if (error.name === "AbortError" || error.name === "TimeoutError") {
        return new Problem({
            wrong: `${id}: Azure did not finish in time`,
            remedy: `run \`pulumi up\` again`,
        });
    }
    if (/^(Authentication|AggregateAuthentication|CredentialUnavailable)/.test(error.name)) {
        return new Problem({
            wrong: `${id}: can't sign in to Azure with ${method}: ${firstLine(error.message)}`,
        });
    }
    if (error.name !== "RestError") return error;
    const { statusCode, code = "" } = error as Error & {
        readonly statusCode?: number;
        readonly code?: string;
    };
    const said = `Azure says: ${firstLine(error.message)}`;
    if (code === "RequestDisallowedByPolicy") {
        return new Problem({
            wrong: `${id}: a policy of the organisation forbids it. Where that is "Container registries should have repository scoped access token disabled", nobody can pull with a token`,
            remedy: "ask for an exemption for this registry (docs/azure.md)",
            said,
        });
    }
    if (statusCode === 403) {
        return new Problem({
            wrong: `${id}: the deploying identity may not do this`,
            remedy: "give it the roles of docs/azure.md",
            said,
        });
    }
    const answer = statusCode === undefined ? "nothing" : `${statusCode} ${code}`.trim();
    return new Problem({
        wrong: `${id}: Azure Resource Manager says ${answer}: ${firstLine(error.message)}`,
        remedy: "run `pulumi up` again",
    });
}

function firstLine(text: string): string {
    return text.split("\n", 1)[0] ?? "";
}
