import * as fs from "node:fs";
import * as os from "node:os";
import { ask } from "../../components/docker/ask.ts";
import { counted } from "../terminal.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

const gigabyte = 1e9;
/** A single build makes more files. */
const fewFiles = 1000;

/** Whether there is room, for what is written and for files as such, where there is least of it. */
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
    const full = rooms.find(({ files }) => files < fewFiles);
    if (full !== undefined) {
        const files = counted(full.files, "more file");
        return fail(`inodes are left for only ${files} in ${full.folder}`, remedy(full));
    }
    return least.bytes < 5 * gigabyte ? warn(detail, remedy(least)) : ok(detail);
}

/** What is free of a folder's file system. */
interface Room {
    readonly folder: string;
    readonly bytes: number;
    readonly files: number;
}

function roomIn(folder: string): Room {
    const { bavail, bsize, files, ffree } = fs.statfsSync(folder);
    // Some file systems make inodes as they need them, and tell of none.
    return { folder, bytes: bavail * bsize, files: files === 0 ? Infinity : ffree };
}

function deviceOf(folder: string): number {
    return fs.statSync(folder).dev;
}
