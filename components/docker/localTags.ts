import { docker, DockerError } from "./docker.ts";

/**
 * Removes the tags of a server's images from the local Docker engine. Pushing leaves them there, under a name that
 * nobody pulls. What a container still uses stays, with a note.
 *
 * @param server host and port, as in an image reference.
 */
export async function removeLocalTags(
    server: string,
    info: (message: string) => Promise<void>,
): Promise<void> {
    const images = await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
    const tags = images.split("\n").filter((tag) => tag.startsWith(`${server}/`) && !tag.endsWith(":<none>"));
    if (tags.length === 0) return;
    await docker(["image", "rm", ...tags], { seconds: 60 }).catch((error: unknown) => {
        if (!(error instanceof DockerError)) throw error;
        return info(`some image tags of ${server} stay: ${error.message}`);
    });
}
