import * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../argsOf.ts";

export interface Inputs {
    /** Host and port to pull from. */
    readonly server: string;
    readonly repository: string;
    readonly tag: string;
    /** What the tag has to stand for, `sha256:…`. */
    readonly digest: string;
    /** The credential that developers pull with; none where they have logins of their own, or need none. */
    readonly username?: string | undefined;
    /** Secret. */
    readonly password?: string | undefined;
    /** Host and port that was pushed to. */
    readonly pushServer: string;
    /** What tells one store of images from another: to a new one it is pushed again. */
    readonly instance: string;
}

/** An image that another provider has pushed, proven to be in the registry by the credential that developers hold. */
export class PublishedImage extends pulumi.CustomResource {
    /** The proven digest, `sha256:…`. */
    declare readonly digest: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:PublishedImage",
            name,
            { ...args, password: args.password && pulumi.secret(args.password) },
            opts,
        );
    }
}
