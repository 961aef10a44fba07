import * as pulumi from "@pulumi/pulumi";

export interface PushCredentialArgs {
    /** Host of the registry. */
    readonly server: pulumi.Input<string>;
    readonly repository: pulumi.Input<string>;
    /** The image's own tag, and the moving one that is pushed beside it. */
    readonly tag: pulumi.Input<string>;
    readonly channel: pulumi.Input<string>;
    /** Everything else whose change leads to a push. */
    readonly build: pulumi.Input<readonly pulumi.Input<string>[]>;
    /** What the tag is as far as the state knows, `sha256:…`; empty when it doesn't. */
    readonly recordedDigest: pulumi.Input<string>;
    /** Who can see whether the last push arrived. */
    readonly pullUsername: pulumi.Input<string>;
    /** Secret. */
    readonly pullPassword: pulumi.Input<string>;
    /** The stack's own settings of azure-native, which a plugin of ours isn't told. */
    readonly settings: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/** A credential to push to an Azure Container Registry, good for a few hours, and made only for a push. */
export class PushCredential extends pulumi.CustomResource {
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;
    /** In RFC 3339. */
    declare readonly expiresAt: pulumi.Output<string>;

    constructor(name: string, args: PushCredentialArgs, opts?: pulumi.CustomResourceOptions) {
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
