import * as fs from "node:fs";
import * as path from "node:path";
import { Problem, systemReason } from "../problem.ts";
import {
    builderFiles,
    contentTag,
    linkTarget,
    listContext,
    type BuildParameters,
    type ContextEntry,
} from "./buildContext.ts";

/** A copy of a build context that is the same, bit for bit, on every machine. */
export interface StagedContext {
    /** Folder of the copy, relative to the project: what goes into state must not depend on where a clone lies. */
    readonly location: string;
    readonly tag: string;
}

/** A time for every file, since BuildKit keeps times in layers. Not the epoch itself: some tools take 0 for "none". */
const stagedTime = new Date("2000-01-01T00:00:00Z");

/**
 * Copies a build context into the project's own `.foundation/` with normal modes and times. Modes follow the umask
 * and times the moment of the checkout; BuildKit writes both into layers, so without this a second checkout of the
 * same commit would build another image.
 *
 * @param root the project's folder.
 * @param source the context's folder, relative to `root`.
 * @param stack keeps the copies of stacks apart that may be deployed at the same time.
 * @param prune removes this stack's older copies; for updates only, as a preview may run beside one.
 * @throws Problem when the context can't be read.
 */
export function stageContext(
    root: string,
    source: string,
    stack: string,
    parameters: BuildParameters,
    prune: boolean,
): StagedContext {
    const home = homeOf(root, stack);
    const sourceDirectory = path.join(root, source);
    const entries = listContext(sourceDirectory);
    let tag = contentTag(sourceDirectory, parameters, entries);
    if (!fs.existsSync(path.join(home, tag))) {
        fs.mkdirSync(home, { recursive: true });
        // Keeps the copies out of Git, also in a repository that has no ignore line for them.
        fs.writeFileSync(path.join(root, ".foundation", ".gitignore"), "*\n");
        const copy = fs.mkdtempSync(path.join(home, ".copy-"));
        try {
            copyContext(sourceDirectory, entries, copy);
            // Of the copy, so that the tag tells what is built even when somebody saved a file meanwhile.
            tag = contentTag(copy, parameters, entries);
            if (!fs.existsSync(path.join(home, tag))) fs.renameSync(copy, path.join(home, tag));
        } finally {
            fs.rmSync(copy, { recursive: true, force: true });
        }
    }
    if (prune) {
        for (const name of fs.readdirSync(home)) {
            if (name !== tag) fs.rmSync(path.join(home, name), { recursive: true, force: true });
        }
    }
    return { location: path.posix.join(".foundation", "context", stack, tag), tag };
}

/** Removes all of a stack's copies, those that a preview made as well. */
export function removeStagedContexts(root: string, stack: string): void {
    fs.rmSync(homeOf(root, stack), { recursive: true, force: true });
}

function homeOf(root: string, stack: string): string {
    return path.join(root, ".foundation", "context", stack);
}

function copyContext(from: string, entries: readonly ContextEntry[], to: string): void {
    const listed = new Set(entries.map((entry) => entry.path));
    const needed = builderFiles.filter((name) => !listed.has(name) && fs.existsSync(path.join(from, name)));
    const folders = new Set<string>([""]);
    for (const { path: relative, kind } of entries) {
        if (kind === "folder") folders.add(relative);
        for (let folder = path.posix.dirname(relative); folder !== "."; folder = path.posix.dirname(folder)) {
            folders.add(folder);
        }
    }
    for (const folder of folders) fs.mkdirSync(path.join(to, folder), { recursive: true });
    for (const { path: relative, kind, executable } of [
        ...entries,
        ...needed.map((name) => ({ path: name, kind: "file", executable: false })),
    ]) {
        const [source, target] = [path.join(from, relative), path.join(to, relative)];
        if (kind === "symlink") {
            makeLink(linkTarget(source), target);
        } else if (kind === "file") {
            fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE);
            fs.chmodSync(target, executable ? 0o755 : 0o644);
            fs.utimesSync(target, stagedTime, stagedTime);
        }
    }
    // Last, since each file written into a folder moves the folder's own time.
    for (const folder of folders) {
        fs.chmodSync(path.join(to, folder), 0o755);
        fs.utimesSync(path.join(to, folder), stagedTime, stagedTime);
    }
}

function makeLink(destination: string, place: string): void {
    try {
        fs.symlinkSync(destination, place);
    } catch (error) {
        throw new Problem({
            wrong: `the build context has symlinks, and ${place} can't be made one (${systemReason(error)})`,
            remedy: "on Windows, turn on the developer mode, or use WSL",
        });
    }
    fs.lutimesSync(place, stagedTime, stagedTime);
}
