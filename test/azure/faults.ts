import { ArmError, notFound } from "./arm/error.ts";
import type { Fault } from "./control.ts";
import type { Refusal } from "./web.ts";

/** Too many requests; the client is told when to come back. */
export function throttled(retryAfterSeconds: number): Fault {
    return instead(
        () =>
            new ArmError(429, "TooManyRequests", "The request is being throttled.", {
                "retry-after": String(retryAfterSeconds),
            }),
    );
}

export function conflict(): Fault {
    return instead(
        (path) => new ArmError(409, "Conflict", `The operation on '${path}' conflicts with another one.`),
    );
}

export function serverError(): Fault {
    return instead(() => new ArmError(500, "InternalServerError", "An internal server error occurred."));
}

/** A policy of the organisation forbids it. */
export function deniedByPolicy(policy: string): Fault {
    return instead(
        (path) =>
            new ArmError(
                403,
                "RequestDisallowedByPolicy",
                `Resource '${path.slice(path.lastIndexOf("/") + 1)}' was disallowed by policy. ` +
                    `Policy identifiers: '[{"policyDefinition":{"name":"${policy}"}}]'.`,
            ),
    );
}

/** The identity lacks the role for it. */
export function forbidden(): Fault {
    return instead(
        (path) =>
            new ArmError(
                403,
                "AuthorizationFailed",
                `The client does not have authorization to perform action over scope '${path}'.`,
            ),
    );
}

/** Not there, although it may be. */
export function missing(): Fault {
    return instead(notFound);
}

/** The connection breaks before anything has happened. */
export function lostRequest(): Fault {
    return () => Promise.resolve("drop");
}

/** It has happened, but the connection breaks before the answer. */
export function lostAnswer(): Fault {
    return async ({ effect }) => {
        await effect();
        return "drop";
    };
}

/** What is created is not yet seen by the reads that follow. */
export function seenLate(reads: number): Fault {
    return async ({ call, control, effect }) => {
        const outcome = await effect();
        const collection = call.operation.split(".", 1)[0] as
            "resourceGroups" | "registries" | "scopeMaps" | "tokens";
        control.inject({ on: `${collection}.get`, path: call.path, times: reads }, missing());
        return outcome;
    };
}

function instead(refusal: (path: string) => Refusal): Fault {
    return ({ call }) => Promise.resolve(refusal(call.path).answer);
}
