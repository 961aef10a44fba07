export { foundation, type FoundationOutputs } from "./program.ts";
export { FoundationImage, type FoundationImageArgs, type PublishArgs } from "./foundationImage.ts";
export { ExistingRegistry, type ExistingRegistryArgs } from "./existingRegistry.ts";
export { LocalRegistry, type LocalRegistryArgs } from "./localRegistry.ts";
export { type Credential, type Registry } from "./registry.ts";
export { Workspaces, type WorkspacesArgs } from "./workspaces.ts";
export { Problem, type ProblemParts } from "./problem.ts";
