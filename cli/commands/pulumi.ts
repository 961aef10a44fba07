import { openState, setDefaults } from "../../toolchain/environment.js";
import { pulumi } from "../../toolchain/stack.ts";
import type { Invocation } from "../command.ts";
import { toldByToolchain } from "../pulumi/run.ts";

/** `foundation pulumi up`: Pulumi with the state and the passphrase of `foundation start`. */
export async function run({ clone: { project: root }, rest = [] }: Invocation): Promise<number> {
    setDefaults();
    await openState(root).catch(toldByToolchain);
    return pulumi(root, rest);
}
