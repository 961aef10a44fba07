import {
    appCompose,
    foundationCompose,
    type ContextForm,
    type FoundationBuild,
} from "../../components/render/composeFile.ts";
import type { FoundationUse } from "../../components/render/dockerfile.ts";
import { envBlock } from "../../components/render/envFile.ts";
import type { Foundation } from "../../components/render/foundation.ts";
import { fill } from "../../components/render/gaps.ts";

/** The one that a repository has without any configuration. */
export const foundation: Foundation = {
    name: "foundation",
    folder: "foundation",
    context: "foundation",
    dockerfile: "foundation/Dockerfile",
    argument: "FOUNDATION_IMAGE",
    replaces: [],
    repository: "foundation",
};

/** What is emitted of it. */
export interface Published {
    readonly image: string;
    readonly digest: string;
    readonly stack: string;
}

/** The block for one foundation. */
export function blockFor({ image, digest, stack }: Published): string {
    return envBlock({ images: [{ name: "foundation", image, digest }], stack });
}

/** What the foundation's compose.yaml says by default. */
export const published = "localhost:5050/foundation:v1";

/** The compose.yaml of the one foundation. */
export function foundationText(build: FoundationBuild, project: string): string {
    const setting = { foundations: [foundation], contexts: "service" } as const;
    return filled(foundationCompose({ ...foundation, ...build }, new Map(), setting, project));
}

/** The compose.yaml of an app on the one foundation. */
export function appText(
    { service, use }: { readonly service: string; readonly use: FoundationUse },
    contexts: ContextForm,
    project: string,
): string {
    const setting = { foundations: [foundation], contexts };
    return filled(
        appCompose(service, new Map([[service, new Map([["foundation", use]])]]), setting, project),
    );
}

function filled(text: string): string {
    const result = fill(text, { "foundation.image": published });
    if (result === undefined) throw new Error("nothing is unknown here");
    return result;
}
