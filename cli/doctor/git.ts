import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../../components/problem.ts";
import { manifestFile, type Manifest } from "../../components/render/manifest.ts";
import { fileNames } from "../../components/render/workspaceFiles.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { isOurs } from "../../components/workspace/composeFiles.ts";
import { Git } from "../../components/workspace/git.ts";
import { readText } from "../../components/workspace/texts.ts";
import { ok, warn, type Outcome } from "./check.ts";

/** Whether a clone of somebody else has what is emitted here. */
export async function checkGit({ root, folders, manifest }: Clone): Promise<Outcome> {
    const inFolders = (name: string): readonly string[] =>
        folders
            .map((folder) => path.posix.join(folder, name))
            .filter((file) => fs.existsSync(path.join(root, file)));
    const envFiles = inFolders(".env");
    const composed = Object.values(fileNames)
        .flatMap(inFolders)
        .filter((file) => isOurs(path.join(root, file)));
    const others = [...new Set([manifestFile, ...composed])].filter((file) =>
        fs.existsSync(path.join(root, file)),
    );
    const git = new Git(root, { seconds: 2 });
    try {
        if ((await git.prefix()) === undefined) return ok("isn't used here");
        const ignored = new Set(await git.ignored([...envFiles, ...others]));
        return gitOutcome(
            {
                envFiles: envFiles.filter((file) => ignored.has(file)),
                others: others.filter((file) => ignored.has(file)),
                kept: others.filter((file) => !ignored.has(file)),
            },
            composed.every((file) =>
                /\$\{FOUNDATION_(\w+_)?IMAGE:-/.test(readText(path.join(root, file)) ?? ""),
            ),
            manifest.registry.kind,
        );
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return warn(`can't be asked (${error.message})`, "see whether `git status` works by itself");
    }
}

/**
 * What it means that Git ignores some of the emitted files.
 *
 * @param complete whether the Compose files name the foundations themselves, without a `.env`.
 */
export function gitOutcome(
    {
        envFiles,
        others,
        kept,
    }: {
        readonly envFiles: readonly string[];
        readonly others: readonly string[];
        readonly kept: readonly string[];
    },
    complete: boolean,
    registry: Manifest["registry"]["kind"],
): Outcome {
    const remedy = "take their lines out of .gitignore, and commit them";
    if (others.length > 0 && kept.length > 0) {
        return warn(`a clone would have some of the emitted files, without ${others.join(", ")}`, remedy);
    }
    if (others.length > 0) {
        return registry === "local"
            ? ok("ignores the emitted files, which name a registry of this machine")
            : warn("ignores the emitted files, so nobody else gets them", remedy);
    }
    if (envFiles.length === 0) return ok("ignores no emitted file");
    return complete
        ? ok(
              `ignores ${envFiles.join(", ")}, and a clone builds without: the Compose files name the foundation`,
          )
        : warn(
              `ignores ${envFiles.join(", ")}, without which a clone can't build`,
              `${remedy}; or run \`pulumi up\`, which now writes Compose files that do without`,
          );
}
