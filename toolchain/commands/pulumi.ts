import { openState, root } from "../environment.ts";
import { setUp } from "../setup.ts";
import { pulumi } from "../stack.ts";

/** `npm run pulumi -- up`: the CLI with the state, the passphrase and the tools of `npm start`. */
export async function main(args: string[]) {
    await setUp({ pulumi: true, docker: true, quiet: true });
    await openState(root);
    return pulumi(root, args);
}
