import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import { manifestFile } from "../../components/render/manifest.ts";
import { fileNames, namesInFolder } from "../../components/render/workspaceFiles.ts";
import { Git } from "../../components/workspace/git.ts";
import { parseManifest } from "../../components/workspace/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { Problem } from "../../components/problem.ts";

const remote = "origin";

/** Marks the commits of this stage, whoever they are made as. */
const trailer = "Foundation-Stack";

/**
 * Offers the emitted files of this checkout to everybody: in one commit on top of the deployed one, on the branch
 * `foundation/<stack>`, which is there only as long as it has something to merge. Neither the current branch nor the
 * index is touched.
 *
 * @returns what was done, in one sentence.
 * @throws Problem when the files are ignored in part, or the branch has work that is not this stage's.
 */
export async function publishEmitted(clone: Clone, stack: string): Promise<string> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "foundation-publish-"));
    try {
        // With an index of its own, so that the checkout's stays as it is.
        const env = { GIT_INDEX_FILE: path.join(folder, "index"), GIT_TERMINAL_PROMPT: "0" };
        const git = new Git(clone.root, { env });
        await git.run("read-tree", "HEAD");
        const { emitted } = clone;
        const files = Object.keys(expectedFiles(clone, emitted));
        const ignored = new Set(await git.ignored(files));
        if (files.every((file) => ignored.has(file))) {
            return "nothing is published: the emitted files are git-ignored; take their lines out of .gitignore for developers to get them";
        }
        // The Compose files do without a `.env`, unless Compose reads them only by what that says.
        const needed = [...ignored].filter(
            (file) =>
                path.posix.basename(file) !== ".env" ||
                files.includes(path.posix.join(path.posix.dirname(file), fileNames.listed)),
        );
        if (needed.length > 0) {
            throw Problem.of(
                "some of the emitted files are git-ignored, and the others are of no use without them",
                needed,
            );
        }

        const paths = [...(await formerFiles(git, clone)), ...files.filter((file) => !ignored.has(file))];
        await git.input(paths.join("\0"), "update-index", "-z", "--add", "--remove", "--stdin");
        const tree = await git.run("write-tree");
        const branch = new Branch(git, stack);
        const tip = await branch.tip();

        if (tree === (await git.run("rev-parse", "HEAD^{tree}"))) {
            if (tip === undefined) return "nothing is published: the emitted files are committed already";
            await branch.push(tip, undefined);
            return `nothing is left to publish: the emitted files are committed already; ${branch.name} is gone`;
        }
        if (tip !== undefined && (await branch.offers(tip, tree))) {
            return `nothing is published: ${branch.name} has these emitted files already`;
        }
        const changed = await git.list("diff-tree", "-r", "-z", "--name-only", "HEAD", tree);
        const commit = await git.input(message(emitted), "commit-tree", tree, "-p", "HEAD", "-F", "-");
        await branch.push(tip, commit);
        return [`published on ${branch.name}, to be merged:`, ...changed].join("\n    ");
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

/** What the deployed commit has where files were emitted for it; `up` has changed or removed that. */
async function formerFiles(git: Git, { root }: Clone): Promise<readonly string[]> {
    const [listed] = await git.list("ls-files", "-z", "--", manifestFile);
    if (listed === undefined) return [];
    const former = parseManifest(
        await git.run("show", `HEAD:./${manifestFile}`),
        `the deployed ${manifestFile}`,
    );
    const folders = [
        ...Object.values(former.images).flatMap(({ folder }) => folder ?? []),
        ...Object.keys(former.workspaces),
        // Where the others may link to.
        ".",
    ];
    const places = folders.flatMap((folder) => namesInFolder.map((name) => path.posix.join(folder, name)));
    const tracked = await git.list("ls-files", "-z", "--", ...places.map((place) => `:(literal)${place}`));
    // A Compose file that is still there and isn't expected is the user's.
    return tracked.filter(
        (file) => path.posix.basename(file) === ".env" || !fs.existsSync(path.join(root, file)),
    );
}

/** The remote branch that emitted files wait on. */
class Branch {
    readonly name: string;
    readonly #git: Git;
    readonly #reference: string;

    constructor(git: Git, stack: string) {
        this.name = `foundation/${stack}`;
        this.#git = git;
        this.#reference = `refs/heads/${this.name}`;
    }

    /**
     * The commit it is at; undefined when there is no such branch.
     *
     * @throws Problem when somebody has worked on it: replacing it would lose that.
     */
    async tip(): Promise<string | undefined> {
        const [tip] = (await this.#git.run("ls-remote", remote, this.#reference)).split("\t");
        if (tip === undefined || tip === "") return undefined;
        if ((await this.#git.run("rev-parse", "--is-shallow-repository")) === "true") {
            throw new Problem({
                wrong: `this clone is shallow, so what is on ${this.name} can't be told`,
                remedy: "fetch all of it",
            });
        }
        await this.#git.run("fetch", "--quiet", "--no-tags", remote, this.#reference);
        // Merges bring the main branch up to date on it; on the first-parent side are its own commits.
        const format = `--format=%h %s%x00%(trailers:key=${trailer},valueonly)%x01`;
        const log = await this.#git.run("log", "--first-parent", "--no-merges", format, `HEAD..${tip}`);
        const strangers = log
            .split("\u0001")
            .map((entry) => entry.trim().split("\0"))
            .filter(([subject, stack]) => subject !== "" && stack?.trim() === "")
            .map(([subject]) => subject ?? "");
        if (strangers.length > 0) {
            throw Problem.of(
                `${this.name} has commits that are not this stage's; merge or move them, and delete it`,
                strangers,
            );
        }
        return tip;
    }

    /** Whether a merge of the branch gives these files. */
    async offers(tip: string, tree: string): Promise<boolean> {
        if ((await this.#git.run("rev-parse", `${tip}^{tree}`)) !== tree) return false;
        return (
            (await this.#git.run("merge-base", "HEAD", tip)) === (await this.#git.run("rev-parse", "HEAD"))
        );
    }

    /** Sets it to a commit, or deletes it, unless it has moved since `before` was looked up. */
    async push(before: string | undefined, commit: string | undefined): Promise<void> {
        const lease = `--force-with-lease=${this.#reference}:${before ?? ""}`;
        await this.#git.run("push", "--quiet", lease, remote, `${commit ?? ""}:${this.#reference}`);
    }
}

function message({ image, digest, stack }: Emitted): string {
    return [
        `Build on ${image.slice(image.lastIndexOf("/") + 1)}`,
        "",
        `The stack ${stack} has published ${image},`,
        `digest ${digest}.`,
        "It was pulled with the developers' credential before this was written.",
        "",
        `${trailer}: ${stack}`,
        "",
    ].join("\n");
}
