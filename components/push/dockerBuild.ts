import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { CheckedBuild } from "../resources/checkedBuild/checkedBuild.ts";
import type { PushArgs } from "./push.ts";

/** Builds with BuildKit and pushes, through `@pulumi/docker-build`. */
export function push(
    name: string,
    args: PushArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const build = {
        builder: args.builder,
        buildArgs: args.buildArgs,
        platforms: args.platforms as dockerBuild.Platform[],
        ...(args.target !== undefined && { target: args.target }),
    };
    const checked = new CheckedBuild(
        `${name}-build`,
        {
            context: args.context,
            ...build,
            noCache: args.noCache,
            server: args.server,
            repository: args.repository,
            username: pulumi.unsecret(args.credential.username),
            password: args.credential.password,
        },
        opts.parent === undefined ? {} : { parent: opts.parent },
    );
    const image = new dockerBuild.Image(
        name,
        {
            ...build,
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
            // Lets a developer's local build take the unchanged layers from the registry.
            cacheTo: [{ inline: {} }],
            // The engine's own builder reaches a registry on the host's loopback. Without `exec`, this provider would
            // boot a builder in a container, which doesn't.
            exec: true,
            builder: { name: args.builder },
            // A preview neither builds nor pushes.
            buildOnPreview: false,
        },
        pulumi.mergeOptions(opts, { dependsOn: [checked] }),
    );
    return image.digest;
}
