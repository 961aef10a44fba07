import * as fs from "node:fs";
import * as path from "node:path";
import type { ImageSettings } from "../imageConfig.ts";
import { Problem, systemReason } from "../problem.ts";
import { isRunning } from "../process.ts";
import type { Linked } from "../render/chain.ts";
import {
    builderFiles,
    contentTag,
    fingerprints,
    linkTarget,
    shortHash,
    type Listing,
} from "./buildContext.ts";
import { contentReader } from "./imageContents.ts";
import { followInFolder } from "./links.ts";

/** Copies of what an image is built from that are the same, bit for bit, on every machine. */
export interface StagedImage {
    /** Folder of the context's copy, relative to the project: what goes into state must not depend on where a clone lies. */
    readonly location: string;
    /** The Dockerfile's copy, where it isn't the one in the context. */
    readonly dockerfile?: string;
    /** Copies of the folders among the build contexts, by name. */
    readonly folders: Readonly<Record<string, string>>;
    /** The content tag. */
    readonly tag: string;
}

/** A time for every file, since BuildKit keeps times in layers. Not the epoch itself: some tools take 0 for "none". */
const stagedTime = new Date("2000-01-01T00:00:00Z");

/** Where copies are made. */
export interface Staging {
    /** The Pulumi project's folder, in whose `.foundation/` the copies are. */
    readonly project: string;
    /** The repository's root. */
    readonly root: string;
    /** Keeps the copies of stacks apart that may be deployed at the same time. */
    readonly stack: string;
    /** What is never content, by its path in the repository, which ends with `/` for a folder. */
    readonly isEmitted: (file: string) => boolean;
}

/**
 * Copies what images are built from, with normal modes and times. Modes follow the umask and times the moment of the
 * checkout; BuildKit writes both into layers, so without this a second checkout of the same commit would build another
 * image.
 *
 * @param chain parents before children.
 * @param prune removes this stack's older copies; for updates only, as a preview may run beside one.
 * @returns by the image's name.
 * @throws Problem when a context can't be read, or the copies can't be written.
 */
export function stageImages(
    staging: Staging,
    chain: readonly Linked<ImageSettings>[],
    prune: boolean,
): ReadonlyMap<string, StagedImage> {
    const home = homeOf(staging.project, staging.stack);
    try {
        return stageIn(home, staging, chain, prune);
    } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem(
            {
                wrong: `what is built can't be copied to ${home} (${systemReason(error)})`,
                remedy: "let that folder be yours to write, with room for a copy of each build context",
            },
            { cause: error },
        );
    }
}

function stageIn(
    home: string,
    staging: Staging,
    chain: readonly Linked<ImageSettings>[],
    prune: boolean,
): ReadonlyMap<string, StagedImage> {
    fs.mkdirSync(home, { recursive: true });
    // Keeps the copies out of Git, also in a repository that has no ignore line for them.
    fs.writeFileSync(path.join(staging.project, ".foundation", ".gitignore"), "*\n");
    const stage = stager(staging, home);
    const staged = new Map<string, StagedImage>();
    for (const { image, uses } of chain) {
        const parents = [...uses.keys()].map((name) => [name, staged.get(name)?.tag ?? ""] as const);
        staged.set(image.name, stage(image, Object.fromEntries(parents)));
    }
    if (prune) removeOthers(home, [...staged.values()]);
    return staged;
}

function removeOthers(home: string, staged: readonly StagedImage[]): void {
    const kept = staged.flatMap(({ location, dockerfile = "", folders }) =>
        [location, dockerfile, ignoreOf(dockerfile), ...Object.values(folders)].map((place) =>
            path.basename(place),
        ),
    );
    for (const name of fs.readdirSync(home)) {
        const [, maker] = /^\.copy-(\d+)-/.exec(name) ?? [];
        if (maker !== undefined && isRunning(Number(maker))) continue;
        if (!kept.includes(name)) fs.rmSync(path.join(home, name), { recursive: true, force: true });
    }
}

function stager({ root, stack, isEmitted }: Staging, home: string) {
    const read = contentReader(root, isEmitted);
    const location = (name: string) => path.posix.join(".foundation", "context", stack, name);

    return (image: ImageSettings, parents: Readonly<Record<string, string>>): StagedImage => {
        const content = read(image);
        const folders = Object.entries(content.folders).map(
            ([name, listing]) => [name, copied(home, listing, [], filesName)] as const,
        );
        const parameters = { ...image, parents, folders: Object.fromEntries(folders) };
        const common = {
            folders: Object.fromEntries(folders.map(([name, copy]) => [name, location(copy.name)])),
        };
        if (
            image.context === image.folder &&
            image.dockerfile === path.posix.join(image.folder, "Dockerfile")
        ) {
            const { name: tag } = copied(home, content.context, builderFiles, ({ directory, prints }) =>
                contentTag(path.join(directory, "Dockerfile"), prints, parameters),
            );
            return { ...common, location: location(tag), tag };
        }
        const dockerfile = path.join(root, image.dockerfile);
        const context = copied(home, content.context, [], filesName);
        const tag = contentTag(dockerfile, context.prints, parameters);
        const name = `${tag}.Dockerfile`;
        place(dockerfile, path.join(home, name), false);
        // What is ignored isn't in the copy, and BuildKit asks for no other rules where there is this file.
        fs.writeFileSync(path.join(home, ignoreOf(name)), "");
        return { ...common, location: location(context.name), dockerfile: location(name), tag };
    };
}

function filesName({ prints }: Listing): string {
    return `files-${shortHash(JSON.stringify(prints))}`;
}

/** A folder's copy, by its name in `home`, and what is in it. */
interface Copy {
    readonly name: string;
    readonly prints: Listing["prints"];
}

/**
 * Copies a folder, unless there is a copy of its name.
 *
 * @param needed files that are copied even where they aren't among the entries.
 * @param nameOf tells what a copy is called, from what is in it.
 */
function copied(
    home: string,
    listing: Listing,
    needed: readonly string[],
    nameOf: (listing: Listing) => string,
): Copy {
    const name = nameOf(listing);
    if (fs.existsSync(path.join(home, name))) return { name, prints: listing.prints };
    // With its maker's number, for an update to leave the copies that a preview beside it makes.
    const directory = fs.mkdtempSync(path.join(home, `.copy-${process.pid}-`));
    try {
        copyContext(listing, needed, directory);
        // Of the copy, so that they tell what is built even when somebody saved a file meanwhile.
        const prints = fingerprints(directory, listing.entries);
        const copy = { name: nameOf({ ...listing, directory, prints }), prints };
        const target = path.join(home, copy.name);
        try {
            fs.renameSync(directory, target);
        } catch (error) {
            // Somebody else was first, with the same.
            if (!fs.existsSync(target)) throw error;
        }
        return copy;
    } finally {
        fs.rmSync(directory, { recursive: true, force: true });
    }
}

function ignoreOf(dockerfile: string): string {
    return `${dockerfile}.dockerignore`;
}

/** Removes all of a stack's copies, those that a preview made as well. */
export function removeStagedContexts(project: string, stack: string): void {
    fs.rmSync(homeOf(project, stack), { recursive: true, force: true });
}

/** The folder of a stack's copies. */
export function homeOf(project: string, stack: string): string {
    return path.join(project, ".foundation", "context", stack);
}

function copyContext({ directory: from, entries }: Listing, needed: readonly string[], to: string): void {
    const listed = new Set(entries.map((entry) => entry.path));
    const folders = new Set<string>([""]);
    for (const { path: relative, kind } of entries) {
        if (kind === "folder") folders.add(relative);
        for (let folder = path.posix.dirname(relative); folder !== "."; folder = path.posix.dirname(folder)) {
            folders.add(folder);
        }
    }
    for (const folder of folders) fs.mkdirSync(path.join(to, folder), { recursive: true });
    for (const { path: relative, kind, executable } of entries) {
        const [source, target] = [path.join(from, relative), path.join(to, relative)];
        if (kind === "symlink") makeLink(linkTarget(source), target);
        else if (kind === "file") place(source, target, executable);
    }
    for (const name of needed) {
        const source = followInFolder(from, name);
        if (!listed.has(name) && source !== undefined) place(source, path.join(to, name), false);
    }
    // Last, since each file written into a folder moves the folder's own time.
    for (const folder of folders) {
        fs.chmodSync(path.join(to, folder), 0o755);
        fs.utimesSync(path.join(to, folder), stagedTime, stagedTime);
    }
}

function place(source: string, target: string, executable: boolean): void {
    fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE);
    fs.chmodSync(target, executable ? 0o755 : 0o644);
    fs.utimesSync(target, stagedTime, stagedTime);
}

function makeLink(destination: string, place: string): void {
    try {
        fs.symlinkSync(destination, place);
    } catch (error) {
        throw new Problem({
            wrong: `${place} can't be made a symlink, as it is in the build context (${systemReason(error)})`,
            remedy: "on Windows, turn on developer mode, or use WSL",
        });
    }
    fs.lutimesSync(place, stagedTime, stagedTime);
}
