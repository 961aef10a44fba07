import * as pulumi from "@pulumi/pulumi";
import { publishedValues, workspaceFiles, type Workspaces as Contents } from "./render/workspaceFiles.ts";
import { EmittedFiles } from "./resources/emittedFiles/emittedFiles.ts";

/** What {@link Workspaces} are made from. */
export interface WorkspacesArgs extends Contents {
    /** Host and port to pull from. */
    readonly server: pulumi.Input<string>;
    /** Whom developers log in as; empty where they have logins of their own, or need none. */
    readonly username: pulumi.Input<string>;
    /**
     * The repository's root, relative to the project's folder.
     * @default - that folder itself
     */
    readonly root?: string;
    /** By name: what others build on, by tag, and the manifest's digest, `sha256:…`. */
    readonly published: ReadonlyMap<
        string,
        {
            /** The reference by tag. */
            readonly image: pulumi.Input<string>;
            /** `sha256:…` of what was pushed. */
            readonly digest: pulumi.Input<string>;
        }
    >;
}

/** What a developer works with: the Compose file and `.env` of each foundation and each app, and the manifest. */
export class Workspaces extends pulumi.ComponentResource {
    constructor(name: string, args: WorkspacesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:Workspaces", name, {}, opts);
        const { server, username, published: images } = args;

        new EmittedFiles(
            `${name}-files`,
            {
                files: JSON.stringify(workspaceFiles(args)),
                values: publishedValues({ server, username, images }),
                // What is so anyway is no part of the state.
                root: args.root === "." ? undefined : args.root,
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}
