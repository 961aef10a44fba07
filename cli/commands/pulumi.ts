import { openState, setDefaults } from "../../toolchain/environment.ts";
import { pulumi } from "../../toolchain/stack.ts";
import type { Invocation } from "../command.ts";

/** `foundation pulumi up`: Pulumi with the state and the passphrase of `foundation start`. */
export async function run({ clone: { project: root }, rest = [] }: Invocation): Promise<number> {
    setDefaults();
    await openState(root);
    return pulumi(root, rest);
}
