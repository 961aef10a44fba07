import { partsOf, type Problem } from "../../components/problem.ts";
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

/** A Problem's message is what is wrong, a semicolon, and what to do; or a list of these. */
export function failed(problem: Problem): Outcome {
    const [summary = "", ...findings] = problem.message.split(/\n {2}- /);
    if (findings.length > 1) {
        const listed = findings.map((finding, index) => `(${index + 1}) ${inOneLine(finding, 4)}`);
        return fail(`${summary}: ${listed.join(" ")}`, "do what each of them says");
    }
    const { wrong, remedy = "mend that" } = partsOf(problem);
    return fail(wrong, remedy);
}
