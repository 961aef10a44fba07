import * as fs from "node:fs";
import * as path from "node:path";
import { Problem, systemReason } from "../problem.ts";
import { serviceName } from "../render/composeFile.ts";
import { readDockerfile, type DockerfileReading, type FoundationUse } from "../render/dockerfile.ts";

/** An application that is built on the foundation. */
export interface App {
    /** Relative to the project, with `/` between its parts, such as `apps/app1`. */
    readonly folder: string;
    /** Its name as a Compose service, made from the folder's. */
    readonly service: string;
    readonly use: FoundationUse;
}

/**
 * Finds the apps: the folders under `apps/` that have a Dockerfile, in byte order.
 *
 * @param root the project's folder.
 * @param replaces references that stand for the foundation in Dockerfiles which were written before it.
 * @throws Problem listing every app that can't be read, doesn't use the foundation, or shares a service name.
 */
export function readApps(root: string, replaces: readonly string[]): App[] {
    const home = path.join(root, "apps");
    if (!fs.existsSync(home)) return [];
    const apps: App[] = [];
    const findings: string[] = [];
    // Compose names a project after its folder, so two equal ones would replace each other's containers.
    const owners = new Map([["foundation", "foundation"]]);
    for (const name of fs.readdirSync(home).sort()) {
        const reading = readUse(path.join(home, name), replaces);
        if (reading === undefined) continue;
        const folder = `apps/${name}`;
        const service = serviceName(name);
        const owner = owners.get(service);
        if (service === "" || /\s/.test(name)) {
            findings.push(
                `${folder}: Compose can't name a project after this folder; use letters, digits, "-" and "_"`,
            );
        } else if (owner !== undefined) {
            findings.push(
                `${folder}: Compose would call it "${service}", as it does ${owner}; rename one of them`,
            );
        }
        owners.set(service, folder);
        if ("problem" in reading) findings.push(`${folder}/Dockerfile: ${reading.problem}`);
        else apps.push({ folder, service, use: reading.use });
    }
    if (findings.length > 0) throw Problem.of("not every app can be built on the foundation", findings);
    return apps;
}

/** How the folder's Dockerfile names the foundation; undefined when the folder has none, and so is no app. */
export function readUse(folder: string, replaces: readonly string[]): DockerfileReading | undefined {
    const file = path.join(folder, "Dockerfile");
    try {
        if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
        // A link that leads nowhere is somebody's Dockerfile as well, so what it leads to isn't asked.
        if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
        return readDockerfile(fs.readFileSync(file, "utf8"), replaces);
    } catch (error) {
        return {
            problem: `it can't be read (${systemReason(error)}); put a readable file there, or move the folder out of apps/`,
        };
    }
}
