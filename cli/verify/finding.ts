/** Something that is not as it has to be, or that soon won't be. */
export interface Finding {
    readonly severity: "error" | "warning";
    /** What was looked at; stable, for machines. */
    readonly check: "reference" | "credential" | "files" | "stack" | "expiry";
    readonly message: string;
    readonly remedy: string;
}

export function fail(check: Finding["check"], message: string, remedy: string): Finding {
    return { severity: "error", check, message, remedy };
}

export function warn(check: Finding["check"], message: string, remedy: string): Finding {
    return { severity: "warning", check, message, remedy };
}
