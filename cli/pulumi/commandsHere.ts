import { asTyped } from "../../components/asTyped.ts";
import { which } from "../../toolchain/command.ts";
import { hasState } from "../../toolchain/environment.ts";
import { hasScript, ownPulumi } from "../../toolchain/stack.ts";

/**
 * Has the commands that a text names in backticks work where its reader is: `pulumi` plainly where that is on PATH, and
 * otherwise, or where the state is the one that `npm start` has made, by what has brought Pulumi; `foundation` by the
 * project's script or the package.
 *
 * @param project the Pulumi project's folder; undefined where it is in another repository.
 */
export function commandsHere(project: string | undefined): (text: string) => string {
    if (project === undefined) return (text) => text;
    const pulumi = pulumiCommand(project);
    const foundation = hasScript(project, "foundation") ? "npm run foundation --" : "npx foundation";
    return (text) => asTyped(text.replaceAll(/`foundation (?=[^`]+`)/g, `\`${foundation} `), pulumi);
}

/** What `pulumi` has to be typed as. */
function pulumiCommand(project: string): string {
    if (!hasState(project) && which("pulumi") !== undefined) return "pulumi";
    return ownPulumi(project);
}
