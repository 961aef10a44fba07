import { docker, DockerError } from "./docker.ts";

/**
 * Removes the tags of a server's images from the local Docker engine. Pushing leaves them there, under a name that
 * nobody pulls. What a container still uses stays, with a note.
 *
 * @param place what their references begin with: a server, as `localhost:5051/`, or a repository, as
 *     `localhost:5051/foundation:`. Images that are pushed at the same time need theirs.
 */
export async function removeLocalTags(
    place: string,
    info: (message: string) => Promise<void>,
): Promise<void> {
    const images = await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
    const tags = images.split("\n").filter((tag) => tag.startsWith(place) && !tag.endsWith(":<none>"));
    if (tags.length === 0) return;
    await docker(["image", "rm", ...tags], { seconds: 60 }).catch((error: unknown) => {
        if (!(error instanceof DockerError)) throw error;
        return info(`some image tags stay: ${error.message}`);
    });
}
