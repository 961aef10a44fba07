import * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../argsOf.ts";

/** What the resource is made from. */
export interface Inputs {
    /**
     * `WorkspaceFiles` (`render/workspaceFiles.ts`) as JSON, whose parts Pulumi shows like properties. As these, each path
     * of a thousand apps would be compared, logged and sent by itself, several times over.
     */
    readonly files: string;
    /** What the gaps of the texts are filled with, by name. They alone may be unknown in a preview. */
    readonly values: Readonly<Record<string, string>>;
    /** The repository's root, relative to the project's folder; that folder itself when not given. */
    readonly root?: string | undefined;
}

/** The files that the project writes for its users. They are compared with the disk each time, and written again. */
export class EmittedFiles extends pulumi.CustomResource {
    /** What `pulumi refresh` found to be different on disk: path to what is wrong with it. */
    declare readonly drift: pulumi.Output<Readonly<Record<string, string>>>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:EmittedFiles",
            name,
            { ...args, drift: undefined },
            // Also where a person asks for another one: the old one would take the files of the new one along.
            pulumi.mergeOptions(opts, { deleteBeforeReplace: true }),
        );
    }
}
