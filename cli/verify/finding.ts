/** Something that is not as it has to be, or that soon won't be. */
export interface Finding {
    readonly severity: "error" | "warning";
    /** What was looked at; stable, for machines. */
    readonly check: "reference" | "credential" | "files" | "stack" | "expiry";
    readonly message: string;
    readonly remedy: string;
}

export function fail(message: string, remedy: string, check: Finding["check"]): Finding {
    return { severity: "error", check, message, remedy };
}

export function warn(message: string, remedy: string, check: Finding["check"]): Finding {
    return { severity: "warning", check, message, remedy };
}
