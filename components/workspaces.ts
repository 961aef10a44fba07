import * as pulumi from "@pulumi/pulumi";
import type { App } from "../checkout/apps.ts";
import { appCompose, foundationCompose } from "../render/composeFile.ts";
import { envBlock } from "../render/envFile.ts";
import { EmittedFiles, type EmittedFileArgs } from "./resources/emittedFiles.ts";

export interface WorkspacesArgs {
    /** What apps build on, by tag. */
    readonly image: pulumi.Input<string>;
    /** The manifest's digest, `sha256:…`. */
    readonly digest: pulumi.Input<string>;
    /** The stack that publishes the image. */
    readonly stack: string;
    readonly apps: readonly App[];
    /** The build that a developer repeats in `foundation/`. */
    readonly build: {
        readonly buildArgs: Readonly<Record<string, string>>;
        readonly target?: string | undefined;
    };
    /** One `.env` for each folder, or one at the root that the others link to. */
    readonly envFiles: "copy" | "symlink";
}

/** What a developer works with: the compose file and `.env` of the foundation and of every app. */
export class Workspaces extends pulumi.ComponentResource {
    constructor(name: string, args: WorkspacesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:Workspaces", name, {}, opts);
        const { buildArgs, target } = args.build;
        const folders = ["foundation", ...args.apps.map((app) => app.folder)];

        const composeFiles = [
            whole(
                "foundation/compose.yaml",
                foundationCompose({ buildArgs, ...(target !== undefined && { target }) }),
            ),
            ...args.apps.map((app) => whole(`${app.folder}/compose.yaml`, appCompose(app))),
        ];
        const text = pulumi
            .all([args.image, args.digest])
            .apply(([image, digest]) => envBlock({ image, digest, stack: args.stack }));
        const envFiles =
            args.envFiles === "copy"
                ? folders.map((folder) => block(`${folder}/.env`, text))
                : [block(".env", text), ...folders.map((folder) => linkToRoot(folder))];

        new EmittedFiles(
            `${name}-files`,
            { files: Object.fromEntries([...composeFiles, ...envFiles]) },
            { parent: this },
        );
        this.registerOutputs();
    }
}

type Entry = [path: string, file: EmittedFileArgs];

function whole(path: string, text: string): Entry {
    return [path, { kind: "whole", text }];
}

function block(path: string, text: pulumi.Output<string>): Entry {
    return [path, { kind: "block", text }];
}

function linkToRoot(folder: string): Entry {
    return [`${folder}/.env`, { kind: "link", target: `${folder.replace(/[^/]+/g, "..")}/.env` }];
}
