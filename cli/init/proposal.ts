import * as path from "node:path";
import { readDockerfile, type FoundationNames } from "../../components/render/dockerfile.ts";
import { imageVariable } from "../../components/render/foundation.ts";
import { familiarReference, splitReference } from "../../components/render/imageReference.ts";
import type { Survey, SurveyedDockerfile } from "./survey.ts";

/** A foundation as the configuration will name it. Paths are relative to the repository's root, with `/`. */
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
 * The folders of Dockerfiles whose images others here start from: two others at least, or one that is such an image
 * itself; and any folder called `foundation`.
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

/** The Dockerfiles that use a foundation, and that nothing of what is emitted will build as they are. */
export function unbuilt(
    survey: Survey,
    foundations: readonly ProposedFoundation[],
): { readonly unnamed: readonly string[]; readonly fromRoot: readonly string[] } {
    const said = leftOut(survey, foundations);
    const alone = usersIn(survey, foundations).filter(
        ({ path: file }) => buildsOf(survey, file).length === 0 && !said.includes(file),
    );
    return {
        unnamed: alone.filter((dockerfile) => !isPlain(dockerfile)).map(({ path: file }) => file),
        fromRoot: alone
            .filter((dockerfile) => isPlain(dockerfile) && contextOf(survey, dockerfile) === ".")
            .map(({ path: file }) => file)
            .filter((file) => folderOf(file) !== "."),
    };
}

/** The Compose files that Compose reads only when they are named to it, and that build something on a foundation. */
export function passedBy(survey: Survey, foundations: readonly ProposedFoundation[]): string[] {
    const users = new Set(usersIn(survey, foundations).map(({ path: file }) => file));
    return survey.named
        .filter(({ builds }) => builds.some(({ dockerfile }) => users.has(dockerfile)))
        .map(({ path: file }) => file);
}

function shared(survey: Survey): SurveyedDockerfile[] {
    const users = new Map(survey.dockerfiles.map((one) => [one, usersOf(survey, one)]));
    const found = new Set(
        survey.dockerfiles.filter(
            (one) => (users.get(one) ?? []).length >= 2 || folderOf(one.path) === "foundation",
        ),
    );
    // What one of them starts from is made here alone, so it has to be published first. A set goes on to what is added.
    for (const child of found) {
        for (const [parent, its] of users) if (its.some(({ user }) => user === child)) found.add(parent);
    }
    return survey.dockerfiles.filter((one) => found.has(one));
}

/** The foundations in these folders, each with the names by which Dockerfiles here mean it. */
export function foundationsIn(survey: Survey, folders: readonly string[]): ProposedFoundation[] {
    const found = folders.flatMap((folder) => {
        const inside = survey.dockerfiles.filter((dockerfile) => folderOf(dockerfile.path) === folder);
        const counts = inside.map((dockerfile) => usersOf(survey, dockerfile).length);
        const used = inside.filter((_, index) => counts[index] === Math.max(...counts));
        return used.find(isPlain) ?? used[0] ?? [];
    });
    return found.map((dockerfile) => {
        const folder = folderOf(dockerfile.path);
        const name = nameOf(dockerfile);
        const users = usersOf(survey, dockerfile);
        const own = imageVariable(name);
        return {
            name,
            folder,
            dockerfile: dockerfile.path,
            context: contextOf(survey, dockerfile),
            argument: (found.length === 1 ? emptyArgument(survey, folder) : undefined) ?? own,
            // By its own name it is found anyway.
            replaces: [...new Set(users.map(({ image }) => splitReference(image).name))]
                .filter((image) => image !== name)
                .sort(),
        };
    });
}

/** The folders of all that builds on the foundations: of each Compose project that builds it, where there is one. */
export function proposedApps(survey: Survey, foundations: readonly ProposedFoundation[]): string[] {
    const own = new Set(foundations.map(({ folder }) => folder));
    const folders = usersIn(survey, foundations)
        .filter((one) => isPlain(one) || buildsOf(survey, one.path).length > 0)
        .flatMap(({ path: file }) => workspacesOf(survey, file))
        .filter((folder) => !own.has(folder));
    const others = [...survey.dockerfiles, ...survey.projects]
        .map(({ path: file }) => folderOf(file))
        .filter((folder) => !own.has(folder) && !folders.includes(folder));
    return withGlobs([...new Set(folders)].sort(), others);
}

/** The Dockerfiles that name a foundation, without those that make one. */
export function usersIn(survey: Survey, foundations: readonly ProposedFoundation[]): SurveyedDockerfile[] {
    const names: FoundationNames[] = [...foundations];
    const own = new Set(foundations.map(({ dockerfile }) => dockerfile));
    return survey.dockerfiles.filter(
        ({ path: file, images }) => !own.has(file) && images.some((use) => isUse(use, names)),
    );
}

/** `services/*` for several folders of one parent that has no other ones. */
function withGlobs(folders: readonly string[], others: readonly string[]): string[] {
    const parents = folders.map((folder) => path.posix.dirname(folder));
    const mixed = new Set(others.map((folder) => path.posix.dirname(folder)));
    const globs = folders.map((folder, index) => {
        const parent = parents[index] ?? ".";
        const several = parents.filter((other) => other === parent).length > 1;
        return parent !== "." && several && !mixed.has(parent) ? `${parent}/*` : folder;
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

function workspacesOf(survey: Survey, dockerfile: string): readonly string[] {
    const projects = survey.projects
        .filter(({ builds }) => builds.some((build) => build.dockerfile === dockerfile))
        .map((project) => folderOf(project.path));
    return projects.length === 0 ? [folderOf(dockerfile)] : projects;
}

function buildsOf(survey: Survey, dockerfile: string) {
    return survey.projects.flatMap(({ builds }) => builds.filter((build) => build.dockerfile === dockerfile));
}

/** Where it copies from: as Compose has it, or else the root where that alone has what is copied. */
function contextOf(survey: Survey, { path: file, copied }: SurveyedDockerfile): string {
    const folder = folderOf(file);
    const has = (place: string) => (source: string) => {
        const at = path.posix.join(place, source).replace(/\/$/, "");
        return at === "." || survey.files.some((name) => name === at || name.startsWith(`${at}/`));
    };
    const fromRoot = copied.every(has(".")) && !copied.every(has(folder));
    return buildsOf(survey, file)[0]?.context ?? (fromRoot ? "." : folder);
}

/** The other Dockerfiles here that start from the image of this one, and what each calls it. */
function usersOf(
    survey: Survey,
    dockerfile: SurveyedDockerfile,
): { readonly image: string; readonly user: SurveyedDockerfile }[] {
    const folder = folderOf(dockerfile.path);
    const builds = survey.projects.flatMap((project) => project.builds);
    const imagesOf = (isMeant: (file: string) => boolean): ReadonlySet<string> =>
        new Set(
            builds.flatMap(({ dockerfile: file, image }) =>
                image !== undefined && isMeant(file) ? bare(image) : [],
            ),
        );
    const called = imagesOf((file) => file === dockerfile.path);
    const calledOthers = imagesOf((file) => file !== dockerfile.path);
    const others = new Set(
        survey.dockerfiles
            .filter((one) => one !== dockerfile)
            .flatMap(namesOf)
            .flatMap((own) => [own, `${own}-base`]),
    );
    const means = (image: string, names: readonly string[]): boolean => {
        if (image === "") return false;
        const name = bare(image);
        if (called.has(name)) return true;
        // What it starts from itself is somebody else's.
        if (calledOthers.has(name) || dockerfile.images.some((start) => bare(start.image) === name))
            return false;
        const last = name.split("/").at(-1) ?? "";
        // `python:3.12` is Docker Hub's, and `base` is one's own.
        if (names.includes(name.includes("/") ? last : image)) return true;
        if (others.has(last)) return false;
        // `shopbase` in a repository called shop, `ruby-base` of a folder called ruby, and `acme/our-base`.
        return names.some(
            (own) =>
                ["", "-", "_"].some((dash) => last === `${survey.name}${dash}${own}`) ||
                last === `${own}-base` ||
                (name.includes("/") && last.endsWith(`-${own}`)),
        );
    };
    return survey.dockerfiles
        .filter((user) => user !== dockerfile)
        .flatMap((user) => {
            // Between Dockerfiles of one folder, its name tells nothing.
            const names =
                folderOf(user.path) !== folder
                    ? namesOf(dockerfile)
                    : wordOf(dockerfile) === ""
                      ? []
                      : [nameOf(dockerfile)];
            const use = user.images.find(({ image }) => means(image, names));
            return use === undefined ? [] : { image: use.image, user };
        });
}

/** What its image may be called. */
function namesOf(dockerfile: SurveyedDockerfile): string[] {
    return [imageName(folderOf(dockerfile.path)), nameOf(dockerfile)];
}

function isPlain({ path: file }: SurveyedDockerfile): boolean {
    return path.posix.basename(file) === "Dockerfile";
}

/** `22.Dockerfile` says which version, and its folder of what. */
function nameOf(dockerfile: SurveyedDockerfile): string {
    const word = wordOf(dockerfile);
    const folder = folderOf(dockerfile.path);
    if (word === "") return imageName(folder);
    return imageName(/[a-z]/i.test(word) ? word : `${path.posix.basename(folder)}-${word}`);
}

/** What the name of a Dockerfile says of its image: `java` of `Dockerfile.java` and `java.Dockerfile`, nothing of `Dockerfile`. */
function wordOf({ path: file }: SurveyedDockerfile): string {
    return path.posix
        .basename(file)
        .replace(/^(?:Dockerfile|Containerfile)\.?/, "")
        .replace(/\.dockerfile$/i, "");
}

/** An argument without a default that Dockerfiles start from: what hands it over knows the image, and nobody else. */
function emptyArgument({ dockerfiles }: Survey, foundation: string): string | undefined {
    const others = dockerfiles.filter(({ path: file }) => folderOf(file) !== foundation);
    const names = others.flatMap(({ images }) =>
        images.flatMap(({ image, written }) =>
            image === "" ? (/^\$\{?(\w+)\}?$/.exec(written.split(" ")[0] ?? "")?.[1] ?? []) : [],
        ),
    );
    const [name, ...more] = new Set(names);
    return more.length === 0 ? name : undefined;
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
