import * as v from "valibot";
import { tagLabel } from "../render/composeFile.ts";
import type { Engine } from "./engine.ts";

/** A container that Compose has made. */
export interface ComposeContainer {
    readonly name: string;
    readonly project: string;
    readonly service: string;
    /** The folder of its Compose file. */
    readonly folder: string;
    readonly running: boolean;
    /** The tag of the foundation that its image was built on; it outlives the image. */
    readonly tag: string | undefined;
    /**
     * By what its image is known, the best first: the digest of the manifest that it runs, which stays when a build that
     * finds everything in the cache gives the image a new id; what Compose took it for, which from 5.5 on is that digest
     * as well; and the id that the image had.
     */
    readonly images: readonly string[];
}

const prefix = "com.docker.compose";

const schema = v.array(
    v.object({
        Names: v.array(v.string()),
        State: v.string(),
        ImageID: v.string(),
        Labels: v.record(v.string(), v.string()),
        // From API 1.48 on, with the containerd store.
        ImageManifestDescriptor: v.nullish(v.object({ digest: v.string() })),
    }),
);

/** All containers that Compose has made, running or not. */
export async function listContainers({ get }: Engine): Promise<readonly ComposeContainer[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`${prefix}.image`] }));
    const found = await get(`/containers/json?all=1&filters=${filters}`, schema);
    return found.map(({ Names: [name = ""], State: state, ImageID, Labels, ImageManifestDescriptor }) => ({
        name: name.replace("/", ""),
        project: Labels[`${prefix}.project`] ?? "",
        service: Labels[`${prefix}.service`] ?? "",
        folder: Labels[`${prefix}.project.working_dir`] ?? "",
        running: state === "running" || state === "restarting" || state === "paused",
        tag: Labels[tagLabel],
        images: [ImageManifestDescriptor?.digest, Labels[`${prefix}.image`], ImageID].filter(
            (image) => image !== undefined,
        ),
    }));
}
