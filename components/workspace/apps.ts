import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { attempt, Problem } from "../problem.ts";
import { imageableName, serviceName, type Uses } from "../render/composeFile.ts";
import { ComposeError, readComposeProject, type ComposeProject } from "../render/composeProject.ts";
import { isMarked } from "../render/composeMark.ts";
import {
    notFound,
    readDockerfile,
    type DockerfileReading,
    type FoundationNames,
} from "../render/dockerfile.ts";
import type { Foundation } from "../render/foundation.ts";
import { joinPath, relativePath, resolvePath } from "../render/paths.ts";
import { fileNames, type Workspace, type WorkspaceForm, type Workspaces } from "../render/workspaceFiles.ts";
import { composeFilesIn, isDockerfileName, isOurs, type ComposeFiles } from "./composeFiles.ts";
import { findFolders, type FoundFolders } from "./folders.ts";
import { readManifest } from "./manifest.ts";
import { dockerfileOf, readDockerfileText, readServiceUses } from "./serviceUses.ts";
import { readText } from "./texts.ts";

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
export function findWorkspaces(
    root: string,
    { apps: globs, images: foundations, elsewhere = [], envFiles }: WorkspaceSettings,
): FoundWorkspaces {
    const reader = new Reader(root, foundations, elsewhere, envFiles);
    const folders = new Set(foundations.map(({ folder }) => folder));
    const {
        folders: found,
        others,
        linked,
        byName,
        unmatched,
        denied,
    } = findFolders(root, globs, (folder) => !folders.has(folder) && reader.counts(folder));
    const own = new Map(
        foundations.flatMap((foundation) => {
            const workspace = reader.foundation(foundation);
            return workspace === undefined ? [] : [[foundation.name, workspace] as const];
        }),
    );
    reader.keepNames(found);
    const apps = found.flatMap((folder) => reader.app(folder, byName.has(folder)) ?? []);
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
    /** Names of Compose projects, with the folders that have them. */
    readonly #owners: Map<string, string>;
    /** The Dockerfiles that are built from somewhere. */
    readonly #built: Set<string>;

    constructor(
        root: string,
        foundations: readonly Foundation[],
        elsewhere: readonly FoundationNames[],
        envFiles: Workspaces["envFiles"],
    ) {
        this.#root = root.split(path.sep).join("/");
        this.#foundations = [...foundations, ...elsewhere];
        this.#envFiles = envFiles;
        this.#owners = new Map(foundations.map(({ name, folder }) => [name, folder]));
        this.#built = new Set(foundations.map(({ dockerfile }) => resolvePath(this.#root, dockerfile)));
    }

    counts(folder: string): boolean {
        const place = path.join(this.#root, folder);
        // A link that leads nowhere is somebody's Dockerfile as well.
        if (fs.lstatSync(path.join(place, "Dockerfile"), { throwIfNoEntry: false }) !== undefined)
            return true;
        const { files, listed = files } = composeFilesIn(place);
        return listed.length > 0;
    }

    /**
     * Folders keep the names that they were deployed with: a new one that got such a name would run on the containers and
     * volumes of the other. Where Git ignores what is emitted, each clone has its own names, as it has its own containers.
     */
    keepNames(folders: readonly string[]): void {
        const lock = attempt(() => readManifest(this.#root));
        // The next deployment makes a broken one anew.
        const deployed = lock === undefined || lock instanceof Problem ? {} : lock.workspaces;
        const keep = (folder: string, name: string | undefined): void => {
            if (name === undefined || !namesFor(folder).includes(name) || this.#owners.has(name)) return;
            this.#owners.set(name, folder);
        };
        // Without the repository's mark, which may be another one now.
        for (const folder of folders) keep(folder, deployed[folder]?.name?.replace(/-[^-]*$/, ""));
        // The only one that they can have.
        for (const folder of folders.filter((each) => !each.includes("/"))) keep(folder, namesFor(folder)[0]);
    }

    /** @param byName whether the key apps names this very folder. */
    app(folder: string, byName: boolean): Workspace | undefined {
        const place = resolvePath(this.#root, folder);
        const found = composeFilesIn(place);
        const name = this.#nameFor(folder);
        if (name === undefined) return undefined;
        if (found.base === undefined && found.listed === undefined) return this.#whole(folder, name, found);
        const project = this.#project(folder, found, undefined);
        if (project === undefined) return undefined;
        const told = this.warnings.length;
        const services = this.#uses(folder, project);
        const emitted = [...services.values()].some((uses) => uses.size > 0);
        if (!emitted && this.warnings.length === told && (byName || this.#isUnbuilt(folder))) {
            const files = (found.listed ?? found.files).join(" and ");
            this.warnings.push(
                `apps: "${folder}" gets nothing, as ${files} there builds no service on a foundation; ` +
                    "take it out of the key apps, or name the Compose file that does by COMPOSE_FILE in its .env",
            );
        }
        const form = this.#form(folder, found, emitted);
        const builds = [...services].flatMap(([service, uses]) => {
            const build = project.services.get(service)?.build;
            return build === undefined || uses.size === 0 ? [] : [dockerfileOf(build)];
        });
        if (emitted)
            this.#devcontainers(folder, [...(found.listed ?? found.files), fileNames[form.kind]], builds);
        return { folder, name, form, services, others: notBuilt(project), official: [] };
    }

    /** The folder of a foundation, where it has a Compose file of the user's. */
    foundation({ name, folder, context, dockerfile }: Foundation): Workspace | undefined {
        const place = resolvePath(this.#root, folder);
        if (!fs.existsSync(place)) return undefined;
        const found = composeFilesIn(place);
        if (found.base === undefined && found.listed === undefined) return undefined;
        const project = this.#project(folder, found, undefined);
        if (project === undefined) return undefined;
        const from = resolvePath(this.#root, context);
        const file = resolvePath(this.#root, dockerfile);
        const official = [...project.services].flatMap(([service, { build }]) =>
            build !== undefined &&
            build.inline === undefined &&
            build.context === from &&
            dockerfileOf(build) === file
                ? [service]
                : [],
        );
        const services = this.#uses(folder, project);
        return {
            folder,
            name,
            form: this.#form(folder, found, true),
            services,
            others: notBuilt(project),
            official,
        };
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
        const project = this.#load(".", found, undefined);
        if (project instanceof ComposeError) {
            this.warnings.push(this.#untold(".", project));
            return;
        }
        const ours = new Set(project.files.flatMap((file) => servicesOfOurs(file)));
        const using = [...project.services].filter(([service, { build }]) => {
            const reading = build && readServiceUses(build, this.#foundations);
            return !ours.has(service) && reading !== undefined && "uses" in reading && reading.uses.size > 0;
        });
        if (using.length === 0) return;
        const names = using.map(([service]) => service).join(", ");
        this.warnings.push(
            `${found.base} at the root builds ${names} on a foundation, and gets none of what is emitted; add "." to the key apps`,
        );
    }

    #whole(folder: string, name: string, found: ComposeFiles): Workspace | undefined {
        const form = { kind: "whole" } as const;
        if (found.override === undefined) {
            const uses = this.#dockerfileUses(folder);
            if (uses === undefined) return undefined;
            if (uses.size > 0) {
                const dockerfile = resolvePath(this.#root, `${folder}/Dockerfile`);
                this.#devcontainers(folder, [fileNames.whole], [dockerfile]);
            }
            return { folder, name, form, services: new Map([[name, uses]]), others: [], official: [] };
        }
        const project = this.#project(folder, found, name);
        if (project === undefined) return undefined;
        const services = this.#uses(folder, project);
        return { folder, name, form, services, others: notBuilt(project), official: [] };
    }

    /** Every stage counts: a developer's override may build another one than the last. */
    #dockerfileUses(folder: string): Uses | undefined {
        const read = readDockerfileText(resolvePath(this.#root, `${folder}/Dockerfile`));
        if ("unknown" in read) {
            this.#refuse(folder, `${this.#relative(read.unknown)}, or take the folder out of the key apps`);
            return undefined;
        }
        const reading = this.#read(read.text);
        if ("problems" in reading) {
            this.#refuse(folder, `${folder}/Dockerfile: ${reading.problems.join("\n")}`);
            return undefined;
        }
        const [first] = this.#foundations;
        if (reading.uses.size === 0 && first !== undefined) {
            const told = `${folder}/Dockerfile: ${notFound(reading.images, first)}`;
            this.unused.set(folder, told);
            this.warnings.push(told);
        }
        return reading.uses;
    }

    /** Whether a Dockerfile there names a foundation, and no service is built from it. */
    #isUnbuilt(folder: string): boolean {
        const file = resolvePath(this.#root, `${folder}/Dockerfile`);
        const read = this.#built.has(file) ? { unknown: "" } : readDockerfileText(file);
        const reading = "text" in read && this.#read(read.text);
        return reading !== false && "uses" in reading && reading.uses.size > 0;
    }

    /** As {@link readDockerfile}, once for each text. */
    #read(text: string): DockerfileReading {
        const reading =
            this.#readings.get(text) ??
            readDockerfile(text, { foundations: this.#foundations, stages: "all" });
        this.#readings.set(text, reading);
        return reading;
    }

    /** Compose names a project after its folder, so two equal ones would replace each other's containers. */
    #nameFor(folder: string): string | undefined {
        const [short, long] = namesFor(folder);
        const kept = [short, long].find((each) => this.#owners.get(each) === folder);
        const name = kept ?? (this.#owners.has(short) ? long : short);
        const owner = this.#owners.get(name);
        if (name === "") {
            this.#refuse(
                folder,
                `${folder}: Compose can't name a project after this folder; use letters, digits, "-" and "_"`,
            );
            return undefined;
        }
        if (owner !== undefined && owner !== folder) {
            this.#refuse(
                folder,
                `${folder}: Compose would call it "${name}", as it does ${owner}; rename one of them`,
            );
            return undefined;
        }
        this.#owners.set(name, folder);
        return name;
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

    /**
     * A dev container names its Compose files to Compose, which then reads no others, or builds a Dockerfile without Compose.
     *
     * @param files what Compose reads in the folder, ours the last.
     * @param builds the Dockerfiles that it builds on foundations.
     */
    #devcontainers(folder: string, files: readonly string[], builds: readonly string[]): void {
        for (const name of ["devcontainer.json", ".devcontainer.json", ".devcontainer/devcontainer.json"]) {
            const file = joinPath(folder, name);
            const home = path.posix.dirname(file);
            const text = readText(resolvePath(this.#root, file)) ?? "";
            const named = files.map((each) => `"${relativePath(home, joinPath(folder, each))}"`);
            const ours = named.at(-1) ?? "";
            const [, dockerfile] = /"dockerfile"\s*:\s*"([^"]+)"/i.exec(text) ?? [];
            if (
                dockerfile !== undefined &&
                builds.includes(resolvePath(resolvePath(this.#root, home), dockerfile))
            ) {
                this.warnings.push(
                    `${file} builds ${dockerfile} without Compose, so the container gets none of what is emitted; ` +
                        `have it name ${named.join(" and ")} as its dockerComposeFile, and a service of theirs, instead`,
                );
            } else if (named.some((each) => text.includes(each)) && !text.includes(ours)) {
                this.warnings.push(
                    `${file} names Compose files without ours, so the container gets none of it; add ${ours} to its dockerComposeFile`,
                );
            }
        }
    }

    /** A link to the root's `.env` would bring its list of files along. */
    #copies(folder: string): void {
        if (folder !== "." || this.#envFiles !== "symlink") return;
        this.notes.push(
            "the root's .env lists Compose files of the root alone, so each folder has a .env of its own, and no link to that one",
        );
    }

    #project(folder: string, found: ComposeFiles, whole: string | undefined): ComposeProject | undefined {
        const project = this.#load(folder, found, whole);
        if (!(project instanceof ComposeError)) return project;
        const told = this.#untold(folder, project);
        // It would be taken away again, for a slip of somebody's keyboard.
        if (this.#hasOurs(folder)) {
            this.#refuse(folder, `${told}; what was emitted there still counts, so fix it`);
            return undefined;
        }
        this.warnings.push(told);
        return undefined;
    }

    #untold(folder: string, { message }: ComposeError): string {
        return `${placeOf(folder)}: what its services are built on can't be told: ${this.#relative(message)}`;
    }

    #hasOurs(folder: string): boolean {
        return Object.values(fileNames).some((name) => isOurs(resolvePath(this.#root, `${folder}/${name}`)));
    }

    /** @param whole the service of a compose.yaml that is all ours. */
    #load(folder: string, found: ComposeFiles, whole: string | undefined): ComposeProject | ComposeError {
        const place = resolvePath(this.#root, folder);
        const ours = resolvePath(place, fileNames.whole);
        const theirs = (found.listed ?? found.files)
            .filter((file) => file !== fileNames.listed)
            .map((file) => resolvePath(place, file));
        const read = (file: string): string | undefined => {
            if (whole !== undefined && file === ours) return `services: { ${whole}: { build: . } }`;
            const text = readText(file);
            // What is emitted is no part of what it is emitted for.
            return text !== undefined && isMarked(text) ? "services: {}" : text;
        };
        try {
            const files = whole === undefined ? theirs : [ours, ...theirs];
            return readComposeProject(place, files, read);
        } catch (error) {
            if (error instanceof ComposeError) return error;
            throw error;
        }
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

/** Of its Compose project: the short one, and the one for where another folder has that. */
function namesFor(folder: string): readonly [short: string, long: string] {
    return [
        imageableName(serviceName(path.posix.basename(folder === "." ? "root" : folder))),
        imageableName(serviceName(folder.replaceAll("/", "-"))),
    ];
}

function notBuilt({ services }: ComposeProject): string[] {
    return [...services].filter(([, { build }]) => build === undefined).map(([name]) => name);
}

/** The services in a file that was emitted beside one of the user's; none where it is somebody else's. */
function servicesOfOurs(file: string): readonly string[] {
    const text = readText(file);
    if (text === undefined || !isMarked(text)) return [];
    const read = v.safeParse(v.object({ services: v.record(v.string(), v.unknown()) }), parse(text));
    return read.success ? Object.keys(read.output.services) : [];
}
