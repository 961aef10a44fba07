import * as fs from "node:fs";
import * as path from "node:path";
import { unsetIn, withUnset } from "../../components/render/composeInterpolation.ts";
import { isRemote, readComposeProject, type ComposeService } from "../../components/render/composeProject.ts";
import { readDockerfile } from "../../components/render/dockerfile.ts";
import { referenceProblem, splitReference } from "../../components/render/imageReference.ts";
import { resolvePath } from "../../components/render/paths.ts";
import { parseDockerfile, plainWords, type Instruction } from "../../components/render/dockerfileSyntax.ts";
import { isDockerfileName } from "../../components/workspace/composeFiles.ts";
import { Git } from "../../components/workspace/git.ts";
import { readText } from "../../components/workspace/texts.ts";

/** What a repository has to do with images. Paths are relative to its root, with `/`. */
export interface Survey {
    /** Of the folder that the repository is in. */
    readonly name: string;
    readonly dockerfiles: readonly SurveyedDockerfile[];
    readonly projects: readonly SurveyedProject[];
    /** Those that Compose reads only when they are named to it, such as `docker-compose-build.yml`. */
    readonly named: readonly SurveyedProject[];
    /** Every file that Git has or would take, without those it ignores. */
    readonly files: readonly string[];
    /** Git repositories within, such as submodules, which are not looked into. */
    readonly repositories: readonly string[];
}

export interface SurveyedDockerfile {
    readonly path: string;
    /** What each FROM, COPY --from and RUN --mount names, without earlier stages; empty where that can't be told. */
    readonly images: readonly { readonly image: string; readonly written: string }[];
    /** What it takes from its context, as far as that is told by plain names. */
    readonly copied: readonly string[];
    /** Why it can't be read. */
    readonly problem?: string;
}

/** A folder with a Compose file. */
export interface SurveyedProject {
    readonly path: string;
    readonly builds: readonly {
        readonly context: string;
        readonly dockerfile: string;
        readonly args: Readonly<Record<string, string>>;
        /** What Compose calls the image. */
        readonly image?: string | undefined;
    }[];
    /** Why it can't be read. */
    readonly problem?: string;
}

const composeName = /^(?:docker-)?compose\.ya?ml$/;
const namedCompose = /^(?:docker-)?compose[-_.](?!override\.ya?ml$)[\w.-]+\.ya?ml$/;

/** Looks at the repository whose root this is. */
export async function survey(root: string): Promise<Survey> {
    const { files, repositories } = await listFiles(root);
    const named = (isMeant: (name: string) => boolean): string[] =>
        files.filter((file) => isMeant(path.posix.basename(file)));
    const projectsNamed = (pattern: RegExp): SurveyedProject[] =>
        named((name) => pattern.test(name)).map((file) => readProject(root, file));
    const [projects, others] = [projectsNamed(composeName), projectsNamed(namedCompose)];
    const builds = [...projects, ...others].flatMap((project) => project.builds);
    return {
        name: path.basename(root).toLowerCase(),
        files,
        dockerfiles: named(isDockerfileName).map((file) =>
            readOne(
                root,
                file,
                builds.filter(({ dockerfile }) => dockerfile === file).map(({ args }) => args),
            ),
        ),
        projects,
        named: others,
        repositories,
    };
}

async function listFiles(root: string): Promise<Pick<Survey, "files" | "repositories">> {
    try {
        const kinds = ["--cached", "--others", "--exclude-standard"];
        const names = [...new Set(await new Git(root).list("ls-files", "-z", ...kinds))].sort();
        return {
            files: names.filter((name) => isFile(path.join(root, name))),
            // Git answers nothing about what is in them, neither to doctor nor to the deploy stage.
            repositories: names
                .filter((name) => isFolder(path.join(root, name)))
                .map((name) => name.replace(/\/$/, "")),
        };
    } catch {
        // No Git here, or no repository of its.
        const files = fs
            .globSync("**/*", {
                cwd: root,
                exclude: (name) => /(?:^|[\\/])(?:node_modules|\.[^\\/]+)$/.test(name),
            })
            .filter((name) => isFile(path.join(root, name)))
            .map((name) => name.replaceAll("\\", "/"))
            .sort();
        return { files, repositories: [] };
    }
}

/** And no link to one. */
function isFolder(file: string): boolean {
    return fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(file: string): boolean {
    return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** @param builds the arguments that Compose hands over to it, for each service that is built from it. */
function readOne(
    root: string,
    file: string,
    builds: readonly Readonly<Record<string, string>>[],
): SurveyedDockerfile {
    const text = fs.readFileSync(path.join(root, file), "utf8");
    const images = new Map<string, SurveyedDockerfile["images"][number]>();
    for (const args of builds.length === 0 ? [{}] : builds) {
        const reading = readDockerfile(text, { foundations: [], stages: "all", args });
        if ("problems" in reading)
            return { path: file, images: [], copied: [], problem: reading.problems.join("; ") };
        for (const { line, image, written } of reading.images) {
            if (image === undefined) continue;
            images.set(`${line} ${image}`, { image: isImage(image) ? image : "", written });
        }
    }
    return {
        path: file,
        images: [...images.values()],
        copied: parseDockerfile(text).instructions.flatMap(sourcesOf),
    };
}

/** `/base:` is what nobody has set the variables of. */
function isImage(image: string): boolean {
    return referenceProblem(splitReference(image).name) === undefined;
}

function sourcesOf({ keyword, flags, rest }: Instruction): string[] {
    if (!["ADD", "COPY"].includes(keyword) || flags.some((flag) => flag.startsWith("--from="))) return [];
    return plainWords(rest)
        .slice(0, -1)
        .filter((word) => /^[\w./-]+$/.test(word) && !word.startsWith("/"));
}

function readProject(root: string, file: string): SurveyedProject {
    const place = resolvePath(root, file);
    try {
        const { services } = readComposeProject(path.posix.dirname(place), [place], readText);
        return {
            path: file,
            builds: [...services.values()].flatMap((service) => buildOf(root, service) ?? []),
        };
    } catch (error) {
        const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
        return { path: file, builds: [], problem: reason.replaceAll(`${resolvePath(root, ".")}/`, "") };
    }
}

/** Undefined for a service that isn't built, or built from what is no file here. */
function buildOf(
    root: string,
    { build, image }: ComposeService,
): SurveyedProject["builds"][number] | undefined {
    if (build === undefined || build.inline !== undefined) return undefined;
    if (isRemote(build.context) || unsetIn(build.context + build.dockerfile).length > 0) return undefined;
    const home = resolvePath(root, ".");
    const context = path.posix.relative(home, build.context) || ".";
    if (context.startsWith("..")) return undefined;
    return {
        context,
        dockerfile: path.posix.relative(home, resolvePath(build.context, build.dockerfile)),
        args: Object.fromEntries(
            [...build.args].flatMap(([name, value]) =>
                value === undefined ? [] : [[name, withUnset(value)] as const],
            ),
        ),
        image: image === undefined ? undefined : withUnset(image),
    };
}
