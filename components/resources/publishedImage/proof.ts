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
export async function prove(inputs: Inputs, { signal, info }: Context): Promise<void> {
    const { server, repository, tag, digest, username, pushServer } = inputs;
    const [found] = await digestsFor(inputs, [tag], signal).catch((error: unknown) => {
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
}

/** A repository, and who pulls from it. */
export type Place = Pick<Inputs, "server" | "repository" | "username" | "password">;

/** The digests that developers find there, by at least one tag or digest. */
export async function digestsFor(
    { server, repository, username, password }: Place,
    references: readonly string[],
    signal: AbortSignal,
    seconds = 30,
): Promise<readonly (string | undefined)[]> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
    const image = { repository, reference: references[0] ?? "" };
    const { client } = await asDeveloper(server, loginOf(username, password), image, limited);
    return Promise.all(references.map((reference) => client.digest(repository, reference)));
}
