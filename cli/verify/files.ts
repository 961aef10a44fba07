import { Problem, problemText } from "../../components/problem.ts";
import { planFiles } from "../../components/workspace/planFiles.ts";
import { digestVariable, imageVariable } from "../../components/render/foundation.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { manifestFile } from "../../components/render/manifest.ts";
import { readEnv } from "../../components/workspace/env.ts";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import type { Published } from "../../components/workspace/emitted.ts";
import { inOneLine } from "../terminal.ts";
import { fail, type Finding } from "./finding.ts";
import { ownPlaces, remedyFor } from "./ownLines.ts";

/** An image that emitted files name, with the digest that they say it has. */
export interface Named {
    /** The foundation's; none where there is but one. */
    readonly name?: string;
    readonly image: string;
    readonly digest: string;
    /** Folders whose `.env` says so. */
    readonly folders: readonly string[];
    /** The lines of the user's own by which they do, such as `apps/app1/.env:9`. */
    readonly ownLines: readonly string[];
}

/** What the emitted files name; those of one deployment all name the same. */
export function namedImages({ root, manifest, folders }: Clone): readonly Named[] {
    const found = new Map<string, Named>();
    const names = Object.keys(manifest.images);
    const called = (name: string) => (names.length === 1 ? {} : { name });
    for (const folder of folders) {
        const values = readEnv(root, folder) ?? {};
        for (const name of names) {
            const [image = "", digest = ""] = [values[imageVariable(name)], values[digestVariable(name)]];
            if (image === "") continue;
            const key = `${image}@${digest}`;
            const before = found.get(key);
            found.set(key, {
                ...called(name),
                image,
                digest,
                folders: [...(before?.folders ?? []), folder],
                ownLines: [...(before?.ownLines ?? []), ...ownPlaces(root, folder, name)],
            });
        }
    }
    // Without any `.env`, the Compose files name what the manifest does.
    for (const [name, { reference: image, digest }] of Object.entries(manifest.images)) {
        const named = [...found.values()].some((other) => other.image === image);
        if (!named) {
            found.set(`${image}@${digest}`, { ...called(name), image, digest, folders: [], ownLines: [] });
        }
    }
    return [...found.values()];
}

/** An image with where it is named, as the beginning of a sentence. */
export function placed({ image, folders }: Named): string {
    return `${image}, named in ${folders.length === 0 ? manifestFile : `the .env of ${folders.join(", ")}`},`;
}

/** Compares the emitted files, byte for byte, with what `pulumi up` writes for these images. */
export function checkFiles(clone: Clone, expected: Published): readonly Finding[] {
    let plan;
    try {
        plan = planFiles(clone.root, expectedFiles(clone, expected), {});
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return findingsOf(error).map((text) => fail(text, "fix that and run `pulumi up`", "files"));
    }
    const remedy = "write them again with `pulumi up` or `foundation sync`";
    return [
        ...plan.changes.map(({ path, action }) => {
            const what = action === "create" ? "is missing" : "is not what the stack emits";
            return fail(`${path} ${what}`, remedy, "files");
        }),
        ...plan.problems.map(({ path, reason }) => fail(`${path}: ${reason}`, remedy, "files")),
    ];
}

/** What was found wrong, each in one line. */
function findingsOf({ message, parts: { findings = [] } }: Problem): readonly string[] {
    if (findings.length === 0) return [inOneLine(message)];
    return findings.map((finding) => inOneLine(problemText(finding)));
}

/** Whether each folder's files are those of the stack that is meant. */
export function checkStack({ root, folders }: Clone, stack: string): readonly Finding[] {
    return folders.flatMap((folder) => {
        const found = readEnv(root, folder)?.["FOUNDATION_STACK"];
        if (found === undefined || found === stack) return [];
        const others = `get those of this stack with \`foundation sync --stack ${stack}\`, or name the other with --stack`;
        return fail(
            `${folder}/.env is of the stack ${found}, expected ${stack}`,
            remedyFor(ownPlaces(root, folder), others),
            "stack",
        );
    });
}
