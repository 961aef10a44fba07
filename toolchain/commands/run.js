import { hand } from "../command.js";
import { hasState, openState } from "../environment.js";
import { setUp } from "../setup.js";

/**
 * Runs a program of this repository under the prepared Node.
 *
 * @param {string[]} args
 */
export async function main(args) {
    await setUp({ quiet: true });
    // A check of the code needs no state, so it makes none.
    if (hasState()) await openState();
    return hand("node", args);
}
