import * as pulumi from "@pulumi/pulumi";

/** A file that is ours from the first to the last line, which is how `compose.yaml` is written. */
export interface WholeFileArgs {
    readonly kind: "whole";
    /** All of its text. The first line is the mark that a file of ours has. */
    readonly text: pulumi.Input<string>;
}

/** A block of lines of ours in a file that is otherwise the user's, which is how `.env` is written. */
export interface BlockFileArgs {
    readonly kind: "block";
    /** The block, with its markers. */
    readonly text: pulumi.Input<string>;
}

/** A symbolic link to another emitted file. */
export interface LinkFileArgs {
    readonly kind: "link";
    /** Where it points to, relative to the link's own folder, with `/`. */
    readonly target: pulumi.Input<string>;
}

export type EmittedFileArgs = WholeFileArgs | BlockFileArgs | LinkFileArgs;

export interface EmittedFilesArgs {
    /**
     * Path to content. Paths are relative to the project's folder, with `/`.
     * Give each file its own outputs, and not one output for the whole map: a preview can then tell which files change.
     */
    readonly files: pulumi.Input<Readonly<Record<string, pulumi.Input<EmittedFileArgs>>>>;
}

/** The files that the project writes for its users. They are compared with the disk each time, and mended. */
export class EmittedFiles extends pulumi.CustomResource {
    /** What `pulumi refresh` found to be different on disk: path to what is wrong with it. */
    declare readonly drift: pulumi.Output<Readonly<Record<string, string>>>;

    constructor(name: string, args: EmittedFilesArgs, opts?: pulumi.CustomResourceOptions) {
        super("foundation:index:EmittedFiles", name, { ...args, drift: undefined }, opts);
    }
}
