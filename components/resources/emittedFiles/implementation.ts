import * as path from "node:path";
import { Problem } from "../../problem.ts";
import {
    filesOf,
    planFiles,
    sameFile,
    sameFiles,
    type Change,
    type Files,
    type Finding,
} from "../../workspace/planFiles.ts";
import type { WorkspaceFiles } from "../../render/workspaceFiles.ts";
import type { Inputs } from "./emittedFiles.ts";
import { unknownValue, type Context, type CustomResource } from "../resource.ts";
import { writeFiles } from "../../workspace/writeFiles.ts";

interface State extends Inputs {
    /** What a refresh found: path to what is wrong there. The rest stays what was written, for only that is ours. */
    readonly drift: Readonly<Record<string, string>>;
}

/** Files that are kept as they should be, whoever changed them, the program or somebody on the disk. */
export const emittedFiles: CustomResource<Inputs, State> = {
    check: async (olds, news: Inputs, context) => {
        const [root, { info }] = [rootOf(news, context), context];
        const files = listed(news);
        const previous = listed(olds);
        const { changes, problems } = planFiles(root, files, previous);
        // The engine shows how inputs differ, but nothing of a difference that is on the disk.
        if (problems.length === 0 && changes.length > 0) {
            await info(changes.map((change) => line(change, files, previous)).join("\n"));
        }
        return problems.map(told);
    },

    diff: (state, news: Inputs, context) => {
        // What was emitted elsewhere goes from there.
        if (state.root !== news.root) return Promise.resolve({ changes: true, replaces: ["root"] });
        const root = rootOf(state, context);
        const files = listed(state);
        const same = sameFiles(files, listed(news)) && Object.keys(drift(root, files)).length === 0;
        return Promise.resolve({ changes: !same });
    },

    create: async (inputs, context) => {
        await write(listed(inputs), {}, inputs, context);
        return { id: "files", state: { ...inputs, drift: {} } };
    },

    read: (state, context) =>
        Promise.resolve({ ...state, drift: drift(rootOf(state, context), listed(state)) }),

    update: async (state, inputs, context) => {
        await write(listed(inputs), listed(state), inputs, context);
        return { ...inputs, drift: {} };
    },

    delete: (state, context) => write({}, listed(state), state, context),
};

/** What former versions have kept: the files as properties, and in 0.1 one block, whose text was known only after the push. */
interface Former extends Partial<WorkspaceFiles> {
    readonly blockPaths?: readonly string[];
    readonly block?: string;
}

/** A new resource has no old inputs. */
function listed({ files, values = {}, ...former }: Partial<Inputs> & Former): Files {
    const known = Object.entries(values).map(([name, value]) => [
        name,
        value === unknownValue ? undefined : value,
    ]);
    const {
        texts = {},
        shared = [],
        blocks = [],
        links = {},
        blockPaths = [],
        block = "",
    } = files === undefined ? former : (JSON.parse(files) as Former);
    return filesOf(
        { texts, shared, blocks: [...blocks, { text: block, paths: blockPaths }], links },
        Object.fromEntries(known) as Record<string, string | undefined>,
    );
}

function rootOf({ root = "." }: Pick<Inputs, "root">, context: Context): string {
    return path.resolve(context.root, root);
}

async function write(
    files: Files,
    previous: Files,
    inputs: Pick<Inputs, "root">,
    context: Context,
): Promise<void> {
    const [root, { info }] = [rootOf(inputs, context), context];
    // Once more, for the disk may have changed since the check.
    const { changes, problems, left } = planFiles(root, files, previous);
    if (problems.length > 0) throw Problem.of("nothing was written:", problems.map(told));
    await writeFiles(root, changes);
    if (left.length > 0) {
        await info(`left as they are, for they were changed since they were written: ${left.join(", ")}`);
    }
}

function drift(root: string, files: Files): Record<string, string> {
    const { changes, problems } = planFiles(root, files, files);
    return Object.fromEntries([
        ...changes.map((change): [string, string] => [
            change.path,
            change.action === "create" ? "missing" : "changed",
        ]),
        ...problems.map((problem): [string, string] => [problem.path, problem.reason]),
    ]);
}

/** In the signs that Pulumi has for resources. */
function line(change: Change, files: Files, previous: Files): string {
    const { action, content, path } = change;
    if (action === "delete") return `- ${path}`;
    const sign = action === "create" ? "+" : "~";
    if (content === undefined) return `${sign} ${path} (content not known yet)`;
    const drifted = sameFile(previous[path], files[path]);
    return `${sign} ${path}${drifted ? ` (${action === "create" ? "missing" : "changed"} on disk)` : ""}`;
}

function told({ path, reason }: Finding): string {
    return `${path}: ${reason}`;
}
