import type { Problem } from "../../problem.ts";

/** What one look gave. */
export interface Outcome {
    /** `fail` keeps something from working; `warn` may surprise. */
    readonly state: "ok" | "warn" | "fail";
    readonly detail: string;
    /** What to do; there is one unless all is well. */
    readonly remedy?: string;
}

export interface Check {
    readonly title: string;
    readonly look: () => Promise<Outcome>;
}

export function ok(detail: string): Outcome {
    return { state: "ok", detail };
}

export function warn(detail: string, remedy: string): Outcome {
    return { state: "warn", detail, remedy };
}

export function fail(detail: string, remedy: string): Outcome {
    return { state: "fail", detail, remedy };
}

/** A Problem's message is what is wrong, a semicolon, and what to do. */
export function failed({ message }: Problem): Outcome {
    const [, wrong = message, remedy = "mend that"] = /^(.*?); (.*)$/s.exec(message) ?? [];
    return fail(wrong, remedy);
}
