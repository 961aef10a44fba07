/**
 * A message with its `pulumi` commands as they are typed where the engine was started: the state of `npm start` and of
 * `foundation start` is one that plain `pulumi` doesn't know, so they say in FOUNDATION_PULUMI what does.
 */
export function asTyped(message: string, typed = process.env["FOUNDATION_PULUMI"]): string {
    return message.replaceAll(/`pulumi (?=[^`]+`)/g, () => `\`${typed || "pulumi"} `);
}
