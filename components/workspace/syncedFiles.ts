import * as path from "node:path";
import { Problem } from "../problem.ts";
import { isMarked } from "../render/composeMark.ts";
import { blockOf, blockProblem } from "../render/envFile.ts";
import { imageVariable } from "../render/foundation.ts";
import type { Manifest } from "../render/manifest.ts";
import { joinPath } from "../render/paths.ts";
import { publishedValues, syncedFiles } from "../render/workspaceFiles.ts";
import { readWorkspaces } from "./apps.ts";
import type { Clone } from "./clone.ts";
import { layoutFile, readLayout } from "./layout.ts";
import { filesOf, findFile, type EmittedFile, type Files } from "./planFiles.ts";
import { markOf } from "./repositoryMark.ts";

/**
 * The files of a repository whose foundations are published from another one, by path.
 *
 * @param root the repository's root.
 * @param published what the other one says.
 * @returns with what a person has to know.
 * @throws Problem when the layout or an app's Dockerfile can't be used.
 */
export function wantedFiles(
    root: string,
    published: Manifest,
): { readonly files: Files; readonly warnings: readonly string[] } {
    const layout = readLayout(root);
    const names = Object.keys(published.images);
    const unknown = Object.keys(layout.images).filter((name) => !names.includes(name));
    if (unknown.length > 0) {
        throw Problem.of(
            `${layoutFile} can't be used`,
            unknown.map((name) => ({
                wrong: `images.${name}: no such foundation is published`,
                remedy: `name one of ${names.join(", ")}`,
            })),
        );
    }
    const foundations = names.map((name) => {
        const { argument = imageVariable(name), replaces = [] } = layout.images[name] ?? {};
        return { name, argument, replaces };
    });
    const { apps, warnings, notes } = readWorkspaces(root, {
        ...layout,
        images: [],
        elsewhere: foundations,
    });
    const { version, stack, registry } = published;
    const images = Object.entries(published.images).map(
        ([name, { reference, digest, channel, uses }]) =>
            [name, { reference, digest, channel, uses }] as const,
    );
    const texts = syncedFiles({ ...layout, apps, mark: markOf(layout.name) }, foundations, {
        version,
        stack,
        registry,
        images: Object.fromEntries(images),
    });
    const values = publishedValues({
        server: registry.server,
        username: registry.username ?? "",
        images: new Map(images.map(([name, { reference: image, digest }]) => [name, { image, digest }])),
    });
    return { files: filesOf(texts, values), warnings: [...warnings, ...notes] };
}

/** What was written when this was done before. No stack keeps a record of it, but all of it has a mark of ours. */
export function syncedBefore({ root, lock }: Clone): Files {
    if (lock === undefined) return {};
    const files = Object.entries(lock.workspaces).flatMap(([folder, { emitted }]) => [
        ...(emitted === undefined ? [] : [joinPath(folder, emitted)]),
        joinPath(folder, ".env"),
    ]);
    return Object.fromEntries(
        [...new Set([".env", ...files])].flatMap((name) => {
            const file = ours(root, name);
            return file === undefined ? [] : [[name, file] as const];
        }),
    );
}

function ours(root: string, name: string): EmittedFile | undefined {
    const found = findFile(root, name);
    const isEnv = path.posix.basename(name) === ".env";
    if (found.kind === "link") {
        const shared = isEnv && joinPath(path.posix.dirname(name), found.target) === ".env";
        return shared ? found : undefined;
    }
    if (found.kind !== "file") return undefined;
    const text = Buffer.from(found.bytes, "latin1").toString("utf8");
    if (!isEnv) return isMarked(text) ? { kind: "whole", text } : undefined;
    const block = blockProblem(text) === undefined ? blockOf(text) : undefined;
    return block === undefined ? undefined : { kind: "block", text: block };
}
