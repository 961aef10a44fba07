import { composeMark } from "./composeMark.ts";
import { composeYaml, literal } from "./composeYaml.ts";
import type { FoundationUse } from "./dockerfile.ts";

// Compose stops with this text when the variable is unset or empty, instead of building on an empty reference.
const foundationImage = "${FOUNDATION_IMAGE:?the .env that sets it comes with git pull or pulumi up}";

/** The label in which a foundation has its tag, and with it every image that is built on one. */
export const tagLabel = "foundation.tag";

/** The tag that a foundation has when it was built on a developer's machine. */
export const localTag = "local";

/** How the foundation is built. `buildArgs` are literal, name to value. */
export interface FoundationBuild {
    readonly target?: string | undefined;
    readonly buildArgs: Readonly<Record<string, string>>;
}

/**
 * The compose.yaml of the foundation's folder: one service that builds and pulls under the official name.
 *
 * @param project the name of its Compose project, from {@link projectName}.
 */
export function foundationCompose({ target, buildArgs }: FoundationBuild, project: string): string {
    const names = Object.keys(buildArgs).sort();
    const args = new Map(names.map((name) => [name, literal(buildArgs[name] ?? "")]));
    // /etc/foundation-release says so inside an image built here; the official build passes its own tag.
    args.set("FOUNDATION_TAG", localTag);
    return composeText(
        project,
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
                    // What is built on it inherits this, and so tells what it stands on.
                    labels: { [tagLabel]: localTag },
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

/**
 * The compose.yaml of an app's folder: it hands the foundation to the build the way the Dockerfile asks for it.
 *
 * @param project the name of its Compose project, from {@link projectName}.
 */
export function appCompose({ service, use }: AppBuild, form: ContextForm, project: string): string {
    const helper = contextService(service);
    const source = form === "service" ? `service:${helper}` : `docker-image://${foundationImage}`;
    const contexts = new Map(use.contexts.map((name) => [name, source]));
    const helped = form === "service" && contexts.size > 0;
    return composeText(
        project,
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
            ...(helped && { [helper]: contextDefinition }),
        },
    );
}

/**
 * The service that an app's named contexts are in that form. Its name is the app's own, so that one Compose file can
 * include several apps.
 */
export function contextService(service: string): string {
    return `foundation-${service}`;
}

/** Built along with the app, and never started. The argument has a default, or BuildKit would warn of each build. */
const contextDefinition = {
    scale: 0,
    build: {
        dockerfile_inline: literal("ARG FOUNDATION_IMAGE=scratch\nFROM ${FOUNDATION_IMAGE}\n"),
        args: { FOUNDATION_IMAGE: foundationImage },
    },
};

/**
 * The name of a folder's Compose project. Compose would take the folder's name alone, and equally named folders of two
 * repositories would replace each other's images and containers.
 *
 * @param mark what tells the repository from others; letters and digits.
 */
export function projectName(service: string, mark: string): string {
    return `${service}-${mark}`;
}

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

function composeText(
    project: string,
    advice: readonly string[],
    services: Readonly<Record<string, object>>,
): string {
    const comment = advice.map((line) => (line === "" ? "#\n" : `#   ${line}\n`)).join("");
    const yaml = composeYaml({ name: project, services });
    return `${composeMark}\n#\n${comment}\n${yaml}`;
}
