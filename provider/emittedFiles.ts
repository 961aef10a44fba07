import { Problem } from "../problem.ts";
import {
    planFiles,
    sameFiles,
    type Change,
    type Files,
    type Finding,
    type PreviewedFiles,
} from "./planFiles.ts";
import { unknownValue, type Context, type CustomResource } from "./resource.ts";
import { writeFiles } from "./writeFiles.ts";

interface Inputs {
    readonly files: Files;
}

interface State extends Inputs {
    /** What a refresh found: path to what is wrong there. `files` stays what was written, for only that is ours. */
    readonly drift: Readonly<Record<string, string>>;
}

interface PreviewedInputs {
    readonly files: PreviewedFiles | typeof unknownValue;
}

/** Files that are kept as they should be, whoever changed them, the program or somebody on the disk. */
export const emittedFiles: CustomResource<Inputs, State> = {
    check: async (olds, { files }: PreviewedInputs, { root, info }) => {
        if (files === unknownValue) return [];
        const previous = olds.files ?? {};
        const { changes, problems } = planFiles(root, files, previous);
        // The engine shows how inputs differ, but nothing of a difference that is on the disk.
        if (problems.length === 0 && changes.length > 0) {
            await info(changes.map((change) => line(change, files, previous)).join("\n"));
        }
        return problems.map(told);
    },

    diff: (state, { files }: PreviewedInputs, { root }) => {
        const same =
            files !== unknownValue &&
            sameFiles(state.files, files) &&
            Object.keys(drift(root, state.files)).length === 0;
        return Promise.resolve({ changes: !same });
    },

    create: async ({ files }, context) => {
        await write(files, {}, context);
        return { id: "files", state: { files, drift: {} } };
    },

    read: (state, { root }) => Promise.resolve({ ...state, drift: drift(root, state.files) }),

    update: async (state, { files }, context) => {
        await write(files, state.files, context);
        return { files, drift: {} };
    },

    delete: (state, context) => write({}, state.files, context),
};

async function write(files: Files, previous: Files, { root, info }: Context): Promise<void> {
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
function line(change: Change, files: PreviewedFiles, previous: Files): string {
    const { action, content, path } = change;
    if (action === "delete") return `- ${path}`;
    const sign = action === "create" ? "+" : "~";
    if (content === undefined) return `${sign} ${path} (content not known yet)`;
    const before = previous[path];
    const drifted =
        before !== undefined && sameFiles({ [path]: before }, { [path]: files[path] ?? unknownValue });
    return `${sign} ${path}${drifted ? ` (${action === "create" ? "missing" : "changed"} on disk)` : ""}`;
}

function told({ path, reason }: Finding): string {
    return `${path}: ${reason}`;
}
