import { composeMark } from "./composeMark.ts";
import { composeYaml, literal } from "./composeYaml.ts";
import type { FoundationUse } from "./dockerfile.ts";

// Compose stops with this text when the variable is unset or empty, instead of building on an empty reference.
const foundationImage = "${FOUNDATION_IMAGE:?the .env that sets it comes with git pull or pulumi up}";

/** How the foundation is built. `buildArgs` are literal, name to value. */
export interface FoundationBuild {
    readonly target?: string | undefined;
    readonly buildArgs: Readonly<Record<string, string>>;
}

/** The compose.yaml of the foundation's folder: one service that builds and pulls under the official name. */
export function foundationCompose({ target, buildArgs }: FoundationBuild): string {
    const names = Object.keys(buildArgs).sort();
    const args = new Map(names.map((name) => [name, literal(buildArgs[name] ?? "")]));
    // /etc/foundation-release says so inside an image built here; the official build passes its own tag.
    args.set("FOUNDATION_TAG", "local");
    return composeText(
        [
            "docker compose build   your own foundation, from the files in this folder",
            "docker compose pull    back to the official one",
        ],
        {
            foundation: {
                image: foundationImage,
                build: {
                    context: ".",
                    ...(target !== undefined && { target: literal(target) }),
                    args,
                    // A colleague who changes a line need not repeat the expensive steps above it: the official image
                    // carries its build cache. Without a registry or a login, the build goes on without.
                    cache_from: [foundationImage],
                },
            },
        },
    );
}

/**
 * What an app's named contexts are: the `image` itself, which every Compose knows; or a `service` built on it, with
 * which BuildKit finds an image of this machine in every image store (docs/decisions/named-contexts.md).
 */
export type ContextForm = "image" | "service";

/** One app; `service` comes from {@link serviceName}. */
export interface AppBuild {
    readonly service: string;
    readonly use: FoundationUse;
}

/** The compose.yaml of an app's folder: it hands the foundation to the build the way the Dockerfile asks for it. */
export function appCompose({ service, use }: AppBuild, form: ContextForm): string {
    const source = form === "service" ? `service:${contextService}` : `docker-image://${foundationImage}`;
    const contexts = new Map(use.contexts.map((name) => [name, source]));
    const helped = form === "service" && contexts.size > 0;
    return composeText(
        [
            "docker compose up           build if needed, and run",
            "docker compose up --build   after a change to the app or to the foundation",
            ...(helped ? ["", "This takes Docker Compose 2.33.1 or newer."] : []),
        ],
        {
            [service]: {
                build: {
                    context: ".",
                    ...(use.buildArg && { args: { FOUNDATION_IMAGE: foundationImage } }),
                    ...(contexts.size > 0 && { additional_contexts: contexts }),
                },
            },
            ...(helped && { [contextService]: contextDefinition }),
        },
    );
}

/** The service that an app's named contexts are in that form. No app has its name: `readApps` refuses that. */
export const contextService = "foundation";

/** Built along with the app, and never started. */
const contextDefinition = {
    scale: 0,
    build: {
        dockerfile_inline: literal("ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\n"),
        args: { FOUNDATION_IMAGE: foundationImage },
    },
};

/**
 * The Compose service for an app's folder, by the rule Compose itself makes a project name of a folder with
 * (compose-go, NormalizeProjectName): lower case, only `[a-z0-9_-]`, starting with a letter or digit.
 * Empty when nothing is left.
 */
export function serviceName(folder: string): string {
    return folder
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, "")
        .replace(/^[_-]+/, "");
}

function composeText(advice: readonly string[], services: Readonly<Record<string, object>>): string {
    const comment = advice.map((line) => (line === "" ? "#\n" : `#   ${line}\n`)).join("");
    const yaml = composeYaml({ services });
    return `${composeMark}\n#\n${comment}\n${yaml}`;
}
