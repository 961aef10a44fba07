import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { asTyped } from "./asTyped.ts";
import { loadAzureConfig, loadConfig, mainImage, type FoundationConfig } from "./config.ts";
import { endWithEngine } from "./engine.ts";
import type { FoundationImage } from "./foundationImage.ts";
import { builtImages, imageNamed, publishImages, refuseChains, type BuiltImage } from "./images.ts";
import { LocalRegistry } from "./localRegistry.ts";
import { withPackage } from "./optionalPackage.ts";
import { Problem } from "./problem.ts";
import { leaveOutPromiseStacks } from "./promiseStacks.ts";
import type { Registry } from "./registry.ts";
import { ownLoginCommand } from "./render/ownLogin.ts";
import { shellWord } from "./render/paths.ts";
import * as render from "./render/readme.ts";
import { checkStackName, registryProject } from "./stackName.ts";
import { workspaceContents } from "./workspace/contents.ts";
import { emittedPaths } from "./workspace/emittedPaths.ts";
import { readImages } from "./workspace/images.ts";
import { refuseNewerManifest } from "./workspace/manifest.ts";
import { stageImages } from "./workspace/stagedContext.ts";
import { Workspaces } from "./workspaces.ts";

/** What a stack tells others. */
export interface FoundationOutputs {
    /** Host and port to pull from. */
    readonly registryServer: pulumi.Output<string>;
    /** What apps build on, by tag, such as `acme.azurecr.io/foundation:content-0123456789ab`. */
    readonly image: pulumi.Output<string>;
    /** `sha256:…` of what was pushed. */
    readonly digest: pulumi.Output<string>;
    /** The same image by tag and digest. */
    readonly pinnedImage: pulumi.Output<string>;
    /** The same repository with the moving tag. */
    readonly channelImage: pulumi.Output<string>;
    /** The same of each image, by its name. */
    readonly images: Readonly<Record<string, ImageOutputs>>;
    /** The developers' credential; none where they have logins of their own, or need none. */
    readonly pullUsername?: pulumi.Output<string>;
    /** Secret. */
    readonly pullPassword?: pulumi.Output<string>;
    /** When it ends, in RFC 3339, or `never`; none where nobody says. */
    readonly pullPasswordExpiresAt?: pulumi.Output<string>;
    /** Logs a developer in, with the password over standard input; where it is their own, the way that the registry has. */
    readonly loginCommand: pulumi.Output<string>;
    /** The folders of the apps, with spaces between them, quoted as a shell wants them. */
    readonly apps: string;
    /** How to use what was deployed. */
    readonly readme: pulumi.Output<string>;
}

/** What a stack tells others of one image. */
export type ImageOutputs = Pick<FoundationOutputs, "image" | "digest" | "pinnedImage" | "channelImage">;

/**
 * The whole program, from the stack's configuration: a registry, the foundations built and published in it, and the
 * files with which the apps of this repository build on it.
 *
 * @throws Problem with everything that is wrong with the configuration, or with every app that can't be built.
 */
export async function foundation(): Promise<FoundationOutputs> {
    try {
        return await deployed();
    } catch (error) {
        if (error instanceof Problem) error.message = asTyped(error.message);
        throw error;
    }
}

async function deployed(): Promise<FoundationOutputs> {
    endWithEngine();
    leaveOutPromiseStacks();
    const config = loadConfig(pulumi.getProject());
    const stack = pulumi.getStack();
    checkStackName(stack);
    // Pulumi runs the program in the project's folder.
    const project = process.cwd();
    const root = path.resolve(project, config.root);
    refuseNewerManifest(root);
    const settings = mainImage(config);
    const chain = readImages(root, config.images);
    const name = pulumi.getProject();
    const contents = workspaceContents(root, config, { project, name, stack }, chain);
    // Once, and not a page of it.
    if (contents.warnings.length > 0) void pulumi.log.warn(asTyped(contents.warnings.join("\n")));
    if (contents.notes.length > 0) void pulumi.log.info(asTyped(contents.notes.join("\n")));
    const isEmitted = emittedPaths(root, project, config.images, contents.apps);
    const staged = stageImages({ project, root, stack, isEmitted }, chain, !pulumi.runtime.isDryRun());
    const built = builtImages(chain, staged);

    const registry = await createRegistry(config, stack, built);
    const images = publishImages(config, registry, built, await imageProvider(config, built));
    registry.clean?.([...images.values()]);
    const image = imageNamed(images, settings.name);
    new Workspaces("workspaces", {
        ...contents,
        server: registry.server,
        username: registry.pullCredential?.username ?? "",
        root: config.root,
        published: images,
    });
    return outputs(
        registry,
        image,
        images,
        stack,
        settings.folder,
        contents.apps.map((app) => app.folder),
    );
}

// What one may choose is imported where it is chosen: each provider's SDK costs start-up time.

async function createRegistry(
    config: FoundationConfig,
    stack: string,
    built: readonly BuiltImage[],
): Promise<Registry> {
    if (config.registry === "local") {
        return new LocalRegistry("registry", {
            project: registryProject(stack),
            pullPort: config.pullPort,
            pushPort: config.pushPort,
        });
    }
    if (config.registry === "existing") {
        const { existingRegistry } = await import("./existingRegistry.ts");
        return existingRegistry("registry", config);
    }
    const { azureRegistry } = await withPackage(
        "azure-native",
        "foundation:registry is azure",
        () => import("./azureRegistry.ts"),
    );
    return azureRegistry("registry", {
        ...config,
        ...loadAzureConfig(),
        stack,
        tags: { project: pulumi.getProject(), stack },
        images: built.map(({ settings, tag, staged }) => ({
            name: settings.name,
            repository: settings.repository,
            tag,
            content: staged.tag,
        })),
        build: [config.imageProvider, ...config.attest],
    });
}

async function imageProvider(config: FoundationConfig, built: readonly BuiltImage[]) {
    if (config.imageProvider !== "docker") return undefined;
    refuseChains(built);
    const setting = "foundation:imageProvider is docker";
    return (await withPackage("docker", setting, () => import("./push/docker.ts"))).publish;
}

function outputs(
    registry: Registry,
    { image, digest, pinnedImage, channelImage }: FoundationImage,
    images: ReadonlyMap<string, FoundationImage>,
    stack: string,
    folder: string,
    apps: readonly string[],
): FoundationOutputs {
    const { server: registryServer, pullCredential, pullPasswordExpiresAt } = registry;
    const pullUsername = pullCredential?.username;
    const loginCommand = pulumi
        .all([registryServer, pullUsername])
        .apply(([server, username]) =>
            username === undefined ? ownLoginCommand(server) : render.loginCommand(server, username, stack),
        );
    const readme = pulumi
        .all([registryServer, image, digest, loginCommand, pullPasswordExpiresAt])
        .apply(([server, image, digest, loginCommand, pullPasswordExpiresAt]) =>
            render.stackReadme({
                ...{ server, image, digest, loginCommand, pullPasswordExpiresAt, folder, apps },
                ownLogin: pullUsername === undefined,
            }),
        );
    return {
        registryServer,
        image,
        digest,
        pinnedImage,
        channelImage,
        images: Object.fromEntries(
            [...images].map(([name, { image, digest, pinnedImage, channelImage }]) => [
                name,
                { image, digest, pinnedImage, channelImage },
            ]),
        ),
        // Pulumi warns of each output that is there and undefined.
        ...(pullCredential && {
            pullUsername: pullCredential.username,
            pullPassword: pullCredential.password,
        }),
        ...(pullPasswordExpiresAt && { pullPasswordExpiresAt }),
        loginCommand,
        apps: apps.map(shellWord).join(" "),
        readme,
    };
}
