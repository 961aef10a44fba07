import { openState, root } from "../environment.js";
import { setUp } from "../setup.js";
import { pulumi } from "../stack.js";

/**
 * `npm run pulumi -- up`: the CLI with the state, the passphrase and the tools of `npm start`.
 *
 * @param {string[]} args
 */
export async function main(args) {
    await setUp({ pulumi: true, docker: true, quiet: true });
    await openState(root);
    return pulumi(root, args);
}
