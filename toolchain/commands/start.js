import { must } from "../command.js";
import { openState, root } from "../environment.js";
import { Problem } from "../problem.js";
import { setUp } from "../setup.js";
import { devOutputs, pulumi } from "../stack.js";

/** `npm start`: from a fresh clone to a registry with the foundation in it, and a developer who is logged in to it. */
export async function main() {
    console.log("Setting up\n");
    await setUp({ pulumi: true, docker: true });
    await openState();

    console.log("\nBringing up the dev stack\n");
    const code = (await pulumi(["stack", "select", "--create", "dev"])) || (await up());
    if (code !== 0) return code;

    const outputs = await devOutputs();
    await logIn(outputs);
    console.log(nextSteps(outputs["apps"]));
    return 0;
}

function up() {
    // With its preview, which finds what is in the way of the emitted files before the image is published.
    return pulumi(["up", "--yes", "--stack", "dev"]);
}

/**
 * As a developer, who may pull and nothing else.
 *
 * @param {Record<string, unknown>} outputs
 */
async function logIn({ registryServer, pullUsername, pullPassword }) {
    if (
        typeof registryServer !== "string" ||
        typeof pullUsername !== "string" ||
        typeof pullPassword !== "string"
    ) {
        throw new Problem(
            "the dev stack has no registryServer, pullUsername and pullPassword to log in with",
        );
    }
    const args = ["login", registryServer, "--username", pullUsername, "--password-stdin"];
    const { output } = await must(`docker login ${registryServer}`, "docker", args, {
        cwd: root,
        input: pullPassword,
    });
    const unencrypted = output.includes("unencrypted");
    console.log(`\nLogged in to ${registryServer} as ${pullUsername}, who may only pull.`);
    if (unencrypted)
        console.log(
            "Docker keeps the password unencrypted in its config.json; a credential helper changes that.",
        );
}

/**
 * @param {unknown} apps folders, separated by spaces
 * @returns {string}
 */
export function nextSteps(apps) {
    const app = (typeof apps === "string" && apps.split(" ")[0]) || "apps/<app>";
    /** @type {[command: string, effect: string][]} */
    const steps = [
        [`(cd ${app} && docker compose up)`, "run an app, on the registry's foundation"],
        ["(cd foundation && docker compose build)", "after an edit there: a foundation of your own"],
        [`(cd ${app} && docker compose up --build)`, "the app on it, with no Dockerfile edited"],
        ["(cd foundation && docker compose pull)", "back to the official one"],
        [`(cd ${app} && docker compose up --build)`, "the app on that again"],
        ["npm run pulumi -- up", "publish what is in foundation/"],
        ["npm run pulumi -- destroy", "take down what this has brought up"],
    ];
    const width = Math.max(...steps.map(([command]) => command.length));
    const lines = steps.map(([command, effect]) => `    ${command.padEnd(width)}   ${effect}`);
    return ["", "What to try next", "", ...lines, ""].join("\n");
}
