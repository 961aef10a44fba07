import { Problem } from "../../components/problem.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { expectedFiles } from "../../components/workspace/expectedFiles.ts";
import { planFiles, type Files } from "../../components/workspace/planFiles.ts";
import { syncedBefore, wantedFiles } from "../../components/workspace/syncedFiles.ts";
import { writeFiles } from "../../components/workspace/writeFiles.ts";
import type { Invocation } from "../command.ts";
import { readStackOutputs } from "../pulumi/stackOutputs.ts";
import { readSource } from "../sync/source.ts";
import { paintFor } from "../terminal.ts";

/** What is to be written. */
interface Synced {
    readonly stack: string;
    readonly files: Files;
    /** What nobody else takes away when it is no longer wanted. */
    readonly previous: Files;
    readonly warnings: readonly string[];
}

/** `foundation sync`: writes what `pulumi up` has emitted, for a clone or a repository that doesn't have it. */
export async function run({ clone, options: { from, stack } }: Invocation): Promise<number> {
    const { files, previous, warnings, ...synced } =
        from === undefined ? await fromOwnStack(clone, stack) : await fromElsewhere(clone, from, stack);
    const { changes, problems, left } = planFiles(clone.root, files, previous);
    if (problems.length > 0) {
        throw Problem.of(
            "nothing was written:",
            problems.map(({ path, reason }) => `${path}: ${reason}`),
        );
    }
    await writeFiles(clone.root, changes);
    const paint = paintFor(process.stdout);
    const signs = { create: paint.good("+"), update: paint.good("~"), delete: paint.bad("-") };
    for (const { path, action } of changes) console.log(`${signs[action]} ${path}`);
    for (const warning of warnings) console.log(`${paint.notice("!")} ${warning}`);
    for (const file of left) console.log(`${paint.notice("!")} ${file} is no longer needed; remove it`);
    const written = changes.filter(({ action }) => action !== "delete").length;
    const same = Object.keys(files).length - written;
    console.log(`${written} written, ${same} already as stack ${synced.stack} has them`);
    return 0;
}

async function fromOwnStack(clone: Clone, wanted: string | undefined): Promise<Synced> {
    if (clone.ownProject === undefined) {
        throw new Problem({
            wrong: "the foundations of this repository are published from another one",
            remedy: "name that one's foundation.lock.json or stack with --from",
        });
    }
    const outputs = await readStackOutputs(clone.ownProject, wanted);
    return { stack: outputs.stack, files: expectedFiles(clone, outputs), previous: {}, warnings: [] };
}

async function fromElsewhere(clone: Clone, from: string, stack: string | undefined): Promise<Synced> {
    if (clone.ownProject !== undefined) {
        throw new Problem({
            wrong: "this repository publishes its foundations itself, so --from is not for it",
            remedy: "name its stack with --stack",
        });
    }
    if (stack !== undefined) {
        throw new Problem({ wrong: "--from and --stack exclude each other", remedy: "take one of them" });
    }
    const published = await readSource(from, clone.root);
    return { ...wantedFiles(clone.root, published), stack: published.stack, previous: syncedBefore(clone) };
}
