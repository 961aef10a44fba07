/** Something that is not as it has to be, or that soon won't be. */
export interface Finding {
    readonly severity: "error" | "warning";
    /** What was looked at; stable, for machines. */
    readonly check: "reference" | "credential" | "files" | "stack" | "expiry";
    readonly message: string;
    readonly remedy: string;
}
