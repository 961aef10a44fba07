import { currentBuilder, type Builder } from "../../components/docker/builder.ts";
import { askEngine } from "../../components/docker/engine.ts";
import { imageStore, type ImageStore } from "../../components/docker/images.ts";
import { Problem } from "../../components/problem.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { readEnv } from "../../components/workspace/env.ts";
import { readServices, type Service } from "../../components/workspace/services.ts";
import { ok, warn, type Outcome } from "./check.ts";

/** Whether apps are built on a foundation of one's own, with the builder and the files that are here. */
export async function checkBuilder(clone: Clone, manifest: Manifest | Problem): Promise<Outcome> {
    const [folder = "foundation"] = manifest instanceof Problem ? [] : clone.folders;
    const [builder, store] = await Promise.all([
        currentBuilder(readEnv(clone.root, folder)),
        askEngine(imageStore),
    ]);
    return builderOutcome(builder, store, manifest instanceof Problem ? [] : readServices(clone));
}

/** Whether what is built on a foundation of one's own gets that one. */
export function builderOutcome(
    { name, driver }: Builder,
    store: ImageStore,
    services: readonly Pick<Service, "folder" | "uses">[],
): Outcome {
    if (driver !== "docker") {
        return warn(
            `"${name}" (${driver}) can't see local images, so a foundation of your own would be ignored`,
            'run `docker buildx use "$(docker context show)"`',
        );
    }
    const ignoring = services
        .filter(
            ({ uses }) => store === "containerd" && [...uses.values()].some(({ form }) => form === "image"),
        )
        .map(({ folder }) => folder);
    if (ignoring.length === 0) return ok(`${name} with the ${store} image store, which sees local images`);
    return warn(
        `${name} sees local images, but with the containerd image store a foundation of your own would be ignored by ${[...new Set(ignoring)].join(", ")}`,
        "`pulumi config set contexts service`, and `pulumi up`",
    );
}
