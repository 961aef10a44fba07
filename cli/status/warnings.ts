/** Variables of the shell that outrank the emitted `.env`, or change what Compose reads. */
export function environmentWarnings(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
    const outranking = ["FOUNDATION_IMAGE", "FOUNDATION_DIGEST", "FOUNDATION_STACK"].filter(
        (name) => environment[name] !== undefined,
    );
    return [
        ...outranking.map((name) => `the shell's ${name} outranks the emitted .env; run \`unset ${name}\``),
        ...(environment["COMPOSE_FILE"] === undefined
            ? []
            : [
                  "COMPOSE_FILE makes Compose read other files than the emitted ones; run `unset COMPOSE_FILE`",
              ]),
    ];
}
