import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { PushArgs } from "./push.ts";

/** Builds with the Docker engine alone and pushes, through `@pulumi/docker`, for hosts without buildx. */
export function push(
    name: string,
    args: PushArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const [platform] = args.platforms;
    const image = (suffix: string, imageName: pulumi.Output<string>, extra: pulumi.CustomResourceOptions) =>
        new docker.Image(
            `${name}${suffix}`,
            {
                imageName,
                build: {
                    context: args.context,
                    dockerfile: `${args.context}/Dockerfile`,
                    args: args.buildArgs,
                    builderVersion: docker.BuilderVersion.BuilderBuildKit,
                    ...(args.target !== undefined && { target: args.target }),
                    ...(platform !== undefined && { platform }),
                },
                registry: {
                    server: args.server,
                    username: args.credential.username,
                    password: args.credential.password,
                },
            },
            pulumi.mergeOptions(opts, extra),
        );

    const own = image("", args.reference, {});
    // This provider pushes one name for each image; the second build is all cache.
    image("-channel", args.channelReference, { dependsOn: [own] });
    return own.repoDigest.apply((reference) => reference.slice(reference.indexOf("@") + 1));
}
