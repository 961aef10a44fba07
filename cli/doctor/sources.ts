import * as fs from "node:fs";
import * as path from "node:path";
import type { FoundationConfig } from "../../components/config.ts";
import { attempt, Problem } from "../../components/problem.ts";
import { readDockerfile } from "../../components/render/dockerfile.ts";
import type { Manifest } from "../../components/render/manifest.ts";
import { findWorkspaces } from "../../components/workspace/apps.ts";
import { listContext } from "../../components/workspace/buildContext.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { readImages } from "../../components/workspace/images.ts";
import { inOneLine } from "../terminal.ts";
import { ok, warn, type Outcome } from "./check.ts";

/**
 * Whether a deployment can read what images and apps are built from.
 *
 * @throws Problem where it can't.
 */
export function checkSources(
    { root }: Clone,
    config: FoundationConfig,
    manifest: Manifest | Problem,
): Outcome {
    readImages(root, config.images);
    const unread = config.images.flatMap(({ context, dockerfile, target, buildArgs: args }) => {
        const file = path.join(root, dockerfile);
        const entries = attempt(() => listContext(path.join(root, context), undefined, { dockerfile: file }));
        if (entries instanceof Problem) return [entries.parts];
        const text = fs.readFileSync(file, "utf8");
        const reading = readDockerfile(text, { foundations: [], stages: { target }, args });
        return "problems" in reading ? [{ wrong: `${dockerfile}: ${reading.problems.join("; ")}` }] : [];
    });
    if (unread.length > 0) throw Problem.of("not every image can be built", unread);
    const { problems, warnings, unused } = findWorkspaces(root, config);
    // Where something was emitted, what is on a foundation is looked at along with that.
    const isNew = manifest instanceof Problem;
    if (isNew && problems.length > 0) {
        const told = problems.map(({ text }) => text);
        throw Problem.of("not every app can be built on the foundation", told);
    }
    const forgotten = new Set(unused.values());
    const told = isNew ? warnings : warnings.filter((text) => !forgotten.has(text));
    if (told.length === 0) return ok("images and apps can be read");
    return warn(told.map(inOneLine).join("; "), "do what is said there, or nothing where it is intended");
}
