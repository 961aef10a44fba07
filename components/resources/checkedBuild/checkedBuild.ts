import * as pulumi from "@pulumi/pulumi";

export interface CheckedBuildArgs {
    /** Folder with the Dockerfile, relative to the project. */
    readonly context: pulumi.Input<string>;
    /** The buildx builder. */
    readonly builder: pulumi.Input<string>;
    readonly buildArgs: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
    /**
     * Stage to build.
     * @default - the last
     */
    readonly target?: pulumi.Input<string>;
    /** None means the builder's own. */
    readonly platforms: pulumi.Input<readonly pulumi.Input<string>[]>;
    /** Runs every step, also those that the build cache holds. */
    readonly noCache: pulumi.Input<boolean>;
    /** Host and port of the registry that the image will be pushed to. */
    readonly server: pulumi.Input<string>;
    readonly repository: pulumi.Input<string>;
    /** Who may push there. */
    readonly username: pulumi.Input<string>;
    /** Secret. */
    readonly password: pulumi.Input<string>;
}

/**
 * A build that went well and is in the builder's cache, and a registry that would take its push. What is wrong with
 * either fails here, in the words of the builder or the registry.
 */
export class CheckedBuild extends pulumi.CustomResource {
    constructor(name: string, args: CheckedBuildArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:CheckedBuild",
            name,
            { ...args, password: pulumi.secret(args.password) },
            opts,
        );
    }
}
