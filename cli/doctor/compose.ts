import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { ask } from "../../components/docker/ask.ts";
import { docker, DockerError } from "../../components/docker/docker.ts";
import type { Clone } from "../../components/workspace/clone.ts";
import { filesRead } from "../../components/workspace/composeFiles.ts";
import { inOneLine } from "../terminal.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";
import { isFree } from "./ports.ts";

/** What of `docker compose config --format json` is looked at. */
const Project = v.object({
    name: v.string(),
    services: v.nullish(
        v.record(
            v.string(),
            v.object({
                build: v.nullish(
                    v.object({
                        context: v.optional(v.string(), ""),
                        dockerfile: v.optional(v.string()),
                    }),
                ),
                ports: v.nullish(
                    v.array(
                        v.object({
                            published: v.optional(v.string()),
                            host_ip: v.optional(v.string()),
                            protocol: v.optional(v.string()),
                        }),
                    ),
                    [],
                ),
            }),
        ),
        {},
    ),
});
type Project = v.InferOutput<typeof Project>;

/** Some have hundreds of folders, and nobody waits for minutes. */
const patienceMs = 15_000;

/**
 * What Compose itself says to each folder's files, whether what its services are built from is there, and whether others
 * have the ports that they publish.
 */
export async function checkCompose({ root, folders }: Clone): Promise<Outcome> {
    const composed = folders.filter((folder) => filesRead(path.join(root, folder)).length > 0);
    const left = [...composed];
    const refused: string[] = [];
    const missing: string[] = [];
    const taken: string[] = [];
    const end = Date.now() + patienceMs;
    const work = async (): Promise<void> => {
        while (Date.now() < end) {
            const folder = left.shift();
            if (folder === undefined) return;
            const project = await read(path.join(root, folder));
            if (typeof project === "string") {
                refused.push(`${folder}: ${project.replaceAll(`${root}/`, "")}`);
                continue;
            }
            missing.push(...missingSources(project).map((place) => path.relative(root, place)));
            taken.push(...(await takenPorts(project)).map((port) => `${folder} publishes ${port}`));
        }
    };
    await Promise.all([work(), work()]);
    if (refused.length > 0) {
        return fail(
            `Compose refuses what is in ${refused.sort().join("; ")}`,
            "fix that; `docker compose config` in the folder tells whether Compose takes it",
        );
    }
    if (missing.length > 0) {
        return fail(
            `Compose builds from what isn't there: ${[...new Set(missing)].sort().join(", ")}`,
            "put it there, or change the `build` that names it",
        );
    }
    if (taken.length > 0) {
        return warn(
            taken.sort().join("; "),
            "stop that, or have the service publish another port, in its `ports` or a variable that they name",
        );
    }
    const seen = left.length === 0 ? "" : `the first ${composed.length - left.length} of `;
    return ok(`Compose takes what is in ${seen}${composed.length} folders, and their ports are free`);
}

/** The project in a folder, or why Compose refuses it. */
async function read(cwd: string): Promise<Project | string> {
    try {
        const text = await docker(["compose", "config", "--format", "json"], { cwd });
        return v.parse(v.pipe(v.string(), v.parseJson(), Project), text);
    } catch (error) {
        if (!(error instanceof DockerError)) throw error;
        // Of a line that it can't read, Compose shows a part, which may be a password.
        return inOneLine(error.message).replace(/(\.env: line \d+): .*/, "$1");
    }
}

/** Folders and Dockerfiles that services are built from, and that aren't there. A URL is no folder. */
function missingSources({ services }: Project): readonly string[] {
    return Object.values(services).flatMap(({ build }) => {
        // Compose writes what it could read again.
        const [context = "", dockerfile] = [build?.context, build?.dockerfile].map((text) =>
            text?.replaceAll("$$", "$"),
        );
        if (!path.isAbsolute(context)) return [];
        if (!fs.existsSync(context)) return [context];
        const file = dockerfile === undefined ? context : path.resolve(context, dockerfile);
        return fs.existsSync(file) ? [] : [file];
    });
}

async function takenPorts({ name, services }: Project): Promise<readonly string[]> {
    const ports = Object.values(services)
        .flatMap((service) => service.ports)
        .filter(({ protocol }) => protocol !== "udp");
    const found = await Promise.all(
        // Docker chooses where there is a range, or nothing.
        ports.map(async ({ published = "", host_ip: host = "0.0.0.0" }) => {
            if (!/^\d+$/.test(published) || published === "0") return [];
            if (await isFree(Number(published), host)) return [];
            const format = '{{.Label "com.docker.compose.project"}} {{.Names}}';
            const lines = (await ask(["ps", "--filter", `publish=${published}`, "--format", format])).split(
                "\n",
            );
            if (lines.some((line) => line.startsWith(`${name} `))) return [];
            const [, container] = lines[0]?.split(" ") ?? [];
            return `${published}, which ${container === undefined ? "another program" : `the container ${container}`} has`;
        }),
    );
    return found.flat();
}
