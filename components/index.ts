/**
 * The whole program, and the components that it is made of.
 *
 * @module foundation-image
 */

export { foundation, type FoundationOutputs, type ImageOutputs } from "./program.ts";
export {
    FoundationImage,
    type FoundationImageArgs,
    type ParentImage,
    type PublishArgs,
} from "./foundationImage.ts";
export { type Attestation } from "./resources/pushedImage/pushedImage.ts";
export { type SecretSource } from "./render/foundation.ts";
export { ExistingRegistry, type ExistingRegistryArgs } from "./existingRegistry.ts";
export { type PasswordLogin } from "./oci/dockerLogin.ts";
export { LocalRegistry, type LocalRegistryArgs } from "./localRegistry.ts";
export { type Credential, type Registry } from "./registry.ts";
export { Workspaces, type WorkspacesArgs } from "./workspaces.ts";
export { Problem, type ProblemParts } from "./problem.ts";
