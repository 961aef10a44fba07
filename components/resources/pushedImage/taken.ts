import { tagLabel } from "../../render/composeFile.ts";
import { isContentTag } from "../../render/foundation.ts";
import { LoginRefused, RegistryClient } from "../../oci/client.ts";
import { loginOf } from "../../oci/credentials.ts";
import { readLogin } from "../../oci/dockerLogin.ts";
import { Problem } from "../../problem.ts";
import type { Context } from "../resource.ts";
import type { Inputs } from "./pushedImage.ts";

/**
 * What is under the tag already, where others push as well and it may be taken as it is: the same content, published by
 * another stack, from another machine, or by a deployment of which nothing is known any more. The channel follows it.
 *
 * @param known what the state says is under this very tag; undefined where it says nothing.
 * @param changed whether the image is to be another one than that.
 * @returns its digest; undefined where there is something to push.
 * @throws Problem when something else is under the tag. Whoever builds on it would get something else overnight.
 */
export async function takeExisting(
    inputs: Inputs,
    known: string | undefined,
    changed: boolean,
    { signal, info }: Context,
): Promise<string | undefined> {
    const { pushServer, repository, tag, channel, attest } = inputs;
    const login = loginOf(inputs.pushUsername, inputs.pushPassword) ?? (await readLogin(pushServer));
    const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const client = new RegistryClient(pushServer, login, limited);
    const found = await client.digest(repository, tag).catch((error: unknown) => {
        // Some say so of a repository that isn't there yet. Whom they mean it for won't be let push, either.
        if (error instanceof LoginRefused) return undefined;
        throw error;
    });
    if (found === undefined || (found === known && changed)) return undefined;
    const sameContent = isContentTag(tag) && (await labelOf(client, repository, found)) === tag;
    const ours = found === known;
    if (!ours && (known !== undefined || !sameContent || attest.length > 0)) {
        throw new Problem({
            wrong: `${pushServer}/${repository}:${tag} is there already and is another image, so nothing was built or pushed`,
            found: `${found}, ${known === undefined ? "of which this stack knows nothing" : `expected ${known}`}`,
            remedy: remedyFor(tag, sameContent),
        });
    }
    if (!sameContent) return undefined;
    if ((await client.digest(repository, channel)) !== found) await client.tag(repository, found, channel);
    await info(`${tag} is in ${pushServer} already, with the same content, and is taken as it is`);
    return found;
}

/** What whoever deploys may choose between. */
function remedyFor(tag: string, sameContent: boolean): string {
    const another = isContentTag(tag)
        ? "publish under another tag with `pulumi config set rebuild <a new text>`"
        : "choose another tag with `pulumi config set tag <tag>`, or have it made from content with `pulumi config rm tag`";
    const same = sameContent ? " (its label says that it was built from the same content)" : "";
    return `see who has pushed it${same}; then ${another}, or delete that tag in the registry, and run \`pulumi up\` again`;
}

/** The tag that an image was built as, by its label. */
async function labelOf(
    client: RegistryClient,
    repository: string,
    digest: string,
): Promise<string | undefined> {
    const image = async (platform: string) => client.image(repository, digest, platform);
    const [platform = ""] = (await image(""))?.platforms ?? [];
    return (await image(platform))?.labels[tagLabel];
}
