import type { Fault } from "../control.ts";
import type { Answer } from "../web.ts";
import { ArmError } from "./error.ts";

interface Running {
    readonly answer: Answer;
    readonly style: "location" | "status";
    pollsLeft: number;
}

/**
 * Come back at once. The Go clients read it; the JavaScript ones poll for the first time without waiting, and then
 * as often as their caller says (`updateIntervalInMs`, 2 s by default).
 */
const soon = { "retry-after-ms": "10" };

/** Azure's long-running operations: accepted now, finished after some polls, or never. */
export class Operations {
    readonly #running = new Map<string, Running>();
    readonly #origin: string;

    constructor(origin: string) {
        this.#origin = origin;
    }

    /**
     * The effect is there at once, but the caller is told to poll for the answer. A creation shows its state
     * and names the operation (`Azure-AsyncOperation`); everything else answers 202 with a `Location`.
     */
    accepted(polls: number): Fault {
        return async ({ call, effect }) => {
            const outcome = await effect();
            if (typeof outcome !== "object" || outcome.status >= 300) return outcome;
            const id = `${call.operation.split(".", 1)[0] ?? ""}-${crypto.randomUUID()}`;
            const style = call.method === "PUT" || call.method === "PATCH" ? "status" : "location";
            this.#running.set(id, { answer: outcome, style, pollsLeft: polls });
            const owner = call.path.replace(/\/generateCredentials$/i, "");
            const url = `${this.#origin}${owner}/operationStatuses/${id}?api-version=${call.apiVersion ?? ""}`;
            return style === "status"
                ? {
                      status: 201,
                      headers: { "azure-asyncoperation": url, ...soon },
                      body: unfinished(outcome.body),
                  }
                : { status: 202, headers: { location: url, ...soon } };
        };
    }

    /** Accepted, and never heard of again. */
    endless(): Fault {
        return this.accepted(Number.POSITIVE_INFINITY);
    }

    poll(id: string): Answer {
        const running = this.#running.get(id);
        if (!running) throw new ArmError(404, "OperationNotFound", `The operation '${id}' was not found.`);
        const finished = running.pollsLeft === 0;
        if (!finished) running.pollsLeft -= 1;
        if (running.style === "status") {
            return { status: 200, headers: soon, body: { id, status: finished ? "Succeeded" : "Creating" } };
        }
        return finished ? { ...running.answer, status: 200 } : { status: 202, headers: soon };
    }
}

function unfinished(body: unknown): unknown {
    const resource = body as { properties?: object };
    return { ...resource, properties: { ...resource.properties, provisioningState: "Creating" } };
}
