import * as pulumi from "@pulumi/pulumi";
import type { ImageSettings } from "../../imageConfig.ts";
import type { ArgsOf } from "../argsOf.ts";

export interface Inputs {
    /** Folder that is copied from, relative to the project; another one is other content. */
    readonly context: string;
    /** The Dockerfile, relative to the project; the one in the context when not given. */
    readonly dockerfile?: string | undefined;
    /** What the user calls that Dockerfile, for messages; `foundation/Dockerfile` when not given. */
    readonly source?: string | undefined;
    /** Where its settings are in the configuration, for messages; none where they are the project's own keys. */
    readonly section?: string | undefined;
    /** The foundations that it is built on. */
    readonly parents?: readonly Parent[] | undefined;
    /** By id. A file is relative to the project, absolute, or below `~`. */
    readonly secrets?: ImageSettings["secrets"] | undefined;
    /** The values of those secrets that the stack has, by their names there. Secret, and not kept. */
    readonly secretValues?: Readonly<Record<string, string>> | undefined;
    /** SSH agents or keys that the build may use, as `docker build --ssh` takes them. */
    readonly ssh?: readonly string[] | undefined;
    /** Host names that the build knows, to their addresses. */
    readonly extraHosts?: Readonly<Record<string, string>> | undefined;
    /** Folders are relative to the project. */
    readonly buildContexts?: Readonly<Record<string, string>> | undefined;
    /** Labels of the image. */
    readonly labels?: Readonly<Record<string, string>> | undefined;
    /** Where its cache is as well. */
    readonly cache?: ImageSettings["cache"] | undefined;
    /** Build arguments, by name. Never a secret, as they end up in the history of the image. */
    readonly buildArgs: Readonly<Record<string, string>>;
    /** Stage to build; the last when not given. */
    readonly target?: string | undefined;
    /** Platforms to build for, such as `linux/arm64`; none means the builder's own. */
    readonly platforms: readonly string[];
    /** Any text that asks for a build from scratch, on the newest base image. */
    readonly rebuild?: string | undefined;
    /** What is published along with the image. */
    readonly attest: readonly Attestation[];
    /** A buildx builder; the Docker engine's own when not given. Another one makes the same image. */
    readonly builder?: string | undefined;
    /** Where it is in the registry. */
    readonly repository: string;
    /** The image's own tag. As long as it is the same, changed files are not built. */
    readonly tag: string;
    /** The moving tag, which gets the same image. */
    readonly channel: string;
    /** Host and port to pull from. */
    readonly server: string;
    /** The credential that developers pull with; none where they have logins of their own, or need none. */
    readonly username?: string | undefined;
    /** Secret. */
    readonly password?: string | undefined;
    /** Host and port to push to. */
    readonly pushServer: string;
    /** Who may push there; none where Docker's own login on this machine is to do. */
    readonly pushUsername?: string | undefined;
    /** Secret. */
    readonly pushPassword?: string | undefined;
    /** What tells one store of images from another: in a new one there is none yet. */
    readonly instance: string;
    /** Whether others may push there too, so that what the tag stands for has to be looked up before it is pushed. */
    readonly shared?: boolean | undefined;
    /**
     * Whether the registry is one of Azure's, and is to let nobody move or delete the image's own tag; `required` where it
     * removes what isn't locked, so that the image counts as published only with its lock.
     */
    readonly lock?: boolean | "required" | undefined;
}

/** A foundation that was pushed to the same registry, and how the Dockerfile names it. */
export interface Parent {
    readonly repository: string;
    readonly digest: string;
    /** The build argument that names it. */
    readonly argument?: string | undefined;
    /** The named contexts that BuildKit looks for. */
    readonly contexts: readonly string[];
}

/** How an image was built (SLSA provenance), or what is in it (a bill of materials). */
export type Attestation = "provenance" | "sbom";

/** An image that is built, pushed, and proven to be in the registry by the credential that developers hold. */
export class PushedImage extends pulumi.CustomResource {
    /** What the registry has under both tags, `sha256:…`. */
    declare readonly digest: pulumi.Output<string>;

    constructor(name: string, args: ArgsOf<Inputs>, opts?: pulumi.CustomResourceOptions) {
        super(
            "foundation:index:PushedImage",
            name,
            {
                // Pulumi makes an output of each, with four promises and their stacks, set or not.
                ...present(args),
                password: args.password && pulumi.secret(args.password),
                pushPassword: args.pushPassword && pulumi.secret(args.pushPassword),
                secretValues: args.secretValues === undefined ? undefined : pulumi.secret(args.secretValues),
                digest: undefined,
            },
            opts,
        );
    }
}

function present<T extends object>(args: T): T {
    return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as T;
}
