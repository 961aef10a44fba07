import type { FoundationStatus, ServiceStatus, Status } from "../../cli/status/model.ts";

/** What `foundation status --json` says where there is one foundation. */
export interface SimpleStatus extends Status {
    readonly foundation: FoundationStatus;
    readonly apps: readonly ServiceStatus[];
}

export function readStatus(json: string): SimpleStatus {
    const status = JSON.parse(json) as Status;
    const [foundation] = status.images;
    if (foundation === undefined) throw new Error("there is no foundation in the status");
    return { ...status, foundation, apps: status.services };
}
