import { bringUp, firstApp, nextSteps } from "../bringUp.ts";
import { openState, root } from "../environment.ts";
import { setUp } from "../setup.ts";

/** `npm start`: from a fresh clone to a registry with the foundation in it, and a developer who is logged in to it. */
export async function main() {
    console.log("Setting up\n");
    await setUp({ pulumi: true, docker: true });
    await openState(root);

    console.log("\nBringing up the dev stack\n");
    const { code, outputs } = await bringUp(root, "dev");
    if (code !== 0) return code;
    const app = firstApp(outputs) ?? "apps/<app>";
    console.log(nextSteps({ foundation: "foundation", app, pulumi: "npm run pulumi --" }));
    return 0;
}
