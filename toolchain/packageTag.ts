// `node toolchain/packageTag.ts <tarball>`: in the Git repository of the current folder, makes the tag package-v<version>, whose
// commit holds the package and nothing else, so that it can be installed from Git. Neither branches nor files change.
//
// npm, pnpm and Yarn take the root of a repository for the package, and here that is another one.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { must } from "./command.ts";
import { exitCodeOf } from "./failures.ts";
import { Problem } from "../components/problem.ts";

async function main(tarball: string | undefined) {
    if (tarball === undefined) throw new Problem("usage: node toolchain/packageTag.ts <tarball>");
    const folder = mkdtempSync(join(tmpdir(), "foundation-tag-"));
    try {
        const tree = join(folder, "package");
        await must("unpacking the package", "tar", ["-xzf", resolve(tarball), "-C", folder]);
        const manifest = readFileSync(join(tree, "package.json"), "utf8");
        const { name, version } = JSON.parse(manifest) as { name: string; version: string };
        const repository = (await git(["rev-parse", "--absolute-git-dir"])).trim();
        // From the same commit and package comes the same commit, so a release can be run again.
        const [head = "", date = ""] = (await git(["log", "-1", "--format=%H %cI"])).trim().split(" ");
        const env = {
            GIT_DIR: repository,
            GIT_WORK_TREE: tree,
            GIT_INDEX_FILE: join(folder, "index"),
            GIT_AUTHOR_DATE: date,
            GIT_COMMITTER_DATE: date,
        };
        await git(["-c", "core.autocrlf=false", "add", "--all", "--force", "."], { cwd: tree, env });
        const written = (await git(["write-tree"], { env })).trim();
        const message = `${name} ${version}\n\nPacked from ${head}`;
        const commit = (await git(["commit-tree", "-m", message, written], { env })).trim();
        const tag = `package-v${version}`;
        await git(["tag", "--no-sign", tag, commit]);
        console.log(tag);
        return 0;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

async function git(args: readonly string[], options?: { cwd?: string; env: Record<string, string> }) {
    return (await must(`git ${args.join(" ")}`, "git", args, options)).stdout;
}

process.exitCode = await exitCodeOf(() => main(process.argv[2]));
