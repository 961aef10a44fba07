import type { ContextForm } from "../../render/composeFile.ts";

/** An image as the Docker engine has it. */
export interface LocalImage {
    readonly id: string;
    /** References such as `localhost:5050/foundation:latest`; none when another build has taken its name. */
    readonly tags: readonly string[];
    /** References by digest, such as `localhost:5050/foundation@sha256:…`. */
    readonly digests: readonly string[];
    /** What its file system is made of, from the bottom up. */
    readonly layers: readonly string[];
    /**
     * What made it, from the bottom up: every instruction, also those like ENV that make no layer. What is built on an
     * image inherits both.
     */
    readonly history: readonly string[];
    readonly createdAt: string;
    /** Whether `docker compose build` of the foundation's folder made it. */
    readonly builtHere: boolean;
}

/** A container of an app's Compose project, be it of the app or of another service that the user has added. */
export interface Container {
    readonly name: string;
    readonly service: string;
    /** The name that Compose gives to the image of its service; it may have another build by now. */
    readonly image: string;
    readonly running: boolean;
    readonly imageId: string;
}

/** What the emitted `.env` of the foundation says. */
export interface Emitted {
    readonly image: string;
    readonly digest: string;
    readonly stack: string;
}

/** An app's folder, and what Docker has of it. */
export interface AppFacts {
    readonly folder: string;
    /** The reference that its next build starts from. */
    readonly reference: string;
    /** The name that Compose gives to its image. */
    readonly image: string;
    readonly containers: readonly Container[];
    /** Whether the user's own Compose file hands another image to its build. */
    readonly diverted: boolean;
    /** As what the foundation reaches its build under another name; nothing where it is a build argument only. */
    readonly contexts: ContextForm | undefined;
    /** The name of the image that Compose makes of the service which is its context; nothing where there is none. */
    readonly contextImage?: string | undefined;
    /** Set when the app can't be built on the foundation, such as for want of a compose.yaml, with what to do. */
    readonly problem?: string | undefined;
}

/** Whether `foundation/` is what was published. */
export type Changes =
    | { readonly state: "none" }
    | {
          readonly state: "changed";
          /** The tag that this content would be published under. */
          readonly tag: string;
          /** Relative to `foundation/`; empty when it is only known that something differs. */
          readonly files: readonly string[];
      }
    | { readonly state: "unknown"; readonly reason: string };

/** What the registry says, where it could be asked. */
export type RegistryAnswer =
    | {
          readonly state: "answered";
          readonly channel: string;
          /** The digest that the channel points to now; none when the registry has no such tag. */
          readonly channelDigest?: string | undefined;
          /** The digest that the emitted reference points to now; none when it was deleted. */
          readonly imageDigest?: string | undefined;
          /** The layers of the official image by its digest, where they were asked for. */
          readonly layers?: readonly string[] | undefined;
          /** Its history, as that of an image here. */
          readonly history?: readonly string[] | undefined;
      }
    | { readonly state: "no-login" }
    | { readonly state: "silent"; readonly reason: string };

/**
 * Where the engine keeps images. With `containerd`, which is the default of newer engines, BuildKit looks for the image
 * of a named context in the registry first, and for that of a `FROM` on this machine.
 */
export type ImageStore = "classic" | "containerd";

/** The buildx builder that Compose would build with. */
export interface Builder {
    readonly name: string;
    readonly driver: string;
}

/** Everything `status` judges by. */
export interface Facts {
    readonly emitted: Emitted;
    /** Images of the foundation's repository, former overrides, and every image of an app or of its containers. */
    readonly images: readonly LocalImage[];
    readonly apps: readonly AppFacts[];
    readonly changes: Changes;
    readonly registry: RegistryAnswer;
    readonly builder: Builder;
    readonly store: ImageStore;
    /** Traps found on the way, such as a shell variable that outranks `.env`. */
    readonly warnings: readonly string[];
}
