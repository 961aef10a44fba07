import * as v from "valibot";
import { parseReference } from "../../components/render/imageReference.ts";
import { manifestFile } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import type { Emitted } from "../../components/workspace/emitted.ts";
import { Git } from "../../components/workspace/git.ts";
import { parseManifest } from "../../components/workspace/manifest.ts";
import { pulumiJson } from "../pulumi/run.ts";
import { namedImages } from "../verify/files.ts";
import type { Names } from "./plan.ts";

/** An image that somebody names. */
type Named = Pick<Emitted, "image" | "digest">;

const StackList = v.array(v.object({ name: v.string() }));

const Outputs = v.object({
    image: v.optional(v.string(), ""),
    digest: v.optional(v.string(), ""),
    images: v.optional(v.record(v.string(), v.object({ image: v.string(), digest: v.string() })), {}),
});

/**
 * What is named in each repository: by the emitted files and the manifest of this clone, by the manifest of every branch
 * and tag that Git knows here, and by every stack of the project. The registry's host doesn't count: it is the same image.
 *
 * @throws Problem when a stack or a manifest can't be read: what it names could be removed.
 */
export async function namesOf(clone: Clone): Promise<(repository: string) => Names> {
    const channels = Object.values(clone.manifest.images).map(({ reference, channel }) => {
        const { server, repository } = parseReference(reference);
        return { image: `${server}/${repository}:${channel}`, digest: "" };
    });
    const all = [
        ...channels,
        ...namedImages(clone),
        ...(await inBranches(clone.root)),
        ...(await inStacks(clone.project)),
    ].map(({ image, digest }) => ({ ...parseReference(image), digest }));
    return (repository) => {
        const here = all.filter((named) => named.repository === repository);
        return {
            tags: new Set(here.flatMap(({ tag }) => (tag === undefined ? [] : [tag]))),
            digests: new Set(here.flatMap(({ digest }) => (digest === "" ? [] : [digest]))),
        };
    };
}

async function inStacks(project: string): Promise<readonly Named[]> {
    const stacks = await pulumiJson(project, ["stack", "ls", "--json"], StackList);
    const named = await Promise.all(
        stacks.map(async ({ name }) => {
            const args = ["stack", "output", "--json", "--stack", name];
            const { image, digest, images } = await pulumiJson(project, args, Outputs);
            return [{ image, digest }, ...Object.values(images)];
        }),
    );
    return named.flat();
}

async function inBranches(root: string): Promise<readonly Named[]> {
    const git = new Git(root);
    const prefix = await git.prefix();
    if (prefix === undefined) return [];
    const file = prefix + manifestFile;
    const refs = (await git.run("for-each-ref", "--format=%(objectname)")).split("\n");
    const commits = new Set(refs.filter((commit) => commit !== ""));
    const texts = await Promise.all(
        [...commits].map(async (commit) => {
            const found = await git.run("ls-tree", "--name-only", "--full-tree", commit, "--", file);
            return found === "" ? undefined : git.run("show", `${commit}:${file}`);
        }),
    );
    return texts.flatMap((text) =>
        text === undefined
            ? []
            : Object.values(parseManifest(text, `${manifestFile} of another branch`).images).map(
                  ({ reference, digest }) => ({ image: reference, digest }),
              ),
    );
}

/**
 * When the manifest has named a digest last, in any commit that Git knows here, in milliseconds. This is the order of
 * publishing in registries that tell no times.
 */
export async function namedLast(root: string): Promise<ReadonlyMap<string, number>> {
    const git = new Git(root);
    if ((await git.prefix()) === undefined) return new Map();
    const format = ["--format=commit %ct", "--unified=0", "--patch"];
    const log = await git.run("log", "--all", ...format, "--", manifestFile);
    const times = new Map<string, number>();
    let time = 0;
    for (const line of log.split("\n")) {
        time = Number(/^commit (\d+)$/.exec(line)?.[1] ?? time);
        const digest = /^[+-].*"digest": "(sha256:[0-9a-f]{64})"/.exec(line)?.[1];
        if (digest !== undefined) times.set(digest, Math.max(times.get(digest) ?? 0, time * 1000));
    }
    return times;
}
