import { Problem, problemText } from "../../components/problem.ts";
import { inOneLine } from "../terminal.ts";

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
    readonly look: () => Outcome | Promise<Outcome>;
}

/** What a look gives. What can't even be looked at has failed, and the other checks go on. */
export async function looked(look: Check["look"]): Promise<Outcome> {
    try {
        return await look();
    } catch (error) {
        if (error instanceof Problem) return failed(error);
        return fail(error instanceof Error ? error.message : String(error), "fix that");
    }
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

/** A problem as the outcome of a look. */
export function failed({ parts }: Problem): Outcome {
    const { wrong, found, remedy = "fix that", findings = [], said } = parts;
    const [only, ...others] = findings;
    if (only === undefined) return fail(inOneLine(problemText({ wrong, found, said })), remedy);
    if (others.length === 0) {
        const { remedy: own = remedy, ...rest } = only;
        return fail(`${wrong}: ${inOneLine(problemText(rest))}`, own);
    }
    const listed = findings.map((finding, index) => `(${index + 1}) ${inOneLine(problemText(finding))}`);
    return fail(`${wrong}: ${listed.join(" ")}`, "fix each of them");
}
