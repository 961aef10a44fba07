import { platformFor } from "../../components/oci/platform.ts";

/**
 * What to say of a foundation in the registry that isn't for this platform, and how to publish it for that as well;
 * undefined where it is for it.
 */
export function platformProblem(
    name: string,
    published: readonly string[],
    platform: string,
): { readonly wrong: string; readonly remedy: string } | undefined {
    if (platformFor(platform, published) !== undefined) return undefined;
    // All of them have to be named, also the one that was the builder's own.
    const wanted = [...published, platform];
    const isMain = name === "foundation";
    const items = wanted.map((item, index) => `--plaintext 'platforms[${index}]=${item}'`);
    const setting = isMain
        ? `with \`pulumi config set-all --path ${items.join(" ")}\``
        : // A command of Pulumi's would hide all of `images` that Pulumi.yaml has.
          `with images.${name}.platforms set to [${wanted.join(", ")}], where images is written`;
    const isAsked = process.env["DOCKER_DEFAULT_PLATFORM"]?.startsWith(platform) === true;
    const asked = isAsked ? "run `unset DOCKER_DEFAULT_PLATFORM`; or " : "";
    return {
        wrong: `the foundation ${isMain ? "" : `${name} `}in the registry is for ${published.join(", ")}, and not for ${platform}`,
        remedy: `${asked}publish it for that as well, ${setting}, a builder that can build for it and \`pulumi up\``,
    };
}
