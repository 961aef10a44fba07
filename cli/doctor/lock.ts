import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { ok, warn, type Outcome } from "./check.ts";

/** What Pulumi writes into the lock of a stack whose state is in a folder. */
const Lock = v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ pid: v.number(), hostname: v.string(), timestamp: v.string() }),
);

/** Whether a deployment is under way in the state of `npm start`, or one that was killed has left its lock. */
export function checkLock(project: string): Outcome {
    const home = path.join(project, ".foundation", "state", ".pulumi", "locks");
    if (!fs.existsSync(home)) return ok("no stack is locked");
    const names = fs.readdirSync(home, { recursive: true, encoding: "utf8" });
    const [first] = names.filter((name) => name.endsWith(".json"));
    if (first === undefined) return ok("no stack is locked");
    const lock = v.safeParse(Lock, fs.readFileSync(path.join(home, first), "utf8"));
    const by = lock.success
        ? ` by the process ${lock.output.pid} on ${lock.output.hostname}, since ${lock.output.timestamp}`
        : "";
    return warn(
        `the stack ${path.basename(path.dirname(first))} is locked${by}`,
        "wait until that has deployed; where it was killed, run `pulumi cancel`",
    );
}
