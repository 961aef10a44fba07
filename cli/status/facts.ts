import type { Builder } from "../../components/docker/builder.ts";
import type { ImageStore, LocalImage } from "../../components/docker/images.ts";
import type { ContextForm } from "../../components/render/composeFile.ts";
import type { Changes } from "../../components/workspace/changes.ts";

/** A container of a workspace's folder, be it of a service that is built or of another one that the user has added. */
export interface Container {
    readonly name: string;
    readonly project: string;
    readonly service: string;
    /** The name that Compose gives to the image of its service; it may have another build by now. */
    readonly image: string;
    readonly running: boolean;
    readonly imageId: string;
    /** The tag of the foundation that it was built on, by its label. */
    readonly tag: string | undefined;
}

/** A foundation that a service's build uses. */
export interface UseFacts {
    /** The reference that its next build starts from. */
    readonly reference: string;
    /** As what the foundation reaches its build under another name; nothing where it is a build argument only. */
    readonly form?: ContextForm | undefined;
    /** The name of the image that Compose makes of the service which is its context; nothing where there is none. */
    readonly contextImage?: string | undefined;
    /** Whether its build asks the registry for it each time. */
    readonly pulled?: boolean;
}

/** A service that is built, and what Docker has of it. */
export interface ServiceFacts {
    /** Its workspace. */
    readonly folder: string;
    readonly service: string;
    /** By the name of the foundation. */
    readonly uses: ReadonlyMap<string, UseFacts>;
    /** Its Compose project. */
    readonly project: string;
    /** The name that Compose gives to its image. */
    readonly image: string;
    /** The Compose project that it would be without a name of its own, and was with files of a former version. */
    readonly formerProject: string;
    readonly containers: readonly Container[];
    /** Whether `docker compose up` leaves it alone unless it is named, as it is in a profile. */
    readonly inProfile?: boolean;
    /** Whether the user's own Compose file hands another image to its build. */
    readonly diverted: boolean;
    /** Why it can't be built on the foundation, such as without a compose.yaml, and what to do. */
    readonly problem?: string | undefined;
}

/** What the registry says, where it could be asked. */
export type RegistryAnswer =
    | {
          readonly state: "answered";
          readonly channel: string;
          /** The digest that the channel points to now; none when the registry has no such tag. */
          readonly channelDigest?: string | undefined;
          /** The digest that the emitted reference points to now; none when it was deleted. */
          readonly imageDigest?: string | undefined;
          /** The platforms that the official image is for, such as `linux/amd64`. */
          readonly platforms?: readonly string[] | undefined;
          /** The layers of the official image by its digest, for the engine's platform; none when it lacks that. */
          readonly layers?: readonly string[] | undefined;
          /** Its history, as that of an image here. */
          readonly history?: readonly string[] | undefined;
      }
    | { readonly state: "no-login" }
    | { readonly state: "silent"; readonly reason: string };

/** A foundation, as it was published. */
export interface FoundationFacts {
    readonly name: string;
    /** By tag. */
    readonly image: string;
    readonly digest: string;
    /** Nothing where it is built in another repository. */
    readonly folder?: string | undefined;
    /** The names of the foundations that it is built on itself. */
    readonly uses: readonly string[];
    /** The Compose projects of its folder, by their names of today and those of before. */
    readonly projects: readonly string[];
    /** The Compose services that build it. */
    readonly services: readonly string[];
    readonly changes: Changes;
    readonly registry: RegistryAnswer;
}

/** Everything `status` judges by. */
export interface Facts {
    readonly stack: string;
    /** Parents before children. */
    readonly foundations: readonly FoundationFacts[];
    /** Images of the foundations' repositories, former overrides, and every image of a service or of its containers. */
    readonly images: readonly LocalImage[];
    readonly services: readonly ServiceFacts[];
    readonly builder: Builder;
    readonly store: ImageStore;
    /** What the engine runs, such as `linux/arm64`. */
    readonly platform: string;
    /** Traps found on the way, such as a shell variable that outranks `.env`. */
    readonly warnings: readonly string[];
}
