/** What to say of an image in the registry that isn't for this platform, and how to publish it for that as well. */
export function platformProblem(
    published: readonly string[],
    platform: string,
): { readonly wrong: string; readonly remedy: string } {
    // All of them have to be named, also the one that was the builder's own.
    const named = [...published, platform].map((name, index) => `--plaintext 'platforms[${index}]=${name}'`);
    return {
        wrong: `the foundation in the registry is for ${published.join(", ")}, and not for ${platform}`,
        remedy: `publish it for that as well, with \`pulumi config set-all --path ${named.join(" ")}\`, a builder that can build for it and \`pulumi up\``,
    };
}
