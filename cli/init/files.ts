import * as path from "node:path";
import { stringify } from "yaml";
import { imageVariable } from "../../components/render/foundation.ts";
import type { Proposal, ProposedFoundation } from "./proposal.ts";

/** The Pulumi project to write. */
export interface ProjectPlan extends Proposal {
    /** Of the Pulumi project. */
    readonly name: string;
    /** The project's folder, relative to the repository's root, `.` for the root itself. */
    readonly folder: string;
}

export const program = `import { foundation } from "foundation-image";

// A registry, every foundation of Pulumi.yaml published in it, and the files with which Compose builds apps on them.
export default await foundation();
`;

export const stackConfig = "config:\n  registry: local\n";

/** The texts of the project's files. */
export function pulumiYaml({ name, folder, foundations, apps }: ProjectPlan): string {
    const config = {
        ...(folder !== "." && { root: { value: folder.replaceAll(/[^/]+/g, "..") } }),
        images: {
            value: Object.fromEntries(
                foundations.map((foundation) => [foundation.name, imageConfig(foundation)]),
            ),
        },
        apps: { value: apps },
    };
    // A folder called 2026 is a name as well.
    return `${stringify({ name })}description: Base images of this repository, published for its apps
runtime:
  name: nodejs
  options:
    # Node strips the types itself.
    typescript: false
main: index.ts
plugins:
  providers:
    - name: foundation
      path: ./node_modules/foundation-image/components/plugin
# The same for every stack, with paths as the repository's root has them. What differs by stack is in Pulumi.<stack>.yaml.
${stringify({ config }, { lineWidth: 0 })}`;
}

/** Only what isn't the default. */
function imageConfig({ name, folder, dockerfile, context, argument, replaces }: ProposedFoundation) {
    return {
        folder,
        ...(context !== folder && { context }),
        ...(dockerfile !== path.posix.join(folder, "Dockerfile") && { dockerfile }),
        ...(argument !== imageVariable(name) && { argument }),
        ...(replaces.length > 0 && { replaces }),
    };
}

const ignored = ["node_modules/", ".foundation/"];

/** A .gitignore with what must not be committed; undefined where it has that already. */
export function gitignore(text: string): string | undefined {
    const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, ""));
    const missing = ignored.filter((entry) => !lines.includes(entry.replace(/\/$/, "")));
    if (missing.length === 0) return undefined;
    const separator = text === "" || text.endsWith("\n") ? "" : "\n";
    return `${text}${separator}${missing.join("\n")}\n`;
}
