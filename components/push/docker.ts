import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { PublishArgs } from "../foundationImage.ts";
import { imageReference } from "../render/imageReference.ts";
import { PublishedImage } from "../resources/publishedImage/publishedImage.ts";

/** Builds with the Docker engine alone and pushes, through `@pulumi/docker`, for hosts without buildx. */
export function publish(
    name: string,
    args: PublishArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const { context, buildArgs, target, repository, tag, channel, instance } = args;
    const { server, username, password, pushServer, pushUsername, pushPassword } = args;
    const [platform] = args.platforms;
    const image = (suffix: string, theTag: string, dependsOn: readonly pulumi.Resource[]) =>
        new docker.Image(
            `${name}${suffix}`,
            {
                imageName: pulumi
                    .output(pushServer)
                    .apply((resolved) => imageReference({ server: resolved, repository, tag: theTag })),
                build: {
                    context,
                    dockerfile: args.dockerfile ?? `${context}/Dockerfile`,
                    args: buildArgs,
                    builderVersion: docker.BuilderVersion.BuilderBuildKit,
                    ...(target !== undefined && { target }),
                    ...(platform !== undefined && { platform }),
                },
                // Without one, this provider looks for Docker's own login as well.
                ...(pushUsername !== undefined &&
                    pushPassword !== undefined && {
                        registry: { server: pushServer, username: pushUsername, password: pushPassword },
                    }),
            },
            pulumi.mergeOptions(opts, {
                dependsOn: [...dependsOn],
                // Deleting the resource would delete the image that everybody builds on from the registry.
                retainOnDelete: true,
                // This provider doesn't notice that the registry has lost everything.
                replacementTrigger: instance,
            }),
        );

    const own = image("", tag, []);
    // This provider pushes one name for each image; the second build is all cache.
    const moving = image("-channel", channel, [own]);
    // Of both: what follows takes the tags of the push away, under which an image has to be while it is pushed.
    const digest = pulumi
        .all([own.repoDigest, moving.repoDigest])
        .apply(([reference]) => digestOf(reference, name));
    const proof = { server, repository, tag, digest, username, password, pushServer, instance };
    return new PublishedImage(`${name}-published`, proof, opts).digest;
}

/** Nothing may be emitted for an image that the registry hasn't confirmed. */
function digestOf(reference: string, name: string): string {
    const digest = reference.slice(reference.indexOf("@") + 1);
    if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
    throw new pulumi.RunError(
        `${name}: the push gave no digest (found ${JSON.stringify(digest)}), so nobody could tell what was published; look at the build's output above and run \`pulumi up\` again`,
    );
}
