import * as pulumi from "@pulumi/pulumi";

/** How to see that a service of ours answers. */
export interface ReadinessArgs {
    /** Has to answer 200 with the credential, and 401 without: so it is not somebody else who answers. */
    readonly url: string;
    readonly username: string;
    /** Secret. */
    readonly password: string;
}

export interface ComposeProjectArgs {
    /** Name of the Compose project; unique on its Docker engine. */
    readonly project: pulumi.Input<string>;
    /** The `foundation.owner` label that the definition gives to its services, volumes and networks. */
    readonly owner: pulumi.Input<string>;
    /** The Compose file. It goes to Compose on standard input, and never to the disk. Secret. */
    readonly definition: pulumi.Input<string>;
    /** What has to answer before the project counts as created. Secret. */
    readonly readiness: pulumi.Input<readonly pulumi.Input<ReadinessArgs>[]>;
    /**
     * Host and port of a registry in this project. Tags of its images in the local Docker engine go when it goes.
     * @default - no image tag is removed
     */
    readonly imageServer?: pulumi.Input<string>;
}

/** A Compose project on the local Docker engine, kept running. */
export class ComposeProject extends pulumi.CustomResource {
    /** Random; a new one means that the volumes are new as well, and so empty. */
    declare readonly instance: pulumi.Output<string>;

    constructor(name: string, args: ComposeProjectArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:ComposeProject",
            name,
            {
                ...args,
                definition: pulumi.secret(args.definition),
                readiness: pulumi.secret(args.readiness),
                instance: undefined,
            },
            opts,
        );
    }
}
