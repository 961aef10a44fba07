import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../problem.ts";
import type { Uses } from "../render/composeFile.ts";
import { ComposeError, type ComposeProject } from "../render/composeProject.ts";
import {
    notFound,
    readDockerfile,
    type DockerfileReading,
    type FoundationNames,
} from "../render/dockerfile.ts";
import type { Foundation } from "../render/foundation.ts";
import { joinPath, resolvePath } from "../render/paths.ts";
import { fileNames, type Workspace, type WorkspaceForm, type Workspaces } from "../render/workspaceFiles.ts";
import { composeFilesIn, isDockerfileName, isOurs, type ComposeFiles } from "./composeFiles.ts";
import { devContainerWarnings } from "./devContainers.ts";
import { findFolders, type FoundFolders } from "./folders.ts";
import { ProjectNames } from "./projectNames.ts";
import { dockerfileOf, readDockerfileText, readServiceUses } from "./serviceUses.ts";
import { readUsersProject, servicesOfOurs } from "./usersProject.ts";

/** What is built in the repository. */
export interface FoundWorkspaces {
    /** The folders that `foundation:apps` names, in byte order. */
    readonly apps: readonly Workspace[];
    /** Folders of foundations that have a Compose file of the user's, by the foundation's name. */
    readonly own: ReadonlyMap<string, Workspace>;
    /** What a person has to know, and what doesn't stop a deployment. */
    readonly warnings: readonly string[];
    /** What is as it has to be, and may surprise. */
    readonly notes: readonly string[];
    /** What stops a deployment. */
    readonly problems: readonly WorkspaceProblem[];
    /** By folder, what to change in a Dockerfile that names no foundation; a warning as well. */
    readonly unused: ReadonlyMap<string, string>;
    /** What has no Dockerfile: a service, or a folder that something was emitted for. A warning as well where it is a service. */
    readonly gone: readonly WorkspaceProblem[];
}

/** Why something in a folder can't be built on the foundations. */
export interface WorkspaceProblem {
    readonly folder: string;
    /** None where it is of the whole folder. */
    readonly service: string | undefined;
    /** With its place, and what to do. */
    readonly text: string;
}

/** What decides what is found. */
export interface WorkspaceSettings {
    /** The globs of `foundation:apps`. */
    readonly apps: readonly string[];
    /** The foundations that are built here. */
    readonly images: readonly Foundation[];
    /** Those of another repository. */
    readonly elsewhere?: readonly FoundationNames[];
    readonly envFiles: Workspaces["envFiles"];
}

/**
 * As {@link findWorkspaces}.
 *
 * @throws Problem listing every app that can't be built on the foundations.
 */
export function readWorkspaces(root: string, settings: WorkspaceSettings): FoundWorkspaces {
    const found = findWorkspaces(root, settings);
    if (found.problems.length === 0) return found;
    throw Problem.of(
        "not every app can be built on the foundation",
        found.problems.map(({ text }) => text),
    );
}

/**
 * Finds what is built in the repository, and which foundations each service uses.
 *
 * @param root the repository's root.
 */
export function findWorkspaces(root: string, settings: WorkspaceSettings): FoundWorkspaces {
    const { apps: globs, images: foundations } = settings;
    const reader = new Reader(root, settings);
    const folders = new Set(foundations.map(({ folder }) => folder));
    const counts = (folder: string): boolean => !folders.has(folder) && reader.counts(folder);
    const { folders: found, others, linked, byName, unmatched, denied } = findFolders(root, globs, counts);
    const own = new Map(
        foundations
            .flatMap((each) => reader.workspace(each.folder, () => reader.foundation(each)))
            .map((each) => [each.name, each]),
    );
    const names = new ProjectNames(root, foundations, found);
    const apps = found.flatMap((folder) =>
        reader.workspace(folder, () => reader.app(folder, names.take(folder), byName.has(folder))),
    );
    const isOwn = (glob: string): boolean => folders.has(joinPath(glob, "."));
    const meant = globs.filter((glob) => !isOwn(glob));
    reader.warnings.push(
        ...globs
            .filter(isOwn)
            .map(
                (glob) =>
                    `apps: "${glob}" is the folder of a foundation, which gets its files without that; take it out of the key apps`,
            ),
        ...(found.length > 0
            ? unmatched
                  .filter((glob) => !isOwn(glob))
                  .map((glob) => `apps: "${glob}" names no folder with a Compose file or a Dockerfile`)
            : meant.length === 0
              ? ["no app found: the key apps names none; list the folders of the apps in it"]
              : [
                    `no app found: no folder that the key apps names (${meant.join(", ")}) has a Compose file or a Dockerfile`,
                ]),
    );
    if (linked.length > 0) {
        reader.warnings.push(
            `apps: passed by, as nothing is written through links: ${linked.join(", ")}; ` +
                'name the folders that they lead to, or take them out with "!<folder>" in the key apps',
        );
    }
    reader.denied(denied);
    reader.passedBy(others.filter((folder) => !folders.has(folder)));
    if (!found.includes(".") && !folders.has(".")) reader.root();
    const { problems, warnings, notes, unused, gone } = reader;
    return { apps, own, warnings, notes, problems, unused, gone };
}

class Reader {
    readonly problems: WorkspaceProblem[] = [];
    readonly warnings: string[] = [];
    readonly notes: string[] = [];
    readonly unused = new Map<string, string>();
    readonly gone: WorkspaceProblem[] = [];
    readonly #root: string;
    readonly #foundations: readonly FoundationNames[];
    readonly #envFiles: Workspaces["envFiles"];
    /** Of Dockerfiles, by text: many apps have the same. */
    readonly #readings = new Map<string, DockerfileReading>();
    /** The Dockerfiles that are built from somewhere. */
    readonly #built: Set<string>;

    constructor(root: string, { images, elsewhere = [], envFiles }: WorkspaceSettings) {
        this.#root = root.split(path.sep).join("/");
        this.#foundations = [...images, ...elsewhere];
        this.#envFiles = envFiles;
        this.#built = new Set(images.map(({ dockerfile }) => resolvePath(this.#root, dockerfile)));
    }

    counts(folder: string): boolean {
        const place = path.join(this.#root, folder);
        // A link that leads nowhere is somebody's Dockerfile as well.
        const dockerfile = fs.lstatSync(this.#dockerfileIn(folder), { throwIfNoEntry: false });
        return dockerfile !== undefined || composeFilesIn(place).read.length > 0;
    }

    /** What the work gives; none where what is in the folder is in its way. */
    workspace(folder: string, work: () => Workspace | undefined): readonly Workspace[] {
        try {
            return [work() ?? []].flat();
        } catch (error) {
            if (error instanceof Problem) {
                this.#refuse(folder, error.message);
                return [];
            }
            const told = this.#untold(folder, error);
            // It would be taken away again, for a slip of somebody's keyboard.
            if (this.#hasOurs(folder))
                this.#refuse(folder, `${told}; what was emitted there still counts, so fix it`);
            else this.warnings.push(told);
            return [];
        }
    }

    /** @param byName whether the key apps names this very folder. */
    app(folder: string, name: string, byName: boolean): Workspace {
        const place = resolvePath(this.#root, folder);
        const found = composeFilesIn(place);
        if (found.base === undefined && found.listed === undefined) return this.#whole(folder, name, found);
        const project = readUsersProject(place, found);
        const told = this.warnings.length;
        const services = this.#uses(folder, project);
        const emitted = [...services.values()].some((uses) => uses.size > 0);
        if (!emitted && this.warnings.length === told && (byName || this.#isUnbuilt(folder))) {
            this.warnings.push(
                `apps: "${folder}" gets nothing, as ${found.read.join(" and ")} there builds no service on a foundation; ` +
                    "take it out of the key apps, or name the Compose file that does by COMPOSE_FILE in its .env",
            );
        }
        const form = this.#form(folder, found, emitted);
        const builds = [...services].flatMap(([service, uses]) => {
            const build = project.services.get(service)?.build;
            return build === undefined || uses.size === 0 ? [] : [dockerfileOf(build)];
        });
        const files = [...found.read, fileNames[form.kind]];
        this.warnings.push(...devContainerWarnings(this.#root, folder, files, builds));
        return { folder, name, form, services, others: notBuilt(project), official: [] };
    }

    /** The folder of a foundation, where it has a Compose file of the user's. */
    foundation({ name, folder, context, dockerfile }: Foundation): Workspace | undefined {
        const place = resolvePath(this.#root, folder);
        if (!fs.existsSync(place)) return undefined;
        const found = composeFilesIn(place);
        if (found.base === undefined && found.listed === undefined) return undefined;
        const project = readUsersProject(place, found);
        const from = resolvePath(this.#root, context);
        const file = resolvePath(this.#root, dockerfile);
        const official = [...project.services].filter(
            ([, { build }]) =>
                build?.context === from && build.inline === undefined && dockerfileOf(build) === file,
        );
        const services = this.#uses(folder, project);
        const form = this.#form(folder, found, true);
        return { folder, name, form, services, others: notBuilt(project), official: namesOf(official) };
    }

    /** Folders that may not be read; a glob alone comes by such as a database's files. */
    denied(folders: FoundFolders["denied"]): void {
        const byGlob = folders.filter(({ byName }) => !byName);
        for (const { folder, reason } of folders.filter(({ byName }) => byName)) {
            this.#refuse(
                folder,
                `${folder}: it can't be read (${reason}); make it readable, or take it out of the key apps`,
            );
        }
        if (byGlob.length === 0) return;
        this.warnings.push(
            `apps: passed by, as you may not read them: ${byGlob.map(({ folder }) => folder).join(", ")}; ` +
                'make them readable, or take them out with "!<folder>" in the key apps',
        );
    }

    /** Folders that are no apps, though they were, or somebody builds images in them. */
    passedBy(folders: readonly string[]): void {
        for (const folder of folders.filter((each) => this.#hasOurs(each))) {
            const text = `${folder}/Dockerfile is missing; put it there, or let \`pulumi up\` take away what was emitted beside it`;
            this.gone.push({ folder, service: undefined, text });
        }
        const meant = folders.flatMap((folder) => {
            const place = resolvePath(this.#root, folder);
            const files = fs.readdirSync(place).filter(isDockerfileName).sort();
            const [first, ...more] = files.filter((file) => !this.#built.has(resolvePath(place, file)));
            if (first === undefined) return [];
            return [`${folder} (${first}${more.length === 0 ? "" : ` and ${more.length} more`})`];
        });
        if (meant.length === 0) return;
        this.warnings.push(
            `apps: passed by, without a Compose file or a file named Dockerfile: ${meant.join(", ")}; ` +
                'add a Compose file that builds them, or take the folders out with "!<folder>" in the key apps',
        );
    }

    /** A project at the root that is no app, and passes by what is emitted. */
    root(): void {
        const found = composeFilesIn(this.#root);
        if (found.base === undefined) return;
        let project: ComposeProject;
        try {
            project = readUsersProject(this.#root, found);
        } catch (error) {
            this.warnings.push(this.#untold(".", error));
            return;
        }
        const ours = new Set(project.files.flatMap(servicesOfOurs));
        const using = [...project.services].filter(([service, { build }]) => {
            const reading = build && readServiceUses(build, this.#foundations);
            return !ours.has(service) && reading !== undefined && "uses" in reading && reading.uses.size > 0;
        });
        if (using.length === 0) return;
        this.warnings.push(
            `${found.base} at the root builds ${namesOf(using).join(", ")} on a foundation, and gets none of what is emitted; add "." to the key apps`,
        );
    }

    #whole(folder: string, name: string, found: ComposeFiles): Workspace {
        const form = { kind: "whole" } as const;
        const place = resolvePath(this.#root, folder);
        if (found.override !== undefined) {
            const project = readUsersProject(place, found, name);
            const services = this.#uses(folder, project);
            return { folder, name, form, services, others: notBuilt(project), official: [] };
        }
        const uses = this.#dockerfileUses(folder);
        const builds = uses.size === 0 ? [] : [this.#dockerfileIn(folder)];
        this.warnings.push(...devContainerWarnings(this.#root, folder, [fileNames.whole], builds));
        return { folder, name, form, services: new Map([[name, uses]]), others: [], official: [] };
    }

    /** Every stage counts: a developer's override may build another one than the last. */
    #dockerfileUses(folder: string): Uses {
        const file = this.#dockerfileIn(folder);
        const read = readDockerfileText(file);
        if ("unknown" in read)
            throw new Problem(`${this.#relative(read.unknown)}, or take the folder out of the key apps`);
        const reading = this.#read(read.text);
        if ("problems" in reading)
            throw new Problem(`${this.#relative(file)}: ${reading.problems.join("\n")}`);
        const [first] = this.#foundations;
        if (reading.uses.size === 0 && first !== undefined) {
            const told = `${this.#relative(file)}: ${notFound(reading.images, first)}`;
            this.unused.set(folder, told);
            this.warnings.push(told);
        }
        return reading.uses;
    }

    /** Whether a Dockerfile there names a foundation, and no service is built from it. */
    #isUnbuilt(folder: string): boolean {
        const file = this.#dockerfileIn(folder);
        const read = this.#built.has(file) ? { unknown: "" } : readDockerfileText(file);
        const reading = "text" in read && this.#read(read.text);
        return reading !== false && "uses" in reading && reading.uses.size > 0;
    }

    #dockerfileIn(folder: string): string {
        return dockerfileOf({ context: resolvePath(this.#root, folder), dockerfile: "Dockerfile" });
    }

    /** As {@link readDockerfile}, once for each text. */
    #read(text: string): DockerfileReading {
        const reading =
            this.#readings.get(text) ??
            readDockerfile(text, { foundations: this.#foundations, stages: "all" });
        this.#readings.set(text, reading);
        return reading;
    }

    #form(
        folder: string,
        { files, override, listed, passedBy }: ComposeFiles,
        emitted: boolean,
    ): WorkspaceForm {
        if (passedBy.length > 0) {
            this.warnings.push(
                `${placeOf(folder)}: Compose reads ${files.join(" and ")}, and never ${passedBy.join(", ")}; remove what isn't meant`,
            );
        }
        const ours = fileNames.listed;
        if (listed !== undefined) {
            if (emitted && !listed.includes(ours)) {
                this.warnings.push(
                    `${joinPath(folder, ".env")} sets COMPOSE_FILE in a line of its own, which outranks ours; add ${ours} to it`,
                );
            }
            if (emitted) this.#copies(folder);
            return { kind: "listed", files: [] };
        }
        if (override === undefined) return { kind: "merged" };
        if (emitted && this.#envFiles === "none") {
            this.warnings.push(
                `${placeOf(folder)} has ${override}, so ours is ${ours}, which nothing names as the key envFiles is none; ` +
                    `put COMPOSE_FILE=${[...files, ours].join(":")} and COMPOSE_PATH_SEPARATOR=: into a .env of your own there`,
            );
        } else if (emitted) {
            this.#copies(folder);
            this.notes.push(
                `${placeOf(folder)} has ${override}, so ours is ${ours}, and COMPOSE_FILE in its .env names all of them; ` +
                    "run docker compose in that folder itself, without --project-directory",
            );
        }
        return { kind: "listed", files };
    }

    /** A link to the root's `.env` would bring its list of files along. */
    #copies(folder: string): void {
        if (folder !== "." || this.#envFiles !== "symlink") return;
        this.notes.push(
            "the root's .env lists Compose files of the root alone, so each folder has a .env of its own, and no link to that one",
        );
    }

    /** Any error that is not of Compose's is thrown on. */
    #untold(folder: string, error: unknown): string {
        if (!(error instanceof ComposeError)) throw error;
        return `${placeOf(folder)}: what its services are built on can't be told: ${this.#relative(error.message)}`;
    }

    #hasOurs(folder: string): boolean {
        return Object.values(fileNames).some((name) => isOurs(resolvePath(this.#root, `${folder}/${name}`)));
    }

    #uses(folder: string, { services }: ComposeProject): Map<string, Uses> {
        const uses = new Map<string, Uses>();
        for (const [service, { build }] of services) {
            if (build === undefined) continue;
            this.#built.add(dockerfileOf(build));
            const reading = readServiceUses(build, this.#foundations);
            const told = `${placeOf(folder)}: the service ${service}`;
            if ("uses" in reading) {
                uses.set(service, reading.uses);
            } else if ("unknown" in reading) {
                const text = `${told}: ${this.#relative(reading.unknown)}`;
                this.warnings.push(text);
                if (reading.isGone === true) this.gone.push({ folder, service, text });
                uses.set(service, new Map());
            } else {
                this.#refuse(folder, `${told}: ${this.#relative(reading.problem)}`, service);
            }
        }
        return uses;
    }

    #refuse(folder: string, text: string, service?: string): void {
        this.problems.push({ folder, service, text });
    }

    /** Paths as the person who reads it has them. */
    #relative(text: string): string {
        return text.replaceAll(`${this.#root}/`, "");
    }
}

/** A folder as a person calls it. */
function placeOf(folder: string): string {
    return folder === "." ? "the root" : folder;
}

function notBuilt({ services }: ComposeProject): string[] {
    return namesOf([...services].filter(([, { build }]) => build === undefined));
}

function namesOf(services: readonly (readonly [name: string, ...unknown[]])[]): string[] {
    return services.map(([name]) => name);
}
