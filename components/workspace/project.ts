import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../problem.ts";

/**
 * The project's folder: the nearest one, from here upwards, with a `Pulumi.yaml`.
 *
 * @throws Problem when there is none.
 */
export function findProject(from: string): string {
    for (let folder = from; ; folder = path.dirname(folder)) {
        if (fs.existsSync(path.join(folder, "Pulumi.yaml"))) return folder;
        if (folder === path.dirname(folder)) {
            throw new Problem({
                wrong: `no Pulumi.yaml in ${from} or above it`,
                remedy: "run this in a clone of the repository that has one",
            });
        }
    }
}
