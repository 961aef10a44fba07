import { mustAnswer } from "./ask.ts";

/** A container of an app's Compose project, be it of the app or of another service that the user has added. */
export interface Container {
    readonly name: string;
    readonly service: string;
    /** The name that Compose gives to the image of its service; it may have another build by now. */
    readonly image: string;
    readonly running: boolean;
    readonly imageId: string;
}

/** A container of some Compose project. */
export interface ComposeContainer extends Omit<Container, "image"> {
    readonly project: string;
}

/** All containers that Compose has made, running or not. */
export async function listContainers(): Promise<readonly ComposeContainer[]> {
    const fields = [
        "{{.Names}}",
        "{{.State}}",
        '{{.Label "com.docker.compose.project"}}',
        '{{.Label "com.docker.compose.service"}}',
        '{{.Label "com.docker.compose.image"}}',
    ];
    const text = await mustAnswer([
        "ps",
        "--all",
        "--no-trunc",
        "--filter",
        "label=com.docker.compose.image",
        "--format",
        fields.join("\t"),
    ]);
    return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split("\t"))
        .map(([name = "", state = "", project = "", service = "", imageId = ""]) => ({
            name,
            running: state === "running" || state === "restarting" || state === "paused",
            imageId,
            project,
            service,
        }));
}
