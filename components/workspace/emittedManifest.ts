import * as path from "node:path";
import type { FoundationConfig } from "../config.ts";
import { attempt, Problem } from "../problem.ts";
import { serviceName } from "../render/composeFile.ts";
import type { FoundationUse } from "../render/dockerfile.ts";
import type { Manifest, ManifestWorkspace } from "../render/manifest.ts";
import { appFolders, readEmitted } from "./emitted.ts";
import { readIfThere } from "./texts.ts";

/**
 * The manifest of a clone whose emitted files are of a version that had none: one foundation, and apps in `apps/`.
 *
 * @param configOf a stack's configuration.
 * @throws Problem when the foundation's `.env` is missing, or says too little.
 */
export function readEmittedManifest(root: string, configOf: (stack: string) => FoundationConfig): Manifest {
    const { image, digest, stack } = readEmitted(root);
    const config = attempt(() => configOf(stack));
    const { registry, channel } =
        config instanceof Problem ? ({ registry: "local", channel: "latest" } as const) : config;
    return {
        version: 1,
        stack,
        project: ".",
        registry: { kind: registry, server: image.slice(0, Math.max(image.indexOf("/"), 0)) },
        images: {
            foundation: {
                reference: image,
                digest,
                channel,
                folder: "foundation",
                uses: {},
            },
        },
        workspaces: Object.fromEntries(appFolders(root).map((folder) => [folder, workspaceIn(root, folder)])),
    };
}

function workspaceIn(root: string, folder: string): ManifestWorkspace {
    const file = path.join(root, folder, "compose.yaml");
    // Git may have given the file CRLF.
    const text = (readIfThere(file) ?? "").replaceAll("\r\n", "\n");
    const name = /^name: (\S+)/m.exec(text)?.[1];
    return {
        emitted: "compose.yaml",
        ...(name !== undefined && { name }),
        services: { [serviceName(path.posix.basename(folder))]: { foundation: useIn(text) } },
    };
}

/** How our own compose.yaml hands the foundation to the build. */
function useIn(text: string): FoundationUse {
    const [, contexts = ""] = /^ +additional_contexts:\n((?: {8}\S.*\n)*)/m.exec(text) ?? [];
    return {
        buildArg: /^ {8}FOUNDATION_IMAGE: /m.test(text),
        contexts: [...contexts.matchAll(/^ +"?([^"\s]+?)"?: /gm)].map(([, context = ""]) => context),
    };
}
