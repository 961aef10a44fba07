import {
    appCompose,
    foundationCompose,
    projectName,
    type ComposeSetting,
    type ContextForm,
    type FoundationBuild,
    type Uses,
} from "./composeFile.ts";
import { envBlock } from "./envFile.ts";
import type { Foundation } from "./foundation.ts";
import { gap } from "./gaps.ts";
import { manifestFile, manifestText, type Manifest, type ManifestUse } from "./manifest.ts";
import { joinPath, relativePath } from "./paths.ts";

/** A foundation as the emitted files have it. */
export interface WorkspaceImage {
    readonly foundation: Foundation;
    /** The build that a developer repeats in its folder. */
    readonly build: FoundationBuild;
    /** The foundations that it is built on itself. */
    readonly uses: Uses;
}

/** An app's folder as the emitted files have it. */
export interface WorkspaceApp {
    /** Relative to the repository's root, with `/`, such as `apps/app1`. */
    readonly folder: string;
    /** Its name as a Compose service, from `serviceName`. */
    readonly service: string;
    readonly uses: Uses;
}

/** What the emitted files are made from, besides what is known only after the push. */
export interface Workspaces {
    readonly stack: string;
    /** The Pulumi project's folder, relative to the repository's root. */
    readonly project: string;
    readonly registry: Manifest["registry"]["kind"];
    readonly channel: string;
    /** Parents before children. */
    readonly images: readonly WorkspaceImage[];
    readonly apps: readonly WorkspaceApp[];
    readonly contexts: ContextForm;
    /** What tells this repository's Compose projects from those of others, for {@link projectName}. */
    readonly mark: string;
    /** One `.env` for each folder, one at the root that the others link to, or none. */
    readonly envFiles: "copy" | "symlink" | "none";
}

/** What the gaps of the emitted texts are filled with, by the names that this file gives them. */
export function publishedValues<Value>({
    server,
    username,
    images,
}: {
    /** Host and port to pull from. */
    readonly server: Value;
    /** Whom developers log in as. */
    readonly username: Value;
    /** By name; each with its reference by tag, and its digest. */
    readonly images: ReadonlyMap<string, { readonly image: Value; readonly digest: Value }>;
}): Record<string, Value> {
    return Object.fromEntries([
        ["registry.server", server],
        ["registry.username", username],
        ...[...images].flatMap(([name, { image, digest }]) => [
            [`${name}.image`, image] as const,
            [`${name}.digest`, digest] as const,
        ]),
    ]);
}

/** All emitted files. Paths are relative to the repository's root, with `/`. Texts may have gaps (`gaps.ts`). */
export interface WorkspaceFiles {
    /** Path to text, of the files that are ours from the first to the last line. They begin with a mark of ours. */
    readonly texts: Readonly<Record<string, string>>;
    /** Blocks of lines of ours, with the paths of the files, otherwise the user's, that have them. */
    readonly blocks: readonly { readonly text: string; readonly paths: readonly string[] }[];
    /** Path to target, of symbolic links. A target is relative to the link's own folder, with `/`. */
    readonly links: Readonly<Record<string, string>>;
}

/** What is emitted. */
export function workspaceFiles(workspaces: Workspaces): WorkspaceFiles {
    const { images, apps, contexts, mark } = workspaces;
    const setting: ComposeSetting = { foundations: images.map(({ foundation }) => foundation), contexts };
    return {
        texts: Object.fromEntries([
            ...images.map(({ foundation, build, uses }) => [
                joinPath(foundation.folder, "compose.yaml"),
                foundationCompose(foundation, build, uses, setting, projectName(foundation.name, mark)),
            ]),
            ...apps.map(({ folder, service, uses }) => [
                joinPath(folder, "compose.yaml"),
                appCompose(service, uses, setting, projectName(service, mark)),
            ]),
            [manifestFile, manifestText(manifestOf(workspaces))],
        ]) as Record<string, string>,
        ...envFiles(workspaces),
    };
}

/** A folder's `.env` sets what its Compose file names. */
interface EnvFolder {
    readonly folder: string;
    readonly names: readonly string[];
}

function envFiles({ images, apps, envFiles: form, stack }: Workspaces): Omit<WorkspaceFiles, "texts"> {
    const order = images.map(({ foundation }) => foundation.name);
    const folders: EnvFolder[] = [
        ...images.map(({ foundation, uses }) => ({
            folder: foundation.folder,
            names: order.filter((name) => name === foundation.name || uses.has(name)),
        })),
        ...apps.map(({ folder, uses }) => ({ folder, names: order.filter((name) => uses.has(name)) })),
    ];
    const blockFor = (names: readonly string[]): string =>
        envBlock({
            stack,
            images: names.map((name) => ({
                name,
                image: gap(`${name}.image`),
                digest: gap(`${name}.digest`),
            })),
        });
    if (form === "none") return { blocks: [], links: {} };
    if (form === "symlink") {
        const links = folders.map(({ folder }) => [joinPath(folder, ".env"), relativePath(folder, ".env")]);
        return {
            blocks: [{ text: blockFor(order), paths: [".env"] }],
            links: Object.fromEntries(links) as Record<string, string>,
        };
    }
    // What many files share is said once.
    const blocks = new Map<string, string[]>();
    for (const { folder, names } of folders) {
        const text = blockFor(names);
        const paths = blocks.get(text) ?? [];
        paths.push(joinPath(folder, ".env"));
        blocks.set(text, paths);
    }
    return { blocks: [...blocks].map(([text, paths]) => ({ text, paths })), links: {} };
}

function manifestOf({ stack, project, registry, channel, images, apps, mark }: Workspaces): Manifest {
    return {
        version: 1,
        stack,
        project,
        registry: { kind: registry, server: gap("registry.server"), username: gap("registry.username") },
        images: Object.fromEntries(
            images.map(({ foundation: { name, folder }, uses }) => [
                name,
                {
                    reference: gap(`${name}.image`),
                    digest: gap(`${name}.digest`),
                    channel,
                    folder,
                    uses: manifestUses(uses),
                },
            ]),
        ),
        workspaces: Object.fromEntries(
            apps.map(({ folder, service, uses }) => [
                folder,
                {
                    emitted: "compose.yaml",
                    name: projectName(service, mark),
                    services: { [service]: manifestUses(uses) },
                },
            ]),
        ),
    };
}

function manifestUses(uses: Uses): Record<string, ManifestUse> {
    return Object.fromEntries(uses);
}
