import * as path from "node:path";
import { attempt, Problem } from "../problem.ts";
import { imageableName, serviceName } from "../render/composeFile.ts";
import type { Foundation } from "../render/foundation.ts";
import { readManifest } from "./manifest.ts";

/** The names of the Compose projects of folders. Two equal ones would replace each other's containers. */
export class ProjectNames {
    readonly #owners: Map<string, string>;

    /**
     * Folders keep the names that they were deployed with: a new one that got such a name would run on the containers and
     * volumes of the other. Where Git ignores what is emitted, each clone has its own names, as it has its own containers.
     *
     * @param root the repository's root.
     * @param foundations whose folders have their names.
     * @param folders all others.
     */
    constructor(root: string, foundations: readonly Foundation[], folders: readonly string[]) {
        this.#owners = new Map(foundations.map(({ name, folder }) => [name, folder]));
        const lock = attempt(() => readManifest(root));
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

    /**
     * The name of a folder's project, which no other gets from now on.
     *
     * @throws Problem where it can have none.
     */
    take(folder: string): string {
        const [short, long] = namesFor(folder);
        const kept = [short, long].find((each) => this.#owners.get(each) === folder);
        const name = kept ?? (this.#owners.has(short) ? long : short);
        const owner = this.#owners.get(name) ?? folder;
        const reason =
            name === ""
                ? `Compose can't name a project after this folder; use letters, digits, "-" and "_"`
                : `Compose would call it "${name}", as it does ${owner}; rename one of them`;
        if (name === "" || owner !== folder) throw new Problem(`${folder}: ${reason}`);
        this.#owners.set(name, folder);
        return name;
    }
}

/** Of its Compose project: the short one, and the one for where another folder has that. */
function namesFor(folder: string): readonly [short: string, long: string] {
    return [
        imageableName(serviceName(path.posix.basename(folder === "." ? "root" : folder))),
        imageableName(serviceName(folder.replaceAll("/", "-"))),
    ];
}
