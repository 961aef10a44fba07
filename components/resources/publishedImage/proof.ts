import { removeLocalTags } from "../../docker/localTags.ts";
import { asDeveloper, loginOf } from "../../oci/credentials.ts";
import { Problem } from "../../problem.ts";
import type { Context } from "../resource.ts";
import type { Inputs } from "./publishedImage.ts";

/**
 * Proves that a pushed image is in the registry under its tag, by the credential that developers hold, and tidies up
 * after its push.
 *
 * @throws Problem when it isn't, or can't be seen.
 */
export async function prove(
    { server, repository, tag, digest, username, password, pushServer }: Inputs,
    { signal, info }: Context,
): Promise<void> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const found = await look().catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        throw new Problem(
            {
                wrong: `the image was pushed, but ${username ?? "whoever is logged in here"} can't see it in ${server}, so nothing was emitted`,
                remedy: "see that the registry answers, and run `pulumi up` again",
                said: error.message,
            },
            { cause: error },
        );
    });
    if (found !== digest) {
        throw new Problem({
            wrong: `${server}/${repository}:${tag} should be ${digest} after the push, so nothing was emitted`,
            found: `${found ?? "no such image"} as ${username ?? "whoever is logged in here"}`,
            remedy: "run `pulumi up` again, and see that nobody else pushes this tag",
        });
    }
    // A registry with a door of its own for pushes leaves tags behind that nobody ever pulls.
    if (pushServer !== server) await removeLocalTags(`${pushServer}/${repository}:`, info);

    async function look(): Promise<string | undefined> {
        const image = { repository, reference: tag };
        const { client } = await asDeveloper(server, loginOf(username, password), image, limited);
        return client.digest(repository, tag);
    }
}
