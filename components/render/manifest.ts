import { manifestMark } from "./composeMark.ts";
import type { FoundationUse } from "./dockerfile.ts";

/**
 * {@link manifestFile} at the repository's root: what was published and who builds on it. It is emitted with each
 * deployment; the `foundation` command reads it, and no stack configuration.
 */
export interface Manifest {
    /** Of this format. A newer one than this program knows is refused. */
    readonly version: 1;
    /** The stack that published this. */
    readonly stack: string;
    /**
     * The Pulumi project's folder, relative to the repository's root, such as `.` or `infra`; nothing where the foundations
     * are published from another repository.
     */
    readonly project?: string;
    readonly registry: {
        readonly kind: "local" | "azure" | "existing";
        /** Host and port to pull from, such as `localhost:5050`. */
        readonly server: string;
        /** Whom developers log in as; empty where they have logins of their own, or need none. */
        readonly username?: string;
    };
    /** By name, parents before children. */
    readonly images: Readonly<Record<string, ManifestImage>>;
    /** By folder, relative to the repository's root. */
    readonly workspaces: Readonly<Record<string, ManifestWorkspace>>;
}

/** Where it is, relative to the repository's root. */
export const manifestFile = "foundation.lock.json";

/** Its text: the same for the same content, with its folders and services in byte order. */
export function manifestText(manifest: Manifest): string {
    const { workspaces, ...rest } = manifest;
    const sorted = sortedByKey(workspaces, (workspace) => ({
        ...workspace,
        services: sortedByKey(workspace.services, (uses) => uses),
    }));
    return `${JSON.stringify({ "//": manifestMark, ...rest, workspaces: sorted }, undefined, 2)}\n`;
}

function sortedByKey<From, To>(
    map: Readonly<Record<string, From>>,
    to: (value: From) => To,
): Record<string, To> {
    const entries = Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(entries.map(([key, value]) => [key, to(value)]));
}

export interface ManifestImage {
    /** By tag, such as `acme.azurecr.io/base/java:content-0123456789ab`. */
    readonly reference: string;
    /** `sha256:…` of what was pushed. */
    readonly digest: string;
    /** The moving tag, such as `latest`. */
    readonly channel: string;
    /** Where its compose.yaml and .env are; nothing where that is another repository. */
    readonly folder?: string;
    /** The foundations that its own Dockerfile is built on, and how it names them. */
    readonly uses: Readonly<Record<string, FoundationUse>>;
}

export interface ManifestWorkspace {
    /**
     * What was emitted for Compose: `compose.yaml`, `compose.override.yaml` or `compose.foundation.yaml`; nothing where no
     * service uses a foundation.
     */
    readonly emitted?: string;
    /** The Compose project's name, where what is emitted sets it. */
    readonly name?: string;
    /** Every service that is built, with the foundations that it uses; one without any is listed as well. */
    readonly services: Readonly<Record<string, Readonly<Record<string, FoundationUse>>>>;
}
