import * as pulumi from "@pulumi/pulumi";
import { imageReference } from "./render/imageReference.ts";
import type { Registry } from "./registry.ts";
import type { ArgsOf } from "./resources/argsOf.ts";
import { PushedImage, type Inputs } from "./resources/pushedImage/pushedImage.ts";

/** What a program decides before anything is deployed. */
const decided = [
    ...(["context", "dockerfile", "source", "section", "buildArgs", "target", "platforms"] as const),
    ...(["rebuild", "attest", "secrets", "ssh", "extraHosts", "buildContexts", "labels", "cache"] as const),
    ...(["builder", "repository", "tag", "channel"] as const),
] satisfies readonly (keyof Inputs)[];
type Decided = (typeof decided)[number];

/** What is to be built and pushed, and where. */
export type PublishArgs = Pick<Inputs, Decided> & ArgsOf<Omit<Inputs, Decided>>;

/** A foundation that another one is built on, and how that one's Dockerfile names it. */
export interface ParentImage {
    /** The one that it is built on. */
    readonly image: FoundationImage;
    /** The build argument that names it. */
    readonly argument?: string | undefined;
    /** The named contexts that BuildKit looks for. */
    readonly contexts: readonly string[];
}

/** What a {@link FoundationImage} is made from. */
export interface FoundationImageArgs extends Pick<Inputs, Decided> {
    /** Where it is kept. */
    readonly registry: Registry;
    /**
     * The foundations that it is built on, in the same registry.
     * @default - none
     */
    readonly parents?: readonly ParentImage[] | undefined;
    /**
     * Values of `secrets` that the stack has, by name.
     * @default - none
     */
    readonly secretValues?: Readonly<Record<string, string>> | undefined;
    /**
     * Builds and pushes, and gives the digest that is proven.
     * @default - with buildx
     */
    readonly publish?:
        | ((name: string, args: PublishArgs, opts: pulumi.CustomResourceOptions) => pulumi.Output<string>)
        | undefined;
}

/** The foundation, built and pushed. */
export class FoundationImage extends pulumi.ComponentResource {
    /** Where it is in the registry. */
    readonly repository: string;
    /** The reference that apps build on, by tag, so that a local build can take its place. */
    readonly image: pulumi.Output<string>;
    /** `sha256:…` of the manifest, as the registry took it. Known once it is proven that it can be pulled. */
    readonly digest: pulumi.Output<string>;
    /** The reference by tag and digest, which nothing can take the place of. */
    readonly pinnedImage: pulumi.Output<string>;
    /** The reference by the moving tag. */
    readonly channelImage: pulumi.Output<string>;

    constructor(name: string, args: FoundationImageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("foundation:index:FoundationImage", name, {}, opts);
        const { registry, parents, secretValues, publish = withBuildx, tag, channel } = args;
        const repository = `${registry.prefix}${args.repository}`;
        this.repository = repository;
        const reference = (theTag: string): pulumi.Output<string> =>
            registry.server.apply((server) => imageReference({ server, repository, tag: theTag }));

        this.digest = publish(
            name,
            {
                ...decisionsIn(args),
                secretValues,
                // Before the user's own, which can't set it: the image says in /etc/foundation-release what it is.
                buildArgs: { FOUNDATION_TAG: tag, ...args.buildArgs },
                parents: parents?.map(({ image, argument, contexts }) => ({
                    repository: image.repository,
                    digest: image.digest,
                    argument,
                    contexts,
                })),
                repository,
                server: registry.server,
                username: registry.pullCredential?.username,
                password: registry.pullCredential?.password,
                pushServer: registry.pushServer,
                pushUsername: registry.pushCredential?.username,
                pushPassword: registry.pushCredential?.password,
                instance: registry.instance,
                ...(registry.shared && { shared: true }),
                ...(registry.locksTags !== false && { lock: registry.locksTags }),
            },
            { parent: this },
        );
        this.image = reference(tag);
        this.channelImage = reference(channel);
        this.pinnedImage = pulumi
            .all([registry.server, this.digest])
            .apply(([server, digest]) => imageReference({ server, repository, tag, digest }));
        this.registerOutputs({ image: this.image, digest: this.digest });
    }
}

/** A program in JavaScript may give more than is declared. */
function decisionsIn(args: FoundationImageArgs): Pick<Inputs, Decided> {
    return Object.fromEntries(decided.map((key) => [key, args[key]])) as Pick<Inputs, Decided>;
}

function withBuildx(
    name: string,
    args: PublishArgs,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    // What stacks of version 0.1 have in its place. Their image is in the registry, and needs no push; and they could
    // not let go of it without the plugin that made it.
    const aliases = [{ type: "docker-build:index:Image" }];
    return new PushedImage(name, args, { ...opts, aliases }).digest;
}
