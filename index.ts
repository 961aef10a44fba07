import * as pulumi from "@pulumi/pulumi";
import { readApps } from "./checkout/apps.ts";
import { stageContext } from "./checkout/stagedContext.ts";
import { FoundationImage } from "./components/foundationImage.ts";
import { LocalRegistry } from "./components/localRegistry.ts";
import { Workspaces } from "./components/workspaces.ts";
import { loadAzureConfig, loadConfig } from "./config.ts";
import * as render from "./render/readme.ts";

const config = loadConfig(pulumi.getProject());
const stack = pulumi.getStack();
const checkout = {
    apps: readApps(import.meta.dirname, config.replaces),
    context: stageContext(import.meta.dirname, "foundation", stack, config, !pulumi.runtime.isDryRun()),
};

const tag = config.tag ?? checkout.context.tag;

const registry = config.registry === "azure" ? await azureRegistry() : localRegistry();
const { push } = await imageProvider();
const foundation = new FoundationImage("foundation", {
    ...config,
    registry,
    tag,
    context: checkout.context.location,
    push,
});

new Workspaces("workspaces", {
    ...config,
    stack,
    image: foundation.image,
    digest: foundation.digest,
    apps: checkout.apps,
    build: config,
});

export const registryServer = registry.server;
export const { image, digest, pinnedImage, channelImage } = foundation;
export const pullUsername = pulumi.unsecret(registry.pullCredential.username);
export const pullPassword = registry.pullCredential.password;
export const { pullPasswordExpiresAt } = registry;
export const loginCommand = pulumi
    .all([registryServer, pullUsername])
    .apply(([server, username]) => render.loginCommand(server, username, stack));
export const apps = checkout.apps.map((app) => app.folder).join(" ");
export const readme = pulumi
    .all([registryServer, image, digest, loginCommand, pullPasswordExpiresAt])
    .apply(([server, image, digest, loginCommand, pullPasswordExpiresAt]) =>
        render.stackReadme({
            server,
            image,
            digest,
            loginCommand,
            pullPasswordExpiresAt,
            apps: checkout.apps.map((app) => app.folder),
        }),
    );

function localRegistry() {
    return new LocalRegistry("registry", {
        project: `foundation-registry-${stack}`,
        pullPort: config.pullPort,
        pushPort: config.pushPort,
    });
}

// What one may choose is imported where it is chosen: each provider's SDK costs start-up time.

async function azureRegistry() {
    const azure = await import("./components/azureRegistry.ts");
    return azure.azureRegistry("registry", {
        ...config,
        ...loadAzureConfig(),
        stack,
        tags: { project: pulumi.getProject(), stack },
        tag,
        build: [checkout.context.tag, config.imageProvider, config.builder],
    });
}

async function imageProvider() {
    return config.imageProvider === "docker"
        ? import("./components/push/docker.ts")
        : import("./components/push/dockerBuild.ts");
}
