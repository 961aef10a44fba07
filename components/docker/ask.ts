import { Problem } from "../problem.ts";
import { docker, DockerError } from "./docker.ts";

/** Enough for any question, and still within the five seconds in which every command has to say something. */
const patienceSeconds = 3;

/**
 * What a `docker` command prints.
 *
 * @throws Problem when there is no Docker engine to answer.
 * @throws DockerError when it says no.
 */
export function ask(args: readonly string[]): Promise<string> {
    return docker(args, { seconds: patienceSeconds });
}

/** As {@link ask}, for questions that an engine can't sensibly say no to. */
export async function mustAnswer(args: readonly string[]): Promise<string> {
    try {
        return await ask(args);
    } catch (error) {
        if (!(error instanceof DockerError)) throw error;
        const command = `docker ${args.join(" ").replace(/ -.*/s, "")}`;
        throw new Problem({
            wrong: `\`${command}\` failed (${error.message})`,
            remedy: "see whether it works by itself",
        });
    }
}

/** The version of Docker Compose. */
export async function composeVersion(): Promise<string> {
    return (await mustAnswer(["compose", "version", "--short"])).trim();
}
