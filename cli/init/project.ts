import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "../../components/problem.ts";
import { readIfThere } from "../../components/workspace/texts.ts";
import { gitignore, program, pulumiYaml, stackConfig, type ProjectPlan } from "./files.ts";
import { newPackageJson, withDependencies } from "./packageJson.ts";
import { ownSpecification } from "./specification.ts";
import type { Survey } from "./survey.ts";

/** What Pulumi's language host wants among the project's own packages; npm gives it and ours one copy. */
const sdk = { "@pulumi/pulumi": "^3.259.0" };

/**
 * The project's files by their names in its folder.
 *
 * @throws Problem where something is in their way.
 */
export function projectFiles(
    root: string,
    found: Survey,
    plan: ProjectPlan,
): Readonly<Record<string, string>> {
    const inTheWay = obstacles(root, plan.folder, found);
    if (inTheWay.length > 0) {
        const other = otherFolders.find((name) => isFree(root, name, found));
        throw new Problem({
            wrong: "something is in the way, and nothing was written",
            findings: inTheWay.map((wrong) => ({ wrong })),
            remedy: `name another folder with --folder${other === undefined ? "" : `, such as ${other}`}`,
        });
    }
    const folder = path.join(root, plan.folder);
    const read = (name: string): string | undefined => readIfThere(path.join(folder, name));
    const dependencies = {
        ...sdk,
        "foundation-image": ownSpecification(fileURLToPath(import.meta.url), folder),
    };
    const manifest = read("package.json");
    const ignored = gitignore(read(".gitignore") ?? "");
    return {
        "Pulumi.yaml": pulumiYaml(plan),
        "Pulumi.dev.yaml": stackConfig,
        "index.ts": program,
        "package.json":
            manifest === undefined
                ? newPackageJson(`${plan.name}-foundation`, dependencies)
                : withDependencies(manifest, dependencies, {
                      module: modules(root, plan.folder, found) === "unsaid",
                  }),
        ...(ignored !== undefined && { ".gitignore": ignored }),
    };
}

const own = ["Pulumi.yaml", "Pulumi.dev.yaml", "index.ts"];

/** @throws Problem where the repository has foundations already. */
export function refuseSecond(root: string, { files }: Survey): void {
    const project = files.find(
        (file) =>
            path.posix.basename(file) === "Pulumi.yaml" &&
            fs.readFileSync(path.join(root, file), "utf8").includes("foundation-image/components/plugin"),
    );
    if (project === undefined) return;
    throw new Problem({
        wrong: `${project} has foundations already, and nothing was written`,
        remedy: "write what is new into its images and apps, or name a folder for another project with --folder",
    });
}

/** Where the project may go beside what is at the root. */
export const otherFolders = ["infra", "infra/foundation"];

/** Whether the project's files can be written there. */
export function isFree(root: string, folder: string, found: Survey): boolean {
    return obstacles(root, folder, found).length === 0;
}

/** What keeps the project's files from being written there. */
function obstacles(root: string, folder: string, found: Survey): string[] {
    const place = (name: string): string => path.posix.join(folder, name);
    const there = own.filter((name) => fs.existsSync(path.join(root, folder, name)));
    return [
        ...there.map((name) => `${place(name)} is there already, and nothing is overwritten`),
        ...(modules(root, folder, found) === "other"
            ? [`${place("package.json")} has no "type": "module", which the program needs`]
            : []),
    ];
}

/** What the package.json in a folder says about JavaScript: `unsaid` where nothing there would notice a change. */
function modules(root: string, folder: string, { files }: Survey): "none" | "module" | "unsaid" | "other" {
    const file = path.join(root, folder, "package.json");
    if (!fs.existsSync(file)) return "none";
    const { type } = parsed(file);
    if (type === "module") return "module";
    const manifests = new Set(
        files
            .filter((name) => path.posix.basename(name) === "package.json")
            .map((name) => path.posix.dirname(name)),
    );
    const governing = (name: string): string => {
        for (let at = path.posix.dirname(name); ; at = path.posix.dirname(at))
            if (manifests.has(at) || at === ".") return at;
    };
    const scripts = files.some((name) => /\.[jt]sx?$/.test(name) && governing(name) === folder);
    return type === undefined && !scripts ? "unsaid" : "other";
}

/** @throws Problem where it is no JSON object. */
function parsed(file: string): { readonly type?: unknown } {
    try {
        // Windows' own editors write a byte order mark.
        const json: unknown = JSON.parse(fs.readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
        if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
    } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
    }
    throw new Problem({
        wrong: `${file} is no JSON object, and nothing was written`,
        remedy: "correct it, or name another folder with --folder",
    });
}
