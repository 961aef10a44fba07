import type { Linked } from "./chain.ts";
import {
    appCompose,
    foundationCompose,
    overrideCompose,
    projectName,
    type ComposeSetting,
    type ContextForm,
    type FoundationBuild,
    type Uses,
} from "./composeFile.ts";
import { envBlock } from "./envFile.ts";
import type { Foundation } from "./foundation.ts";
import { gap } from "./gaps.ts";
import { manifestFile, manifestText, type Manifest } from "./manifest.ts";
import { joinPath, relativePath } from "./paths.ts";

/** A foundation as the emitted files have it, with those that it is built on itself. */
export type WorkspaceImage = Linked<Foundation & FoundationBuild>;

/**
 * What Compose finds in a folder. `whole`: no Compose file, so all of it is ours; its service has the folder's name. `merged`:
 * a Compose file of the user's, which Compose merges ours into by itself. `listed`: it has an override of its own, so
 * Compose has to be told all the files, in their order and without ours; none where lines of the user's own tell it.
 */
export type WorkspaceForm =
    | { readonly kind: "whole" }
    | { readonly kind: "merged" }
    | { readonly kind: "listed"; readonly files: readonly string[] };

/** A folder as the emitted files have it: an app's, or that of a foundation. */
export interface Workspace {
    /** Relative to the repository's root, with `/`, such as `apps/app1`. */
    readonly folder: string;
    /** Tells its Compose project, and its services that are contexts, from those of other folders. */
    readonly name: string;
    readonly form: WorkspaceForm;
    /** What each built service uses; nothing for one without any foundation. */
    readonly services: ReadonlyMap<string, Uses>;
    /** Services of the user's that aren't built. */
    readonly others: readonly string[];
    /** In a Compose file of the user's, the services that build the foundation of this folder. */
    readonly official: readonly string[];
}

/** What the emitted files are made from, besides what is known only after the push. */
export interface Workspaces {
    /** The stack that publishes the foundations. */
    readonly stack: string;
    /** The Pulumi project's folder, relative to the repository's root. */
    readonly project: string;
    /** Whose registry it is. */
    readonly registry: Manifest["registry"]["kind"];
    /** The tag that moves with every deployment. */
    readonly channel: string;
    /** Parents before children. */
    readonly images: readonly WorkspaceImage[];
    /** The folders of apps. */
    readonly apps: readonly Workspace[];
    /** Folders of foundations that have a Compose file of the user's, by the foundation's name. */
    readonly own: ReadonlyMap<string, Workspace>;
    /** What the named contexts of builds are. */
    readonly contexts: ContextForm;
    /** What tells this repository's Compose projects from those of others. */
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
    /** More of those: the files of apps that differ in the apps' names alone. */
    readonly shared: readonly SharedText[];
    /** Blocks of lines of ours, with the paths of the files, otherwise the user's, that have them. */
    readonly blocks: readonly { readonly text: string; readonly paths: readonly string[] }[];
    /** Path to target, of symbolic links. A target is relative to the link's own folder, with `/`. */
    readonly links: Readonly<Record<string, string>>;
}

/** A text that several files have, each with a name of its own in it. */
export interface SharedText {
    /** With {@link ownName} where the name is. */
    readonly text: string;
    /** Path to name. */
    readonly names: Readonly<Record<string, string>>;
}

/** In a {@link SharedText}. No other gap is without a name. */
export const ownName = gap("");

/** What is emitted. */
export function workspaceFiles(workspaces: Workspaces): WorkspaceFiles {
    const { images, apps, own, contexts, mark } = workspaces;
    const setting: ComposeSetting = { foundations: images.map(({ image }) => image), contexts };
    const imageFiles = images.map((linked): [string, string] => {
        const { image, uses } = linked;
        const theirs = own.get(image.name);
        if (theirs !== undefined) {
            return [emittedFile(theirs), overrideCompose(additions(theirs, linked), setting)];
        }
        const text = foundationCompose(image, uses, setting, projectName(image.name, mark));
        return [joinPath(image.folder, "compose.yaml"), text];
    });
    const imageFolders = images.map(({ image: { name, folder }, uses }) =>
        envFolder(folder, [name, ...uses.keys()], own.get(name)),
    );
    const { texts, shared } = appTexts(apps, setting, mark);
    return {
        texts: {
            ...Object.fromEntries(imageFiles),
            ...texts,
            [manifestFile]: manifestText(manifestOf(workspaces)),
        },
        shared,
        ...envFiles(apps, imageFolders, namesOf(images), workspaces),
    };
}

/**
 * What a repository gets whose foundations are published from another one.
 *
 * @param foundations all of those, parents before children.
 * @param published what that one says of them.
 */
export function syncedFiles(
    { apps, contexts, envFiles: form, mark }: Pick<Workspaces, "apps" | "contexts" | "envFiles" | "mark">,
    foundations: ComposeSetting["foundations"],
    published: Omit<Manifest, "project" | "workspaces">,
): WorkspaceFiles {
    const { stack } = published;
    const names = foundations.map(({ name }) => name);
    const { texts, shared } = appTexts(apps, { foundations, contexts }, mark);
    return {
        texts: {
            ...texts,
            [manifestFile]: manifestText({ ...published, workspaces: manifestWorkspaces(apps, mark) }),
        },
        shared,
        ...envFiles(apps, [], names, { envFiles: form, stack }),
    };
}

/** The Compose files of the apps. Most differ in their names alone, and YAML takes its time: those are rendered once. */
function appTexts(
    apps: readonly Workspace[],
    setting: ComposeSetting,
    mark: string,
): Pick<WorkspaceFiles, "texts" | "shared"> {
    const compose = (name: string, services: Workspace["services"]): string =>
        appCompose(name, services, setting, projectName(name, mark));
    const texts: Record<string, string> = {};
    const shared = new Map<string, { text: string; names: Record<string, string> }>();
    for (const app of apps.filter(isEmitted)) {
        const { name, form, services } = app;
        const file = emittedFile(app);
        const [uses, ...others] = services.values();
        if (form.kind !== "whole") texts[file] = overrideCompose(additions(app), setting);
        else if (uses === undefined || others.length > 0 || quoted.test(name)) {
            texts[file] = compose(name, services);
        } else {
            const key = JSON.stringify([...uses]);
            const { text, names } = shared.get(key) ?? {
                text: compose(ownName, new Map([[ownName, uses]])),
                names: {},
            };
            names[file] = name;
            shared.set(key, { text, names });
        }
    }
    return { texts, shared: [...shared.values()] };
}

/** What YAML may take for no text, with more behind it too, and so has in quotes; `e3` is a number to version 1.1. */
const quoted = /^([^a-z].*|e([\d-].*)?|y|yes|n|no|on|off|true|false|null)$/;

/** Whether there is anything of ours in the folder of an app. */
function isEmitted({ services }: Workspace): boolean {
    return [...services.values()].some((uses) => uses.size > 0);
}

/** What is emitted for Compose in a folder of each form. */
export const fileNames = {
    whole: "compose.yaml",
    merged: "compose.override.yaml",
    listed: "compose.foundation.yaml",
} as const;

/** All that may be emitted in a folder. */
export const namesInFolder = [".env", ...Object.values(fileNames)];

function emittedFile({ folder, form }: Workspace): string {
    return joinPath(folder, fileNames[form.kind]);
}

function additions(
    { services, others, name, official }: Workspace,
    linked?: WorkspaceImage,
): Parameters<typeof overrideCompose>[0] {
    const common = { uses: services, others, owner: name };
    if (linked === undefined) return common;
    const { image: foundation, uses } = linked;
    if (official.length > 0) return { ...common, official: { foundation, services: official, added: false } };
    return {
        ...common,
        uses: new Map([...services, [foundation.name, uses]]),
        official: { foundation, services: [foundation.name], added: true },
    };
}

/** A folder's `.env` sets what its Compose file names, and which files those are where Compose has to be told. */
interface EnvFolder {
    readonly folder: string;
    readonly names: ReadonlySet<string>;
    readonly composeFiles: readonly string[] | undefined;
}

/** @param theirs what is in the folder besides what is all ours. */
function envFolder(folder: string, names: Iterable<string>, theirs: Workspace | undefined): EnvFolder {
    const used = [...(theirs?.services.values() ?? [])].flatMap((uses) => [...uses.keys()]);
    return { folder, names: new Set([...names, ...used]), composeFiles: theirs && listedFiles(theirs) };
}

function namesOf(images: readonly WorkspaceImage[]): readonly string[] {
    return images.map(({ image }) => image.name);
}

/**
 * @param order the names of all foundations, parents before children.
 * @param others the folders that are no apps.
 */
function envFiles(
    apps: readonly Workspace[],
    others: readonly EnvFolder[],
    order: readonly string[],
    { envFiles: form, stack }: Pick<Workspaces, "envFiles" | "stack">,
): Pick<WorkspaceFiles, "blocks" | "links"> {
    if (form === "none") return { blocks: [], links: {} };
    const folders = [...others, ...apps.filter(isEmitted).map((app) => envFolder(app.folder, [], app))];
    const blockFor = (names: ReadonlySet<string>, composeFiles?: readonly string[]): string => {
        const images = order
            .filter((name) => names.has(name))
            .map((name) => ({ name, image: gap(`${name}.image`), digest: gap(`${name}.digest`) }));
        return envBlock({ stack, images, composeFiles });
    };
    // A list of files is of one folder alone: where the root has one, no other folder may link to its .env.
    const shared =
        form === "symlink" && !folders.some(({ folder, composeFiles }) => folder === "." && composeFiles);
    const linked = ({ folder, composeFiles }: EnvFolder): boolean =>
        shared && composeFiles === undefined && folder !== ".";
    const blocks = new Map<string, string[]>(shared ? [[blockFor(new Set(order)), [".env"]]] : []);
    // What many files share is said once.
    for (const { folder, names, composeFiles } of folders.filter((each) => !linked(each))) {
        if (shared && folder === ".") continue;
        const text = blockFor(names, composeFiles);
        const paths = blocks.get(text) ?? [];
        paths.push(joinPath(folder, ".env"));
        blocks.set(text, paths);
    }
    const links = folders
        .filter(linked)
        .map(({ folder }) => [joinPath(folder, ".env"), relativePath(folder, ".env")]);
    return {
        blocks: [...blocks].map(([text, paths]) => ({ text, paths })),
        links: Object.fromEntries(links) as Record<string, string>,
    };
}

function listedFiles({ form }: Workspace): readonly string[] | undefined {
    if (form.kind !== "listed") return undefined;
    return form.files.length === 0 ? [] : [...form.files, fileNames.listed];
}

function manifestOf(workspaces: Workspaces): Manifest {
    const { stack, project, registry, channel, images, apps, mark } = workspaces;
    return {
        version: 1,
        stack,
        project,
        registry: { kind: registry, server: gap("registry.server"), username: gap("registry.username") },
        images: Object.fromEntries(
            images.map(({ image: { name, folder }, uses }) => [
                name,
                {
                    reference: gap(`${name}.image`),
                    digest: gap(`${name}.digest`),
                    channel,
                    folder,
                    uses: Object.fromEntries(uses),
                },
            ]),
        ),
        workspaces: manifestWorkspaces(apps, mark),
    };
}

function manifestWorkspaces(apps: readonly Workspace[], mark: string): Manifest["workspaces"] {
    return Object.fromEntries(
        apps.map((app) => [
            app.folder,
            {
                ...(isEmitted(app) && { emitted: fileNames[app.form.kind] }),
                ...(app.form.kind === "whole" && { name: projectName(app.name, mark) }),
                services: Object.fromEntries(
                    [...app.services].map(([service, uses]) => [service, Object.fromEntries(uses)]),
                ),
            },
        ]),
    );
}
