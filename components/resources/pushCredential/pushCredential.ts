import * as pulumi from "@pulumi/pulumi";
import type { Configured } from "../../azure/settings.ts";
import type { ArgsOf } from "../argsOf.ts";

/** What the resource is made from. */
export interface Inputs {
    /** Host of the registry. */
    readonly server: string;
    readonly images: readonly Push[];
    /** The moving tag, which is pushed beside each image's own. */
    readonly channel: string;
    /** Everything else that decides what is pushed, and where. */
    readonly build: readonly string[];
    /** Who can see whether the last push arrived. */
    readonly pullUsername: string;
    /** Secret. */
    readonly pullPassword: string;
    /** The stack's own settings of azure-native, which a plugin of ours isn't told. */
    readonly settings: Configured;
}

/** An image that may have to be pushed. */
export interface Push {
    readonly repository: string;
    readonly tag: string;
    /** What it is made from, as a text to compare. */
    readonly content: string;
    /** What the tag is as far as the state knows, `sha256:…`; empty when it doesn't. */
    readonly recordedDigest: string;
}

/** A credential to push to an Azure Container Registry, good for a few hours, and made only for a push. */
export class PushCredential extends pulumi.CustomResource {
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;
    /** In RFC 3339. */
    declare readonly expiresAt: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:PushCredential",
            name,
            {
                ...args,
                pullPassword: pulumi.secret(args.pullPassword),
                username: undefined,
                password: undefined,
                expiresAt: undefined,
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password"] }),
        );
    }
}
