import * as pulumi from "@pulumi/pulumi";
import type { Configured } from "../../azure/settings.ts";
import type { ArgsOf } from "../argsOf.ts";

/** What the resource is made from. */
export interface Inputs {
    /** Full resource id of the registry's token. Another one is another password. */
    readonly tokenId: string;
    /** When the token was made, in RFC 3339: one that was made anew under its id has lost its passwords. */
    readonly tokenCreatedAt: string;
    /** Host of the registry, where a password has to work before it counts. */
    readonly server: string;
    /** How long the next password will be valid. */
    readonly lifetimeDays: number;
    /** How long before its end a password is followed by the next one. */
    readonly renewDays: number;
    /** The stack's own settings of azure-native, which a plugin of ours isn't told. */
    readonly settings: Configured;
}

/** A password of a token of an Azure Container Registry, followed by a new one in time. */
export class TokenPassword extends pulumi.CustomResource {
    /** The token's name. */
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;
    /** In RFC 3339. */
    declare readonly expiresAt: pulumi.Output<string>;
    /** Which of the token's two passwords it is. */
    declare readonly slot: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:TokenPassword",
            name,
            {
                ...args,
                username: undefined,
                password: undefined,
                expiresAt: undefined,
                slot: undefined,
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password"] }),
        );
    }
}
