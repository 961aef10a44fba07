import * as pulumi from "@pulumi/pulumi";

export interface PublishedImageArgs {
    /** Host and port to pull from. */
    readonly server: pulumi.Input<string>;
    readonly repository: pulumi.Input<string>;
    readonly tag: pulumi.Input<string>;
    /** What the tag has to stand for, `sha256:…`. */
    readonly digest: pulumi.Input<string>;
    /** The credential that developers pull with. */
    readonly username: pulumi.Input<string>;
    /** Secret. */
    readonly password: pulumi.Input<string>;
    /** Host and port that was pushed to. */
    readonly pushServer: pulumi.Input<string>;
    /** What tells one store of images from another, and the builder: with another of either, it is pushed again. */
    readonly instance: pulumi.Input<string>;
    readonly builder: pulumi.Input<string>;
}

/** An image that is proven to be in the registry, by the credential that developers hold. */
export class PublishedImage extends pulumi.CustomResource {
    /** The proven digest, `sha256:…`. */
    declare readonly digest: pulumi.Output<string>;

    constructor(name: string, args: PublishedImageArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:PublishedImage",
            name,
            { ...args, password: pulumi.secret(args.password) },
            opts,
        );
    }
}
