import { hand } from "../command.ts";
import { hasState, openState, root } from "../environment.ts";
import { setUp } from "../setup.ts";

/** Runs a program of this repository under the prepared Node. */
export async function main(args: string[]) {
    await setUp({ quiet: true });
    // A check of the code needs no state, so it makes none.
    if (hasState(root)) await openState(root);
    return hand("node", args);
}
