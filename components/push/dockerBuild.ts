import * as dockerBuild from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";
import type { PushArgs } from "./push.ts";

/** Builds with BuildKit and pushes, through `@pulumi/docker-build`. */
export function push(
    name: string,
    args: PushArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const image = new dockerBuild.Image(
        name,
        {
            context: { location: args.context },
            tags: [args.reference, args.channelReference],
            push: true,
            registries: [
                {
                    address: args.server,
                    username: args.credential.username,
                    password: args.credential.password,
                },
            ],
            buildArgs: args.buildArgs,
            ...(args.target !== undefined && { target: args.target }),
            platforms: args.platforms as dockerBuild.Platform[],
            noCache: args.noCache,
            // Lets a developer's local build take the unchanged layers from the registry.
            cacheTo: [{ inline: {} }],
            // The engine's own builder reaches a registry on the host's loopback. Without `exec`, this provider would
            // boot a builder in a container, which doesn't.
            exec: true,
            builder: { name: args.builder },
            // A preview neither builds nor pushes.
            buildOnPreview: false,
        },
        opts,
    );
    return image.digest;
}
