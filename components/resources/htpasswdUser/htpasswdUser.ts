import * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../argsOf.ts";

/** What the resource is made from. */
export interface Inputs {
    /** Another name is another user, with another password. */
    readonly username: string;
}

/** A user with a generated password, and the htpasswd line that lets a server recognise it. */
export class HtpasswdUser extends pulumi.CustomResource {
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;
    /** `username:hash`, bcrypt. Secret. */
    declare readonly htpasswd: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:HtpasswdUser",
            name,
            { ...args, password: undefined, htpasswd: undefined },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password", "htpasswd"] }),
        );
    }
}
