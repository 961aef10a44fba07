import * as pulumi from "@pulumi/pulumi";

/** A user of a registry, as `docker login` takes it. */
export interface Credential {
    /** As who to log in. */
    readonly username: pulumi.Output<string>;
    /** Secret. */
    readonly password: pulumi.Output<string>;
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
     * For developers: can pull the foundation and do nothing else, as far as the registry knows such rights.
     * None where they have logins of their own, or need none.
     */
    readonly pullCredential: Credential | undefined;
    /** When the pull password ends, in RFC 3339, or `never`. None where there is none, or nobody says. */
    readonly pullPasswordExpiresAt: pulumi.Output<string> | undefined;
    /** For this deployment: can push the foundation. None where Docker's own login on this machine is to do. */
    readonly pushCredential: Credential | undefined;
    /** What tells one store of images from another: with a new one they are gone, and have to be pushed again. */
    readonly instance: pulumi.Output<string>;
    /** Whether others may push there too, so that what a tag stands for has to be looked up before it is pushed. */
    readonly shared: boolean;
    /**
     * Whether images' own tags are locked there, in the way of Azure, so that nobody moves them; `required` where nothing
     * may be published without.
     */
    readonly locksTags: boolean | "required";
    /** Makes what removes old images there by itself, once all of these are published; undefined where nothing does. */
    readonly clean?: ((published: readonly pulumi.Resource[]) => void) | undefined;
}

/**
 * Each by itself: who it is stays known, and no secret, where a preview can't tell the password yet.
 */
export function credentialOf({
    username,
    password,
}: Readonly<Record<"username" | "password", pulumi.Input<string>>>): Credential {
    return { username: pulumi.unsecret(pulumi.output(username)), password: pulumi.secret(password) };
}
