import * as fs from "node:fs";
import * as path from "node:path";
import { Problem, systemReason } from "../problem.ts";
import { serviceName } from "../render/composeFile.ts";
import { notFound, readDockerfile, type FoundationUse } from "../render/dockerfile.ts";

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

/** Either the use of the foundation or one text that says what to change. */
export type UseReading = { readonly use: FoundationUse } | { readonly problem: string };

/** How the folder's Dockerfile names the foundation; undefined when the folder has none, and so is no app. */
export function readUse(folder: string, replaces: readonly string[]): UseReading | undefined {
    const file = path.join(folder, "Dockerfile");
    try {
        if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
        // A link that leads nowhere is somebody's Dockerfile as well, so what it leads to isn't asked.
        if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
        const text = fs.readFileSync(file, "utf8");
        const link = linkProblem(file);
        return link === undefined ? useIn(text, replaces) : { problem: link };
    } catch (error) {
        return {
            problem: `it can't be read (${systemReason(error)}); put a readable file there, or move the folder out of apps/`,
        };
    }
}

/** Every stage counts: a developer's override may build another one than the last. */
function useIn(text: string, replaces: readonly string[]): UseReading {
    const foundation = { name: "foundation", argument: "FOUNDATION_IMAGE", replaces };
    const reading = readDockerfile(text, { foundations: [foundation], stages: "all" });
    if ("problems" in reading) return { problem: reading.problems.join("\n") };
    const use = reading.uses.get(foundation.name);
    return use === undefined ? { problem: notFound(reading.images, foundation) } : { use };
}

/**
 * BuildKit gets the folder of the Dockerfile and follows links in it, as if the folder were the root: what lies outside
 * isn't there, and an absolute link starts at the folder.
 */
function linkProblem(file: string): string | undefined {
    if (!fs.lstatSync(file).isSymbolicLink()) return undefined;
    const target = fs.readlinkSync(file);
    const real = path.relative(fs.realpathSync(path.dirname(file)), fs.realpathSync(file));
    const leaves = [target, path.normalize(target), real].some(
        (to) => path.isAbsolute(to) || /^\.\.([\\/]|$)/.test(to),
    );
    if (!leaves) return undefined;
    return `it is a link to ${target}, which a build can't follow out of the folder; put the file itself there`;
}
