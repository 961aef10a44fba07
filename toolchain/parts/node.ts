import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { which } from "../command.ts";
import { preferPath } from "../environment.ts";

/** The Node that this runs in, first on PATH. */
export function provideNode() {
    const onPath = which("node");
    if (!onPath || realpathSync(onPath) !== process.execPath) preferPath(dirname(process.execPath));
    return Promise.resolve({ title: `Node ${process.versions.node}`, how: "already here" });
}
