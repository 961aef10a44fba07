import * as fs from "node:fs";
import * as os from "node:os";
import { ask } from "../../components/docker/ask.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

const gigabyte = 1e9;

/** Whether there is room, where there is least of it. */
export async function checkDisk(root: string): Promise<Outcome> {
    const store = (await ask(["info", "--format", "{{.DockerRootDir}}"]).catch(() => "")).trim();
    // Docker's own folder may be on another machine, or in one of Docker Desktop's.
    const folders = [...new Set([root, os.tmpdir(), ...(fs.existsSync(store) ? [store] : [])])];
    const rooms = folders.map(roomIn).sort((one, other) => one.bytes - other.bytes);
    const remedy = ({ folder }: Room): string => {
        const isDockers = fs.existsSync(store) && deviceOf(store) === deviceOf(folder);
        return isDockers ? "make room, for instance with `docker builder prune`" : "make room there";
    };
    const [least] = rooms;
    if (least === undefined) return ok("");
    const detail = `${(least.bytes / gigabyte).toFixed(1)} GB free in ${least.folder}`;
    if (least.bytes < gigabyte) return fail(detail, remedy(least));
    return least.bytes < 5 * gigabyte ? warn(detail, remedy(least)) : ok(detail);
}

/** What is free of a folder's file system. */
interface Room {
    readonly folder: string;
    readonly bytes: number;
}

function roomIn(folder: string): Room {
    const { bavail, bsize } = fs.statfsSync(folder);
    return { folder, bytes: bavail * bsize };
}

function deviceOf(folder: string): number {
    return fs.statSync(folder).dev;
}
