import * as path from "node:path";
import { readDockerfile, type FoundationNames } from "../../components/render/dockerfile.ts";
import { imageVariable } from "../../components/render/foundation.ts";
import { familiarReference, splitReference } from "../../components/render/imageReference.ts";
import type { Survey, SurveyedDockerfile } from "./survey.ts";

/** A foundation as the configuration shall name it. Paths are relative to the repository's root, with `/`. */
export interface ProposedFoundation {
    readonly name: string;
    readonly folder: string;
    readonly dockerfile: string;
    readonly context: string;
    readonly argument: string;
    readonly replaces: readonly string[];
}

export interface Proposal {
    readonly foundations: readonly ProposedFoundation[];
    /** Folders, some of them with globs. */
    readonly apps: readonly string[];
}

/** An image, and the Dockerfiles that start from it. */
export interface SharedImage {
    readonly image: string;
    readonly users: readonly string[];
}

/** Which image each Dockerfile starts from, the most used first. */
export function sharedImages({ dockerfiles }: Survey): SharedImage[] {
    const users = new Map<string, Set<string>>();
    for (const { path: file, images } of dockerfiles) {
        for (const { image } of images) {
            if (image === "" || image === "scratch") continue;
            const known = users.get(image) ?? new Set();
            users.set(image, known.add(file));
        }
    }
    return [...users]
        .map(([image, files]) => ({ image, users: [...files] }))
        .sort((one, two) => two.users.length - one.users.length || (one.image < two.image ? -1 : 1));
}

/**
 * The Dockerfiles whose images others here start from: two others at least, or one that is itself in a folder called
 * `foundation`.
 */
export function proposedFolders(survey: Survey): string[] {
    return [...new Set(shared(survey).map((dockerfile) => folderOf(dockerfile.path)))];
}

/** The Dockerfiles that would make foundations as well, beside one in the same folder. */
export function leftOut(survey: Survey, foundations: readonly ProposedFoundation[]): string[] {
    return shared(survey)
        .map(({ path: file }) => file)
        .filter((file) => foundations.every(({ dockerfile }) => dockerfile !== file))
        .filter((file) => foundations.some(({ folder }) => folder === folderOf(file)));
}

function shared(survey: Survey): SurveyedDockerfile[] {
    return survey.dockerfiles.filter(
        (dockerfile) => usersOf(survey, dockerfile).length >= 2 || folderOf(dockerfile.path) === "foundation",
    );
}

/** The foundations in these folders, each with the names by which Dockerfiles here mean it. */
export function foundationsIn(survey: Survey, folders: readonly string[]): ProposedFoundation[] {
    const found = folders.flatMap((folder) => {
        const inside = survey.dockerfiles.filter((dockerfile) => folderOf(dockerfile.path) === folder);
        const plain = inside.find(({ path: file }) => path.posix.basename(file) === "Dockerfile");
        return plain ?? inside[0] ?? [];
    });
    return found.map((dockerfile) => {
        const folder = folderOf(dockerfile.path);
        const name = imageName(wordOf(dockerfile) || folder);
        const users = usersOf(survey, dockerfile);
        const build = buildsOf(survey, dockerfile.path)[0];
        const own = imageVariable(name);
        return {
            name,
            folder,
            dockerfile: dockerfile.path,
            context: build?.context ?? folder,
            argument: (found.length === 1 ? emptyArgument(survey) : undefined) ?? own,
            // By its own name it is found anyway.
            replaces: [...new Set(users.map(({ image }) => splitReference(image).name))]
                .filter((image) => image !== name)
                .sort(),
        };
    });
}

/** The folders of all that builds on the foundations: of the Compose project that builds it, where there is one. */
export function proposedApps(survey: Survey, foundations: readonly ProposedFoundation[]): string[] {
    const names: FoundationNames[] = [...foundations];
    const own = new Set(foundations.map(({ dockerfile }) => dockerfile));
    const folders = survey.dockerfiles
        .filter(({ path: file, images }) => !own.has(file) && images.some((use) => isUse(use, names)))
        .map(({ path: file }) => workspaceOf(survey, file));
    const others = survey.dockerfiles.map(({ path: file }) => folderOf(file));
    return withGlobs([...new Set(folders)].sort(), others);
}

/** `services/*` for several folders of one parent, which has no others with a Dockerfile. */
function withGlobs(folders: readonly string[], withDockerfile: readonly string[]): string[] {
    const parents = folders.map((folder) => path.posix.dirname(folder));
    const alone = (parent: string): boolean =>
        withDockerfile.every((other) => path.posix.dirname(other) !== parent || folders.includes(other));
    const globs = folders.map((folder, index) => {
        const parent = parents[index] ?? ".";
        return parent !== "." && parents.filter((other) => other === parent).length > 1 && alone(parent)
            ? `${parent}/*`
            : folder;
    });
    return [...new Set(globs)];
}

function isUse(
    { image, written }: SurveyedDockerfile["images"][number],
    names: readonly FoundationNames[],
): boolean {
    const [word = ""] = written.split(" ");
    const argument = /^\$\{?(\w+)/.exec(word)?.[1];
    if (argument !== undefined && names.some((foundation) => foundation.argument === argument)) return true;
    if (image === "") return false;
    const reading = readDockerfile(`FROM ${image}\n`, { foundations: names, stages: "all" });
    return "uses" in reading && reading.uses.size > 0;
}

/** The Compose project in the same folder, or else one that builds it from elsewhere. */
function workspaceOf(survey: Survey, dockerfile: string): string {
    const folder = folderOf(dockerfile);
    const projects = survey.projects
        .filter(({ builds }) => builds.some((build) => build.dockerfile === dockerfile))
        .map((project) => folderOf(project.path));
    return projects.includes(folder) ? folder : (projects[0] ?? folder);
}

function buildsOf(survey: Survey, dockerfile: string) {
    return survey.projects.flatMap(({ builds }) => builds.filter((build) => build.dockerfile === dockerfile));
}

/** What other Dockerfiles here call the image of this one, once for each of them. */
function usersOf(survey: Survey, dockerfile: SurveyedDockerfile): { readonly image: string }[] {
    const folder = folderOf(dockerfile.path);
    const word = wordOf(dockerfile);
    const called = new Set(
        buildsOf(survey, dockerfile.path).flatMap(({ image }) => (image === undefined ? [] : bare(image))),
    );
    const means = (image: string): boolean => {
        if (image === "") return false;
        const name = bare(image);
        const last = name.split("/").at(-1) ?? "";
        if (called.has(name)) return true;
        const names = [imageName(folder), ...(word === "" ? [] : [imageName(word)])];
        if (name.includes("/")) return names.some((own) => last === own || last.endsWith(`-${own}`));
        // `python:3.12` is Docker Hub's, and `base` is one's own, unless it starts from that itself.
        return names.includes(image) && !dockerfile.images.some((start) => bare(start.image) === name);
    };
    return survey.dockerfiles
        .filter((other) => other !== dockerfile && folderOf(other.path) !== folder)
        .flatMap(({ images }) => images.find(({ image }) => means(image)) ?? []);
}

/** What the name of a Dockerfile says of its image: `java` of `Dockerfile.java` and `java.Dockerfile`, nothing of `Dockerfile`. */
function wordOf({ path: file }: SurveyedDockerfile): string {
    return path.posix
        .basename(file)
        .replace(/^(?:Dockerfile|Containerfile)\.?/, "")
        .replace(/\.dockerfile$/i, "");
}

/** An argument without a default that Dockerfiles start from: what hands it over knows the image, and nobody else. */
function emptyArgument({ dockerfiles }: Survey): string | undefined {
    const names = dockerfiles.flatMap(({ images }) =>
        images.flatMap(({ image, written }) =>
            image === "" ? (/^\$\{?(\w+)\}?$/.exec(written.split(" ")[0] ?? "")?.[1] ?? []) : [],
        ),
    );
    const [name, ...others] = new Set(names);
    return others.length === 0 ? name : undefined;
}

function bare(image: string): string {
    return familiarReference(splitReference(image).name);
}

function folderOf(file: string): string {
    return path.posix.dirname(file);
}

/** A folder's name as that of a foundation. */
export function imageName(folder: string): string {
    const name = path.posix
        .basename(folder)
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, "");
    return name === "" ? "foundation" : name;
}
