import { hand } from "../command.js";
import { setUp } from "../setup.js";

/**
 * `npm run deploy -- up --stack prod`: the deploy stage, with its state in the backend that all deployments share.
 *
 * @param {string[]} args
 */
export async function main(args) {
    await setUp({ pulumi: true, docker: true });
    return hand("node", ["cli/foundation.cjs", "deploy", ...args]);
}
