import * as pulumi from "@pulumi/pulumi";
import type { Configured } from "../../azure/settings.ts";
import type { ArgsOf } from "../argsOf.ts";

/** What the resource is made from. */
export interface Inputs {
    /** Host of the registry. */
    readonly server: string;
    readonly repository: string;
    /** The image's own tag, and the moving one that is pushed beside it. */
    readonly tag: string;
    readonly channel: string;
    /** Everything else that decides what is pushed, and where. */
    readonly build: readonly string[];
    /** What the tag is as far as the state knows, `sha256:…`; empty when it doesn't. */
    readonly recordedDigest: string;
    /** Who can see whether the last push arrived. */
    readonly pullUsername: string;
    /** Secret. */
    readonly pullPassword: string;
    /** The stack's own settings of azure-native, which a plugin of ours isn't told. */
    readonly settings: Configured;
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
