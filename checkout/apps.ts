import * as fs from "node:fs";
import * as path from "node:path";
import { Problem } from "../problem.ts";
import { serviceName } from "../render/composeFile.ts";
import { readDockerfile, type FoundationUse } from "../render/dockerfile.ts";

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
    const names = fs.readdirSync(home).filter((name) => fs.existsSync(path.join(home, name, "Dockerfile")));
    const apps: App[] = [];
    const findings: string[] = [];
    // Compose names a project after its folder, so two equal ones would replace each other's containers.
    const owners = new Map([["foundation", "foundation"]]);
    for (const name of names.sort()) {
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
        const reading = readDockerfile(
            fs.readFileSync(path.join(home, name, "Dockerfile"), "utf8"),
            replaces,
        );
        if ("problem" in reading) findings.push(`${folder}/Dockerfile: ${reading.problem}`);
        else apps.push({ folder, service, use: reading.use });
    }
    if (findings.length > 0) throw Problem.of("not every app can be built on the foundation", findings);
    return apps;
}
