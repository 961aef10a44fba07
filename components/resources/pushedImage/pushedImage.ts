import * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../argsOf.ts";

export interface Inputs {
    /** Folder with the Dockerfile, relative to the project; another one is other content. */
    readonly context: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    /** Stage to build; the last when not given. */
    readonly target?: string | undefined;
    /** Platforms to build for, such as `linux/arm64`; none means the builder's own. */
    readonly platforms: readonly string[];
    /** Any text that asks for a build from scratch, on the newest base image. */
    readonly rebuild?: string | undefined;
    /** What is published along with the image. */
    readonly attest: readonly Attestation[];
    /** A buildx builder; the Docker engine's own when not given. Another one makes the same image. */
    readonly builder?: string | undefined;
    readonly repository: string;
    /** The image's own tag. */
    readonly tag: string;
    /** The moving tag, which gets the same image. */
    readonly channel: string;
    /** Host and port to pull from. */
    readonly server: string;
    /** The credential that developers pull with. */
    readonly username: string;
    /** Secret. */
    readonly password: string;
    /** Host and port to push to. */
    readonly pushServer: string;
    /** Who may push there. */
    readonly pushUsername: string;
    /** Secret. */
    readonly pushPassword: string;
    /** What tells one store of images from another: in a new one there is none yet. */
    readonly instance: string;
}

/** How an image was built (SLSA provenance), or what is in it (a bill of materials). */
export type Attestation = "provenance" | "sbom";

/** An image that is built, pushed, and proven to be in the registry by the credential that developers hold. */
export class PushedImage extends pulumi.CustomResource {
    /** What the registry has under both tags, `sha256:…`. */
    declare readonly digest: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:PushedImage",
            name,
            {
                ...args,
                password: pulumi.secret(args.password),
                pushPassword: pulumi.secret(args.pushPassword),
                digest: undefined,
            },
            opts,
        );
    }
}
