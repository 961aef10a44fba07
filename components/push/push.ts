import type * as pulumi from "@pulumi/pulumi";
import type { Credential } from "../registry.ts";

/** What is to be built and pushed, in terms that every image provider has. */
export interface PushArgs {
    /** Folder with the Dockerfile, relative to the project. */
    readonly context: string;
    /** The reference to push, with the image's own tag. */
    readonly reference: pulumi.Output<string>;
    /** The same repository with the moving tag. */
    readonly channelReference: pulumi.Output<string>;
    /** Host and port of the registry, and who may push there. */
    readonly server: pulumi.Output<string>;
    readonly repository: string;
    readonly credential: pulumi.Output<Credential>;
    readonly buildArgs: Readonly<Record<string, string>>;
    /** Stage to build; the last when not given. */
    readonly target?: string | undefined;
    readonly platforms: readonly string[];
    readonly builder: string;
    /** Runs every step, also those that a build cache holds. */
    readonly noCache: boolean;
}

/** Builds and pushes, and gives the digest that the registry took. Each image provider has one. */
export type Push = (
    name: string,
    args: PushArgs,
    opts: pulumi.CustomResourceOptions,
) => pulumi.Output<string>;
