import type { ProblemParts } from "../../components/problem.ts";
import { digestVariable, imageVariable } from "../../components/render/foundation.ts";

/**
 * Variables of the shell that outrank the emitted `.env`, or change what Compose reads.
 *
 * @param foundations their names.
 */
export function environmentWarnings(
    foundations: readonly string[],
    environment: NodeJS.ProcessEnv = process.env,
): readonly ProblemParts[] {
    const names = foundations.flatMap((name) => [imageVariable(name), digestVariable(name)]);
    const found = (name: string, wrong: string): readonly ProblemParts[] =>
        environment[name] === undefined ? [] : [{ wrong, remedy: `run \`unset ${name}\`` }];
    return [
        ...[...names, "FOUNDATION_STACK"].flatMap((name) =>
            found(name, `the shell's ${name} outranks the emitted .env`),
        ),
        ...(environment["COMPOSE_PATH_SEPARATOR"] === ":"
            ? []
            : found(
                  "COMPOSE_PATH_SEPARATOR",
                  "the shell's COMPOSE_PATH_SEPARATOR outranks that of an emitted .env, whose COMPOSE_FILE has colons",
              )),
        ...found("COMPOSE_FILE", "COMPOSE_FILE makes Compose read other files than the emitted ones"),
        ...found(
            "COMPOSE_ENV_FILES",
            "COMPOSE_ENV_FILES makes Compose read other files than the emitted .env",
        ),
        ...found(
            "COMPOSE_DISABLE_ENV_FILE",
            "COMPOSE_DISABLE_ENV_FILE keeps Compose from reading the emitted .env",
        ),
    ];
}
