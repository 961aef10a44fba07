import {
    appCompose,
    foundationCompose,
    projectName,
    type AppBuild,
    type ContextForm,
    type FoundationBuild,
} from "./composeFile.ts";

/** What the emitted files are made from, besides the image. */
export interface Workspaces {
    /** Each with its folder, such as `apps/app1`. */
    readonly apps: readonly (AppBuild & { readonly folder: string })[];
    /** The build that a developer repeats in `foundation/`. */
    readonly build: FoundationBuild;
    readonly contexts: ContextForm;
    /** What tells this repository's Compose projects from those of others, for {@link projectName}. */
    readonly mark: string;
    /** One `.env` for each folder, one at the root that the others link to, or none. */
    readonly envFiles: "copy" | "symlink" | "none";
}

/** All emitted files. Paths are relative to the project's folder, with `/`. */
export interface WorkspaceFiles {
    /** Path to text, of the files that are ours from the first to the last line. The first is our mark. */
    readonly texts: Readonly<Record<string, string>>;
    /** Paths of the files, otherwise the user's, that have the one {@link envBlock} in them. */
    readonly blockPaths: readonly string[];
    /** Path to target, of symbolic links. A target is relative to the link's own folder, with `/`. */
    readonly links: Readonly<Record<string, string>>;
}

/** What is emitted. The text of the block isn't in it, for that is known only after the push. */
export function workspaceFiles({ apps, build, contexts, mark, envFiles }: Workspaces): WorkspaceFiles {
    const compose = apps.map(
        (app) =>
            [
                `${app.folder}/compose.yaml`,
                appCompose(app, contexts, projectName(app.service, mark)),
            ] as const,
    );
    const folders = ["foundation", ...apps.map((app) => app.folder)];
    const envPaths = folders.map((folder) => `${folder}/.env`);
    const linkTo = (path: string): string => path.replace(/[^/]+\//g, "../");
    const linked = envFiles === "symlink";
    return {
        texts: {
            "foundation/compose.yaml": foundationCompose(build, projectName("foundation", mark)),
            ...Object.fromEntries(compose),
        },
        blockPaths: linked ? [".env"] : envFiles === "copy" ? envPaths : [],
        links: linked ? Object.fromEntries(envPaths.map((path) => [path, linkTo(path)])) : {},
    };
}
