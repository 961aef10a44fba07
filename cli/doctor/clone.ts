import { Problem } from "../../components/problem.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { gatherFacts } from "../status/gather.ts";
import { statusOf } from "../status/model.ts";
import type { Check } from "./check.ts";
import { checkCompose } from "./compose.ts";
import { checkComposeFiles } from "./composeFiles.ts";
import { checkEmitted } from "./emitted.ts";
import { checkFoundations } from "./foundations.ts";
import { checkGit } from "./git.ts";

/** What this clone has: the emitted files, what Compose makes of them, and what was built. */
export function cloneChecks(clone: Clone, manifest: Manifest | Problem): readonly Check[] {
    const emitted = { title: "Emitted files", look: () => checkEmitted(clone, manifest) };
    if (manifest instanceof Problem) return [emitted];
    return [
        emitted,
        { title: "Compose files", look: () => checkComposeFiles(clone) },
        { title: "Compose", look: () => checkCompose(clone) },
        { title: "Git", look: () => checkGit(clone) },
        { title: "Foundations", look: async () => checkFoundations(statusOf(await gatherFacts(clone))) },
    ];
}
