import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { imageVariable } from "../../components/render/foundation.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { readFoundation, readServices, type Service } from "../../components/workspace/services.ts";
import { fail, failed, ok, warn, type Outcome } from "./check.ts";

/** Whether the emitted files are there, and read. */
export function checkEmitted(clone: Clone, manifest: Manifest | Problem): Outcome {
    const unreadable = unreadableEnvFiles(clone, manifest);
    if (unreadable.length > 0) {
        return fail(
            `Compose can't read ${unreadable.join(", ")}, in UTF-16`,
            'save it as UTF-8, in PowerShell with "Set-Content -Encoding utf8"',
        );
    }
    if (manifest instanceof Problem) return failed(manifest);
    const services = servicesOf(clone, manifest);
    const problems = services.flatMap(({ problem }) => problem ?? []);
    if (problems.length > 0) {
        const all = (texts: readonly string[]) => [...new Set(texts)].join("; ");
        return fail(
            all(problems.map(({ wrong }) => wrong)),
            all(problems.flatMap(({ remedy }) => remedy ?? [])),
        );
    }
    const differing = services.flatMap(({ folder, uses }) =>
        [...uses].flatMap(([name, { reference, ownLine }]) => {
            const published = manifest.images[name]?.reference;
            // What the shell says instead is told by itself: no file is wrong then.
            const isElsewhere = ownLine !== undefined || process.env[imageVariable(name)] !== undefined;
            if (reference === undefined || reference === published || isElsewhere) return [];
            return [`${folder} would build on ${reference}, and ${published ?? "nothing"} was published`];
        }),
    );
    if (differing.length > 0) {
        return warn([...new Set(differing)].join("; "), "write the files again with `foundation sync`");
    }
    return ok(`of stack ${manifest.stack}`);
}

function servicesOf(clone: Clone, { images }: Manifest): readonly Service[] {
    return [
        ...Object.keys(images).flatMap((name) => readFoundation(clone, name)?.service ?? []),
        ...readServices(clone),
    ];
}

/** Windows' own editors and shells write it, and add such lines to others. */
function unreadableEnvFiles(clone: Clone, manifest: Manifest | Problem): readonly string[] {
    const folders = manifest instanceof Problem ? ["foundation"] : clone.folders;
    return folders
        .map((folder) => path.posix.join(folder, ".env"))
        .filter((file) => {
            const place = path.join(clone.root, file);
            const isFile = fs.statSync(place, { throwIfNoEntry: false })?.isFile() === true;
            return isFile && fs.readFileSync(place).includes(0);
        });
}
