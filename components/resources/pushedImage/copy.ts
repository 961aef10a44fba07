import * as path from "node:path";
import { withBuildConfiguration } from "../../docker/buildConfiguration.ts";
import { streamDocker } from "../../docker/docker.ts";
import { engineBuilder } from "../../docker/builder.ts";
import { LoginRefused, RegistrySilent } from "../../oci/client.ts";
import { imageReference } from "../../render/imageReference.ts";
import { digestsFor, type Place } from "../publishedImage/proof.ts";
import type { Context } from "../resource.ts";
import type { Inputs } from "./pushedImage.ts";

/** An image that was published, and who could pull it. */
export type Source = Place & { readonly digest: string };

/**
 * Copies an image to where it is published now, byte for byte, so that it keeps its digest whatever the builder would
 * make today. It says why where that can't be done, and the image is to be built.
 *
 * @returns whether it is there now, under both tags.
 */
export async function copyImage(source: Source, inputs: Inputs, context: Context): Promise<boolean> {
    const place = `${source.server}/${source.repository}`;
    const reason = (await reasonNotToTry(source, context.signal)) ?? (await copy(source, inputs, context));
    await context.info(
        reason === undefined
            ? `copied from ${place}, where it was published before`
            : `can't be copied from ${place} (${reason}), so it is built`,
    );
    return reason === undefined;
}

/** Asked first, so that an old registry that is gone costs a moment, and is told apart from a new one in trouble. */
async function reasonNotToTry(source: Source, signal: AbortSignal): Promise<string | undefined> {
    try {
        const [found] = await digestsFor(source, [source.digest], signal, 10);
        return found === undefined ? "it isn't there any more" : undefined;
    } catch (error) {
        if (error instanceof RegistrySilent || error instanceof LoginRefused) return error.message;
        throw error;
    }
}

/** @returns what went wrong, in the words of buildx. */
async function copy(
    source: Source,
    inputs: Inputs,
    { root, signal, progress }: Context,
): Promise<string | undefined> {
    const { repository, tag, channel, pushServer: server } = inputs;
    const builder = inputs.builder ?? (await engineBuilder(signal));
    const target = (name: string) => imageReference({ server, repository, tag: name });
    const { username, password } = source;
    const logins = [
        { server: source.server, username, password },
        { server, username: inputs.pushUsername, password: inputs.pushPassword },
    ];
    const args = [
        ...["buildx", "imagetools", "create", "--builder", builder, "--progress", "plain"],
        // Else an image for one platform would get an index around it, and with that another digest.
        "--prefer-index=false",
        ...["--tag", target(tag), "--tag", target(channel)],
        imageReference({ server: source.server, repository: source.repository, digest: source.digest }),
    ];
    const home = path.join(root, ".foundation", "docker");
    let said = "";
    const copied = await withBuildConfiguration(
        home,
        logins,
        () => false,
        ({ env }) =>
            streamDocker(args, { cwd: root, signal, env }, (line) => {
                if (line !== "") said = line;
                progress(line);
            }),
    );
    progress("");
    if (copied) return undefined;
    // It points to its help instead.
    return said.includes("imagetools create --help")
        ? "this buildx is too old for it"
        : said.replace(/^ERROR: /, "") || "buildx doesn't say why";
}
