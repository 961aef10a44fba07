import { appCompose, foundationCompose, type AppBuild, type FoundationBuild } from "./composeFile.ts";

/** What the emitted files are made from, besides the image. */
export interface Workspaces {
    /** Each with its folder, such as `apps/app1`. */
    readonly apps: readonly (AppBuild & { readonly folder: string })[];
    /** The build that a developer repeats in `foundation/`. */
    readonly build: FoundationBuild;
    /** One `.env` for each folder, or one at the root that the others link to. */
    readonly envFiles: "copy" | "symlink";
}

/** A file that is all ours, a block of ours in a file of the user's, or a symbolic link. */
export type WorkspaceFile<Block> =
    | { readonly kind: "whole"; readonly text: string }
    | { readonly kind: "block"; readonly text: Block }
    | { readonly kind: "link"; readonly target: string };

/**
 * All emitted files, by path. `block` is the {@link envBlock}: a text, or whatever becomes one, since in a deployment
 * it is known only after the push.
 */
export function workspaceFiles<Block>(
    { apps, build, envFiles }: Workspaces,
    block: Block,
): Readonly<Record<string, WorkspaceFile<Block>>> {
    const folders = ["foundation", ...apps.map((app) => app.folder)];
    const files: Record<string, WorkspaceFile<Block>> = {
        "foundation/compose.yaml": { kind: "whole", text: foundationCompose(build) },
    };
    for (const app of apps) files[`${app.folder}/compose.yaml`] = { kind: "whole", text: appCompose(app) };
    if (envFiles === "symlink") files[".env"] = { kind: "block", text: block };
    for (const folder of folders) {
        files[`${folder}/.env`] =
            envFiles === "symlink"
                ? { kind: "link", target: `${folder.replace(/[^/]+/g, "..")}/.env` }
                : { kind: "block", text: block };
    }
    return files;
}
