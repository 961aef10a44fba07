/**
 * A foundation: an image that others build on. Paths are relative to the repository's root, with `/`, and `.` is the
 * root itself.
 */
export interface Foundation {
    /** Lower-case letters and digits with single `-` or `_` between them. The first one of a repository is `foundation`. */
    readonly name: string;
    /** Where its compose.yaml and .env are emitted. */
    readonly folder: string;
    /** What its Dockerfile copies from. */
    readonly context: string;
    readonly dockerfile: string;
    /** The build argument by which Dockerfiles name it. */
    readonly argument: string;
    /** References that stand for it in Dockerfiles which were written before it. */
    readonly replaces: readonly string[];
    /** Where it is kept in the registry. */
    readonly repository: string;
}

/** Where the Dockerfile is unless somebody says otherwise. */
export const usualDockerfile = "foundation/Dockerfile";

/** Where the value of a build's secret is. */
export type SecretSource =
    | {
          /** An environment variable of whoever builds. */
          readonly env: string;
      }
    | {
          /** A file: relative to the repository's root, absolute, or below `~`. */
          readonly file: string;
      }
    | {
          /** An entry of the stack's `buildSecrets`. */
          readonly config: string;
      };

/** Whether a build context is a folder of the repository, and not an image or a URL. */
export function isRepositoryPath(context: string): boolean {
    return !/^(docker-image:\/\/|https?:\/\/|git:\/\/|ssh:\/\/|git@)./.test(context);
}

/** The variable of `.env` that has the reference: `FOUNDATION_IMAGE`, or `FOUNDATION_<NAME>_IMAGE` for others. */
export function imageVariable(name: string): string {
    return `${prefix(name)}_IMAGE`;
}

/** The variable of `.env` that has the digest: `FOUNDATION_DIGEST`, or `FOUNDATION_<NAME>_DIGEST` for others. */
export function digestVariable(name: string): string {
    return `${prefix(name)}_DIGEST`;
}

function prefix(name: string): string {
    return name === "foundation" ? "FOUNDATION" : `FOUNDATION_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Whether a tag is made from content, as opposed to one that was fixed by hand. */
export function isContentTag(tag: string): boolean {
    return /^content-[0-9a-f]{12}$/.test(tag);
}
