import type { FoundationConfig } from "../../components/config.ts";
import { Problem } from "../../components/problem.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { checkBases } from "./bases.ts";
import { checkAbility, checkBuild } from "./build.ts";
import { checkBuilder } from "./builder.ts";
import { failed, type Check } from "./check.ts";
import { checkDisk } from "./disk.ts";
import { checkFolders } from "./folders.ts";
import { checkLock } from "./lock.ts";
import { checkLogin } from "./login.ts";
import { checkPort } from "./ports.ts";
import { checkProxy } from "./proxy.ts";
import { checkShell } from "./shell.ts";
import { checkSources } from "./sources.ts";

/** What the project meets on this machine: ports, the login, the disk, and the traps. */
export function surroundingChecks(
    clone: Clone,
    manifest: Manifest | Problem,
    config: FoundationConfig | Problem,
): readonly Check[] {
    const { root } = clone;
    return [
        ...(config instanceof Problem
            ? configurationChecks(clone, config)
            : [
                  { title: "Sources", look: () => checkSources(clone, config, manifest) },
                  ...portChecks(config, manifest),
              ]),
        ...(manifest instanceof Problem ? [] : [{ title: "Login", look: () => checkLogin(manifest) }]),
        ...lockChecks(clone),
        { title: "Folders", look: () => checkFolders(clone, manifest) },
        { title: "Disk", look: () => checkDisk(root) },
        { title: "Builder", look: () => checkBuilder(clone, manifest) },
        ...(config instanceof Problem ? [] : buildChecks(config, manifest)),
        { title: "Shell", look: () => checkShell(manifest) },
        { title: "Proxy", look: () => checkProxy() },
        ...(config instanceof Problem ? [] : [{ title: "Base", look: () => checkBases(root, config) }]),
    ];
}

function lockChecks({ ownProject }: Clone): readonly Check[] {
    return ownProject === undefined ? [] : [{ title: "Lock", look: () => checkLock(ownProject) }];
}

/** Where there is no project, there is none to be configured. */
function configurationChecks({ ownProject }: Clone, problem: Problem): readonly Check[] {
    return ownProject === undefined ? [] : [{ title: "Configuration", look: () => failed(problem) }];
}

function portChecks(
    { registry, pullPort, pushPort }: FoundationConfig,
    manifest: Manifest | Problem,
): readonly Check[] {
    if (registry !== "local") return [];
    const published = !(manifest instanceof Problem);
    return [
        { title: "Port to pull", look: () => checkPort(pullPort, "pullPort", published) },
        { title: "Port to push", look: () => checkPort(pushPort, "pushPort", published) },
    ];
}

function buildChecks(
    { registry, pushPort, builder, attest, images }: FoundationConfig,
    manifest: Manifest | Problem,
): readonly Check[] {
    const platforms = images.map((image) => image.platforms);
    const able = { title: "Ability", look: () => checkAbility({ builder, attest, platforms }) };
    // Before the first deployment there is no registry to be reached.
    if (manifest instanceof Problem) return [able];
    const server = registry === "local" ? `localhost:${pushPort}` : manifest.registry.server;
    return [able, { title: "Build", look: () => checkBuild(builder, server) }];
}
