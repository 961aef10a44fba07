import { hand } from "../command.js";
import { openState } from "../environment.js";
import { setUp } from "../setup.js";

/**
 * Runs a program of this repository under the prepared Node.
 *
 * @param {string[]} args
 */
export async function main(args) {
    await setUp({ quiet: true });
    await openState();
    return hand("node", args);
}
