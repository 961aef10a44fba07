import * as path from "node:path";
import { mainImage } from "../../components/config.ts";
import { readStackConfig } from "../../components/workspace/stackConfig.ts";
import { bringUp, firstApp, nextSteps } from "../../toolchain/bringUp.ts";
import { openState, setDefaults } from "../../toolchain/environment.ts";
import type { Invocation } from "../command.ts";
import { checkRequirements } from "../start/requirements.ts";

/** `foundation start`: deploys a stack whose state is in this clone, and logs its developer in. */
export async function run({
    clone: { project: root },
    options: { stack = "dev" },
}: Invocation): Promise<number> {
    setDefaults();
    await checkRequirements(root);
    const config = readStackConfig(root, stack);
    await openState(root);
    const { code, outputs } = await bringUp(root, stack);
    if (code !== 0) return code;
    const app = firstApp(outputs);
    const shown = (folder: string): string =>
        (path.relative(process.cwd(), path.resolve(root, config.root, folder)) || ".").replaceAll("\\", "/");
    console.log(
        nextSteps({
            foundation: shown(mainImage(config).folder),
            app: app === undefined ? "<app>" : shown(app),
            pulumi: "npx foundation pulumi",
        }),
    );
    return 0;
}
