import * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../argsOf.ts";
import type { Readiness } from "./readiness.ts";

/** What the resource is made from. */
export interface Inputs {
    /** Name of the Compose project; unique on its Docker engine. */
    readonly project: string;
    /** The `foundation.owner` label that the definition gives to its services, volumes and networks. */
    readonly owner: string;
    /** The Compose file. It goes to Compose on standard input, and never to the disk. Secret. */
    readonly definition: string;
    /** What has to answer before the project counts as created. Secret. */
    readonly readiness: readonly Readiness[];
    /**
     * Host and port of a registry in this project. Tags of its images in the local Docker engine go when it goes.
     * @default - no image tag is removed
     */
    readonly imageServer?: string;
}

/** A Compose project on the local Docker engine, kept running. */
export class ComposeProject extends pulumi.CustomResource {
    /** Random; a new one means that the volumes are new as well, and so empty. */
    declare readonly instance: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:ComposeProject",
            name,
            {
                ...args,
                definition: pulumi.secret(args.definition),
                readiness: pulumi.secret(args.readiness),
                instance: undefined,
            },
            // Also where a person asks for another one: under their name there is one project.
            pulumi.mergeOptions(opts, { deleteBeforeReplace: true }),
        );
    }
}
