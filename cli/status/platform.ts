/**
 * What to say of a foundation in the registry that isn't for this platform, and how to publish it for that as well.
 *
 * @param name nothing where there is but one foundation, which needs no name.
 */
export function platformProblem(
    name: string | undefined,
    published: readonly string[],
    platform: string,
): { readonly wrong: string; readonly remedy: string } {
    const key = name === undefined ? "platforms" : `images.${name}.platforms`;
    // All of them have to be named, also the one that was the builder's own.
    const named = [...published, platform].map((item, index) => `--plaintext '${key}[${index}]=${item}'`);
    const what = name === undefined ? "the foundation" : `the foundation ${name}`;
    return {
        wrong: `${what} in the registry is for ${published.join(", ")}, and not for ${platform}`,
        remedy: `publish it for that as well, with \`pulumi config set-all --path ${named.join(" ")}\`, a builder that can build for it and \`pulumi up\``,
    };
}
