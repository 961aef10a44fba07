import { docker } from "../../docker/docker.ts";

/** The label that says whose a Compose project is; Compose itself knows projects by name only. */
const ownerLabel = "foundation.owner";

/** Something that Docker keeps for a Compose project. */
export interface ComposeObject {
    readonly kind: "container" | "volume" | "network";
    readonly name: string;
    readonly owner: string;
    /** Of a container, the service it is for. */
    readonly service: string;
    /** Of a container, `running` and the like. */
    readonly state: string;
}

/** The containers of a Compose project, whoever made them. */
export async function containersOf(project: string, signal?: AbortSignal): Promise<ComposeObject[]> {
    return list(
        "container",
        ["ps", "--all"],
        ["Names", 'Label "com.docker.compose.service"', "State"],
        project,
        signal,
    );
}

/** The volumes of a Compose project, whoever made them. */
export async function volumesOf(project: string, signal?: AbortSignal): Promise<ComposeObject[]> {
    return list("volume", ["volume", "ls"], ["Name"], project, signal);
}

/** All that Docker keeps for a Compose project, whoever made it. */
export async function objectsOf(project: string, signal?: AbortSignal): Promise<ComposeObject[]> {
    const networks = list("network", ["network", "ls"], ["Name"], project, signal);
    return (await Promise.all([containersOf(project, signal), volumesOf(project, signal), networks])).flat();
}

/** Removes them, the containers first, as they hold on to the others. */
export async function removeObjects(objects: readonly ComposeObject[]): Promise<void> {
    for (const kind of ["container", "network", "volume"] as const) {
        const names = objects.filter((object) => object.kind === kind).map((object) => object.name);
        // Docker gives a container ten seconds to end; --force doesn't.
        if (names.length > 0) await docker([kind, "rm", "--force", ...names], { seconds: 60 });
    }
}

async function list(
    kind: ComposeObject["kind"],
    command: readonly string[],
    fields: readonly string[],
    project: string,
    signal: AbortSignal | undefined,
): Promise<ComposeObject[]> {
    const columns = [`Label "${ownerLabel}"`, ...fields];
    const format = columns.map((column) => `{{.${column}}}`).join("\t");
    const filter = `label=com.docker.compose.project=${project}`;
    const output = await docker(
        [...command, "--filter", filter, "--format", format],
        signal === undefined ? {} : { signal },
    );
    return output
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
            const [owner = "", name = "", service = "", state = ""] = line.split("\t");
            return { kind, owner, name, service, state };
        });
}
