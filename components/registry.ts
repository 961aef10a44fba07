import * as pulumi from "@pulumi/pulumi";

/** A user of a registry, as `docker login` takes it. */
export interface Credential {
    readonly username: string;
    /** Secret. */
    readonly password: string;
}

/**
 * Where the foundation is kept. Everything after the registry (build, push, emit, verify) knows this much of it and
 * no more, so that it is the same for every kind.
 */
export interface Registry {
    /** Host and port that images are pulled from, as in an image reference; may be known before anything answers there. */
    readonly server: pulumi.Output<string>;
    /** What the names of repositories there begin with, such as `platform/`; empty where they don't. */
    readonly prefix: string;
    /** Host and port that images are pushed to; resolved once the registry takes pushes. */
    readonly pushServer: pulumi.Output<string>;
    /**
     * For developers: can pull the foundation and do nothing else, as far as the registry knows such rights. Secret.
     * None where they have logins of their own, or need none.
     */
    readonly pullCredential: pulumi.Output<Credential> | undefined;
    /** When the pull password ends, in RFC 3339, or `never`. None where there is none, or nobody says. */
    readonly pullPasswordExpiresAt: pulumi.Output<string> | undefined;
    /** For this deployment: can push the foundation. Secret. None where Docker's own login on this machine is to do. */
    readonly pushCredential: pulumi.Output<Credential> | undefined;
    /** What tells one store of images from another: with a new one they are gone, and have to be pushed again. */
    readonly instance: pulumi.Output<string>;
    /** Whether others may push there too, so that what a tag stands for has to be looked up before it is pushed. */
    readonly shared: boolean;
}

/** The credential that a resource has among its outputs. Secret. */
export function credentialOf(
    source: Readonly<Record<"username" | "password", pulumi.Output<string>>>,
): pulumi.Output<Credential> {
    return pulumi.secret(
        pulumi
            .all([source.username, source.password])
            .apply(([username, password]) => ({ username, password })),
    );
}
