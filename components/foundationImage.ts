import * as pulumi from "@pulumi/pulumi";
import { imageReference } from "./render/imageReference.ts";
import type { Push } from "./push/push.ts";
import type { Registry } from "./registry.ts";
import { PublishedImage } from "./resources/publishedImage/publishedImage.ts";

export interface FoundationImageArgs {
    readonly registry: Registry;
    readonly repository: string;
    /** The image's own tag. */
    readonly tag: string;
    /** The moving tag that is pushed beside it. */
    readonly channel: string;
    /** Folder with the Dockerfile, relative to the project; the same in every checkout of the same content. */
    readonly context: string;
    readonly buildArgs: Readonly<Record<string, string>>;
    /** Stage to build; the last when not given. */
    readonly target?: string | undefined;
    readonly platforms: readonly string[];
    /** The buildx builder. */
    readonly builder: string;
    /** Any text that asks for a build from scratch. */
    readonly rebuild?: string | undefined;
    /** The image provider. */
    readonly push: Push;
}

/** The foundation, built and pushed. */
export class FoundationImage extends pulumi.ComponentResource {
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
        const { registry, repository, tag, channel } = args;
        const reference = (server: pulumi.Output<string>, theTag: string): pulumi.Output<string> =>
            server.apply((resolved) => imageReference({ server: resolved, repository, tag: theTag }));

        const pushed = args
            .push(
                name,
                {
                    context: args.context,
                    reference: reference(registry.pushServer, tag),
                    channelReference: reference(registry.pushServer, channel),
                    server: registry.pushServer,
                    repository,
                    credential: registry.pushCredential,
                    // Before the user's own, which can't set it: the image says in /etc/foundation-release what it is.
                    buildArgs: { FOUNDATION_TAG: tag, ...args.buildArgs },
                    target: args.target,
                    platforms: args.platforms,
                    builder: args.builder,
                    noCache: args.rebuild !== undefined,
                },
                {
                    parent: this,
                    // Deleting the resource would delete the image that everybody builds on from the registry.
                    retainOnDelete: true,
                    // An image provider doesn't notice that the registry has lost everything.
                    replacementTrigger: registry.instance,
                },
            )
            .apply((digest) => digestOf(digest, name));
        const published = new PublishedImage(
            `${name}-published`,
            {
                server: registry.server,
                repository,
                tag,
                digest: pushed,
                username: pulumi.unsecret(registry.pullCredential.username),
                password: registry.pullCredential.password,
                pushServer: registry.pushServer,
                instance: registry.instance,
                builder: args.builder,
            },
            { parent: this },
        );
        this.digest = published.digest;
        this.image = reference(registry.server, tag);
        this.channelImage = reference(registry.server, channel);
        this.pinnedImage = pulumi
            .all([registry.server, this.digest])
            .apply(([server, digest]) => imageReference({ server, repository, tag, digest }));
        this.registerOutputs({ image: this.image, digest: this.digest });
    }
}

/** Nothing may be emitted for an image that the registry hasn't confirmed. */
function digestOf(digest: string, name: string): string {
    if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
    throw new pulumi.RunError(
        `${name}: the push gave no digest (found ${JSON.stringify(digest)}), so nobody could tell what was published; look at the build's output above and run \`pulumi up\` again`,
    );
}
