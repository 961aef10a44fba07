import type { Outcome } from "./web.ts";
import { Refusal } from "./web.ts";

type Verb = "get" | "put" | "patch" | "delete";

/** What can be asked of the fake, by the names that tests use. */
export type Operation =
    | `${"resourceGroups" | "registries" | "scopeMaps" | "tokens" | "tasks"}.${Verb}`
    | "registries.generateCredentials"
    | "registries.listCredentials"
    | "operationStatuses.get"
    | "metadata.get"
    | "entra.discovery"
    | "entra.token"
    | "entra.assertion"
    | "entra.azureCli"
    | "entra.managedIdentity"
    | "registry.exchange"
    | "registry.token"
    | "registry.data";

export interface Call {
    readonly operation: Operation;
    readonly method: string;
    readonly path: string;
    readonly apiVersion?: string;
    /** As sent, with secrets left out. */
    readonly body?: unknown;
    /** Set once there is an answer, whether or not it arrives; absent when there is none. */
    status?: number;
}

/** Whether a call was for Azure Resource Manager, rather than for a token or for a registry. */
export function isForResourceManager({ path }: Call): boolean {
    return path.startsWith("/subscriptions/");
}

export interface Interception {
    readonly call: Call;
    readonly control: Control;
    /** What would have happened without the fault. */
    readonly effect: () => Promise<Outcome>;
}

/** What happens instead of, or around, the effect of a call. */
export type Fault = (interception: Interception) => Promise<Outcome>;

export interface Trigger {
    readonly on: Operation;
    /** Only calls of this path; case matters as little as it does to Azure. */
    readonly path?: string;
    /** How often the fault strikes; default once. */
    readonly times?: number;
    /** How many matching calls go through first; default none. */
    readonly after?: number;
}

export interface Observer {
    /** Sees a call before anything is done for it; `"drop"` breaks the connection instead of doing it. */
    before?(call: Call): Promise<"drop" | undefined> | "drop" | undefined;
    /** Sees a call when its effect is there and the answer is about to be sent; `"drop"` loses the answer. */
    after?(call: Call): Promise<"drop" | undefined> | "drop" | undefined;
}

interface Pending {
    readonly trigger: Trigger;
    readonly fault: Fault;
    skip: number;
    left: number;
}

/** Where a test sees what is asked of the fake, and interferes with it. */
export class Control {
    readonly #calls: Call[] = [];
    readonly #pending: Pending[] = [];
    readonly #observers = new Set<Observer>();

    get calls(): readonly Call[] {
        return this.#calls;
    }

    /** The calls of one operation, oldest first. */
    callsOf(operation: Operation): readonly Call[] {
        return this.#calls.filter((call) => call.operation === operation);
    }

    forgetCalls(): void {
        this.#calls.length = 0;
    }

    inject(trigger: Trigger, fault: Fault): void {
        this.#pending.push({ trigger, fault, skip: trigger.after ?? 0, left: trigger.times ?? 1 });
    }

    /** Takes back every fault that has not struck. */
    clearFaults(): void {
        this.#pending.length = 0;
    }

    /** Returns what ends the observation. */
    observe(observer: Observer): () => void {
        this.#observers.add(observer);
        return () => {
            this.#observers.delete(observer);
        };
    }

    /** Does what a call asks for, with whatever the test has in store for it. */
    async handle(call: Call, effect: () => Promise<Outcome>): Promise<Outcome> {
        this.#calls.push(call);
        for (const observer of this.#observers) {
            if ((await observer.before?.(call)) === "drop") return "drop";
        }
        const attempt = () => answered(effect);
        const fault = this.#strike(call);
        const outcome = fault ? await fault({ call, control: this, effect: attempt }) : await attempt();
        if (typeof outcome === "object") call.status = outcome.status;
        for (const observer of this.#observers) {
            if ((await observer.after?.(call)) === "drop") return "drop";
        }
        return outcome;
    }

    #strike(call: Call): Fault | undefined {
        for (const pending of this.#pending) {
            if (pending.left === 0 || !matches(pending.trigger, call)) continue;
            if (pending.skip > 0) {
                pending.skip -= 1;
                continue;
            }
            pending.left -= 1;
            return pending.fault;
        }
        return undefined;
    }
}

async function answered(effect: () => Promise<Outcome>): Promise<Outcome> {
    try {
        return await effect();
    } catch (error) {
        if (error instanceof Refusal) return error.answer;
        throw error;
    }
}

function matches(trigger: Trigger, call: Call): boolean {
    return (
        trigger.on === call.operation &&
        (trigger.path === undefined || trigger.path.toLowerCase() === call.path.toLowerCase())
    );
}
