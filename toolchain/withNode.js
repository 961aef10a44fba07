import * as module from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAtLeast, MINIMUM_NODE } from "../components/versions.js";
import { cacheDirectory } from "./cache.js";
import { hand } from "./command.js";
import { provideNode } from "./parts/node.js";
import { Report } from "./report.js";

/**
 * Runs a command under a Node that strips types by itself: this one, or else the one that is installed for it.
 *
 * @param {() => Promise<{ main: (args: string[]) => Promise<number> }>} load
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function withNode(load, args) {
    if (isAtLeast(process.versions.node, MINIMUM_NODE)) {
        // Types are stripped once.
        module.enableCompileCache(join(cacheDirectory(), "node-compile"));
        return (await load()).main(args);
    }
    await new Report({ quiet: true }).step("Node", provideNode);
    const main = fileURLToPath(new URL("main.js", import.meta.url));
    return hand("node", [main, ...process.argv.slice(2)]);
}
