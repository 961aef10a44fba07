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

/** The status of one foundation, official here and in the registry unless something else is given, and of services. */
export function statusWith(
    services: readonly ServiceStatus[],
    foundation: Partial<FoundationStatus> = {},
): Status {
    return {
        stack: "prod",
        images: [
            {
                name: "foundation",
                folder: "foundation",
                uses: [],
                behind: [],
                image: "acme.azurecr.io/foundation:content-0123456789ab",
                digest: `sha256:${"0123456789abcdef".repeat(4)}`,
                local: { state: "official", tag: "content-0123456789ab", createdAt: null, id: null },
                changes: { state: "none" },
                registry: { state: "current", detail: null },
                ...foundation,
            },
        ],
        builder: { name: "default", driver: "docker", seesLocalImages: true },
        services,
        warnings: [],
        official: true,
    };
}

/** The only service of an app's folder, not built and official unless something else is given. */
export function serviceStatus(name: string, more: Partial<ServiceStatus> = {}): ServiceStatus {
    return {
        folder: `apps/${name}`,
        service: name,
        uses: ["foundation"],
        project: name,
        image: name,
        built: null,
        next: "official",
        upToDate: true,
        command: null,
        containers: [],
        problem: null,
        ...more,
    };
}
