import fs from "node:fs/promises";
import path from "node:path";
import { Problem, systemReason } from "../problem.ts";
import { isRunning } from "../process.ts";
import { locate, type Change, type Content } from "./planFiles.ts";

/**
 * Makes the changes, all or none as far as that goes: what takes space is done beside the files, and only when all
 * of it has worked, each is put in its place in one step. Readers see the old bytes or the new ones.
 */
export async function writeFiles(root: string, changes: readonly Change[]): Promise<void> {
    const writes = changes.filter((change) => change.action !== "delete");
    await sweep(new Set(writes.map((change) => path.dirname(locate(root, change.path)))));
    try {
        await each(writes, (change) =>
            stage(locate(root, change.path), change.content).catch(blame(change, "nothing was changed")),
        );
        await each(changes, async (change) => {
            const place = locate(root, change.path);
            const step = change.action === "delete" ? fs.unlink(place) : fs.rename(temporary(place), place);
            await step.catch(blame(change, "other files may have been changed"));
        });
    } finally {
        await each(writes, (change) => fs.rm(temporary(locate(root, change.path)), { force: true }));
    }
}

/**
 * Writes the content beside its place. (Not with write-file-atomic: that takes a write that was cut short for a
 * whole one, so that a full disk gives a truncated file and no error.)
 */
async function stage(place: string, content: Content | undefined): Promise<void> {
    if (content === undefined) throw new Error(`${place} has no content yet`);
    if ("target" in content) {
        await fs.symlink(content.target, temporary(place));
        return;
    }
    const found = await fs.lstat(place).catch(() => undefined);
    const existing = found?.isFile() === true ? found : undefined;
    const file = await fs.open(temporary(place), "wx");
    try {
        await file.writeFile(content.bytes, "latin1");
        // Only root may give files away; the file of a colleague becomes ours.
        if (existing !== undefined) await file.chown(existing.uid, existing.gid).catch(() => undefined);
        await file.chmod(existing === undefined ? 0o644 : existing.mode & 0o7777);
        await file.sync();
    } finally {
        await file.close();
    }
}

function temporary(place: string): string {
    return path.join(path.dirname(place), `.${path.basename(place)}.${process.pid}.foundation`);
}

/** Removes what a process that was killed has left. */
async function sweep(folders: Iterable<string>): Promise<void> {
    for (const folder of folders) {
        for (const name of await fs.readdir(folder)) {
            const owner = /^\..+\.(\d+)\.foundation$/.exec(name)?.[1];
            if (owner !== undefined && !isRunning(Number(owner))) {
                await fs.rm(path.join(folder, name), { force: true });
            }
        }
    }
}

function blame(change: Change, outcome: string): (error: unknown) => never {
    return (error) => {
        const verb = change.action === "delete" ? "deleted" : "written";
        throw new Problem({
            wrong: `${change.path} could not be ${verb}: ${systemReason(error)}; ${outcome}`,
            remedy: "fix that and run it again",
        });
    };
}

// Flushing a file to the disk takes a while, and goes well side by side.
const workers = 16;

/** Runs the work for every item, some at a time; throws the first error when all that was begun has ended. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const queue = items.values();
    const runs = Array.from({ length: workers }, async () => {
        for (const item of queue) await work(item);
    });
    for (const run of await Promise.allSettled(runs)) {
        if (run.status === "rejected") throw run.reason;
    }
}
