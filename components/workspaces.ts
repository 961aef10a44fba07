import * as pulumi from "@pulumi/pulumi";
import { envBlock } from "./render/envFile.ts";
import { workspaceFiles, type Workspaces as Contents } from "./render/workspaceFiles.ts";
import { EmittedFiles } from "./resources/emittedFiles/emittedFiles.ts";

export interface WorkspacesArgs extends Contents {
    /** What apps build on, by tag. */
    readonly image: pulumi.Input<string>;
    /** The manifest's digest, `sha256:…`. */
    readonly digest: pulumi.Input<string>;
    /** The stack that publishes the image. */
    readonly stack: string;
}

/** What a developer works with: the compose file and `.env` of the foundation and of every app. */
export class Workspaces extends pulumi.ComponentResource {
    constructor(name: string, args: WorkspacesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:Workspaces", name, {}, opts);
        const block = pulumi
            .all([args.image, args.digest])
            .apply(([image, digest]) => envBlock({ image, digest, stack: args.stack }));

        new EmittedFiles(`${name}-files`, { ...workspaceFiles(args), block }, { parent: this });
        this.registerOutputs();
    }
}
