/** The text without the secrets, and without any bcrypt hash. */
export function redacted(text: string, secrets: readonly string[]): string {
    // A shorter one would turn up in words.
    const told = secrets.filter((secret) => secret.length >= 8);
    // One may begin with another.
    const longestFirst = told.toSorted((one, other) => other.length - one.length);
    return longestFirst
        .reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text)
        .replaceAll(/\$2[abxy]\$\d\d\$[./0-9A-Za-z]{53}/g, "[secret]");
}
