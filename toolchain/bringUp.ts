import { must } from "./command.ts";
import { Problem } from "../components/problem.ts";
import { within } from "../components/render/paths.ts";
import { pulumi, stackOutputs } from "./stack.ts";

/**
 * Deploys a stack of a project, in the state that is open, and logs its developer in.
 *
 * @param project the folder of its Pulumi.yaml
 * @returns the exit code, and what is deployed when that is 0
 */
export async function bringUp(
    project: string,
    stack: string,
): Promise<{ code: number; outputs: Record<string, unknown> }> {
    const code =
        (await pulumi(project, ["stack", "select", "--create", stack])) ||
        // With its preview, which finds what is in the way of the emitted files before the image is published.
        (await pulumi(project, ["up", "--yes", "--stack", stack]));
    if (code !== 0) return { code, outputs: {} };
    const outputs = await stackOutputs(project, stack);
    await logIn(outputs);
    return { code, outputs };
}

/** As a developer, who may pull and nothing else. */
async function logIn({ registryServer, pullUsername, pullPassword, loginCommand }: Record<string, unknown>) {
    if (pullUsername === undefined && typeof loginCommand === "string") {
        console.log(`\nTo pull, log in with an account of yours, unless everybody may: ${loginCommand}`);
        return;
    }
    if (
        typeof registryServer !== "string" ||
        typeof pullUsername !== "string" ||
        typeof pullPassword !== "string"
    ) {
        throw new Problem("the stack has no registryServer, pullUsername and pullPassword to log in with");
    }
    const args = ["login", registryServer, "--username", pullUsername, "--password-stdin"];
    const { output } = await must(`docker login ${registryServer}`, "docker", args, { input: pullPassword });
    console.log(`\nLogged in to ${registryServer} as ${pullUsername}, who may only pull.`);
    if (!output.includes("unencrypted")) return;
    console.log(
        "Docker keeps the password unencrypted in its config.json; a credential helper changes that.",
    );
}

/** The first app's folder, among the outputs of a stack, in which one with a space in it is quoted. */
export function firstApp({ apps }: Record<string, unknown>): string | undefined {
    const [, quoted, plain] = /^(?:'([^']*)'|(\S+))/.exec(typeof apps === "string" ? apps : "") ?? [];
    return quoted ?? plain;
}

interface Names {
    /** The foundation's folder, seen from the current one. */
    readonly foundation: string;
    /** The folder of one of the apps, seen from the current one. */
    readonly app: string;
    /** The command that runs Pulumi on this state. */
    readonly pulumi: string;
}

/** What to do with what was brought up. */
export function nextSteps({ foundation, app, pulumi }: Names): string {
    const word = (folder: string): string =>
        /[^\w@%+=:,./<>-]/.test(folder) ? `'${folder.replaceAll("'", "'\\''")}'` : folder;
    const inApp = (command: string): string => within(word(app), command);
    const inFoundation = (command: string): string => within(word(foundation), command);
    const steps: [command: string, effect: string][] = [
        [inApp("docker compose up"), "run an app, on the registry's foundation"],
        [inFoundation("docker compose build"), "after an edit there: a foundation of your own"],
        [inApp("docker compose up --build"), "the app on it, with no Dockerfile edited"],
        [inFoundation("docker compose pull"), "back to the official one"],
        [inApp("docker compose up --build"), "the app on that again"],
        [`${pulumi} up`, `publish what is in ${foundation}/`],
        [`${pulumi} destroy`, "take down what this has brought up"],
    ];
    const width = Math.max(...steps.map(([command]) => command.length));
    const lines = steps.map(([command, effect]) => `    ${command.padEnd(width)}   ${effect}`);
    return ["", "What to try next", "", ...lines, ""].join("\n");
}
