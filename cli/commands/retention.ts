import { Problem } from "../../components/problem.ts";
import { parseReference } from "../../components/render/imageReference.ts";
import type { Invocation } from "../command.ts";
import { namesOf } from "../retention/names.ts";
import { planRetention, type Names, type Plan, type TaggedImage } from "../retention/plan.ts";
import { openStore, type Store } from "../retention/store.ts";
import { age } from "../status/age.ts";
import { counted, paintFor, table } from "../terminal.ts";

/** For the whole list; nobody waits longer. */
const patienceMs = 300_000;

/** `foundation retention`: lists the images that nobody names any more, and removes them. */
export async function run({ clone, options, flags = [] }: Invocation): Promise<number> {
    const keep = wholeNumber(options["keep"]);
    const { server } = clone.manifest.registry;
    const names = await namesOf(clone);
    const store = await openStore(clone, AbortSignal.timeout(patienceMs));
    const repositories = new Set(
        Object.values(clone.manifest.images).map(({ reference }) => parseReference(reference).repository),
    );
    const plans = new Map<string, Plan>();
    for (const repository of repositories) {
        plans.set(repository, await planFor(store, repository, names(repository), keep));
    }
    const paint = paintFor(process.stdout);
    for (const [repository, plan] of plans) {
        console.log(paint.strong(`${server}/${repository}`));
        for (const line of listOf(plan, new Date())) console.log(`  ${line}`);
    }
    const all = [...plans.values()];
    const count = all.reduce((sum, { removed }) => sum + removed.length, 0);
    const room = sizeText(all.reduce((sum, { freed }) => sum + freed, 0));
    if (count === 0) return 0;
    if (!flags.includes("yes")) {
        console.log(`\nNothing was removed. To remove ${counted(count, "image")} (${room}), add --yes.`);
        return 0;
    }
    for (const [repository, plan] of plans) await remove(store, repository, plan);
    await store.collect?.();
    console.log(`\n${paint.good("Removed")} ${counted(count, "image")} (${room}).`);
    return 0;
}

function wholeNumber(text: string | undefined): number {
    if (text !== undefined && /^\d{1,6}$/.test(text)) return Number(text);
    throw new Problem({
        wrong: "retention: --keep must say how many images that nobody names to keep of each foundation",
        found: text === undefined ? "none" : JSON.stringify(text),
        remedy: "say for example --keep 5",
    });
}

async function planFor(
    { client, published }: Store,
    repository: string,
    names: Names,
    keep: number,
): Promise<Plan> {
    const byDigest = new Map<string, TaggedImage>();
    const tags = (await client.tags(repository)) ?? [];
    const times = tags.length === 0 ? new Map<string, number>() : await published(repository);
    for (const tag of tags) {
        const image = await client.stored(repository, tag);
        // Somebody else may be deleting, too.
        if (image === undefined) continue;
        const before = byDigest.get(image.digest);
        byDigest.set(image.digest, {
            ...image,
            tags: [...(before?.tags ?? []), tag],
            published: before?.published ?? times.get(tag) ?? times.get(image.digest),
        });
    }
    // A tag may have moved on from what a manifest pins; what that is made of has to stay.
    for (const digest of names.digests) {
        const image = byDigest.has(digest) ? undefined : await client.stored(repository, digest);
        if (image !== undefined) byDigest.set(digest, { ...image, tags: [], published: undefined });
    }
    return planRetention([...byDigest.values()], names, keep);
}

function listOf({ removed, kept, ageless }: Plan, now: Date): readonly string[] {
    const rows = removed.map(({ tags, published, bytes }) => [
        tags.join(", "),
        published === undefined ? "of unknown age" : age(new Date(published).toISOString(), now),
        sizeText([...bytes.values()].reduce((sum, size) => sum + size, 0)),
    ]);
    return [
        ...(removed.length === 0 ? ["nothing to remove"] : table(rows)),
        ...(kept.length === 0 ? [] : [`kept: the newest ${kept.length} that nobody names`]),
        ...(ageless.length === 0
            ? []
            : [`kept, as nobody knows how old they are: ${ageless.length}; --keep 0 removes them as well`]),
    ];
}

async function remove({ client, unlock }: Store, repository: string, plan: Plan): Promise<void> {
    for (const { tags } of plan.removed) {
        for (const tag of tags) await unlock?.(repository, tag);
    }
    for (const digest of plan.manifests) await client.remove(repository, digest);
}

/** In units of 1,000, as `docker images` has them. */
function sizeText(bytes: number): string {
    const units = ["B", "kB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
    return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
