import { npmCommand } from "./bootstrap.js";
import { must } from "./command.ts";
import { describeFailure } from "./failures.ts";
import { Problem } from "../components/problem.ts";

/** npm under the Node that is first on PATH. */
export async function npm(
    what: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly signal?: AbortSignal },
) {
    const { output } = await must(what, "node", [...npmCommand(), ...args], options);
    // Of a file that it cannot write, as on a full disk, npm only warns.
    if (output.includes("TAR_ENTRY_ERROR")) throw new Problem(describeFailure(what, output));
}
