import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { readDockerfile } from "../../components/render/dockerfile.ts";

/** What a repository has to do with images. Paths are relative to its root, with `/`. */
export interface Survey {
    readonly dockerfiles: readonly SurveyedDockerfile[];
    readonly projects: readonly SurveyedProject[];
    /** Every file that Git has or would take, without those it ignores. */
    readonly files: readonly string[];
}

export interface SurveyedDockerfile {
    readonly path: string;
    /** What each FROM, COPY --from and RUN --mount names, without earlier stages. */
    readonly images: readonly { readonly image: string; readonly written: string }[];
    /** Why it can't be read. */
    readonly problem?: string;
}

/** A folder with a Compose file. */
export interface SurveyedProject {
    readonly path: string;
    readonly builds: readonly {
        readonly context: string;
        readonly dockerfile: string;
        /** What Compose calls the image. */
        readonly image?: string | undefined;
    }[];
    /** Why it can't be read. */
    readonly problem?: string;
}

const dockerfileName = /^(?:(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|[\w.-]+\.(?:D|d)ockerfile)$/;
const composeName = /^(?:docker-)?compose\.ya?ml$/;

/** Looks at the repository whose root this is. */
export function survey(root: string): Survey {
    const files = listFiles(root);
    const named = (pattern: RegExp): string[] =>
        files.filter((file) => {
            const name = path.posix.basename(file);
            return pattern.test(name) && !name.endsWith(".dockerignore");
        });
    return {
        files,
        dockerfiles: named(dockerfileName).map((file) => readOne(root, file)),
        projects: named(composeName).map((file) => readProject(root, file)),
    };
}

function listFiles(root: string): string[] {
    try {
        const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28, stdio: "pipe" } as const;
        const names = execFileSync("git", args, options).split("\0");
        return [...new Set(names)].filter((name) => isFile(path.join(root, name))).sort();
    } catch {
        // No Git here, or no repository of its.
        return fs
            .globSync("**/*", {
                cwd: root,
                exclude: (name) => /(?:^|[\\/])(?:node_modules|\.[^\\/]+)$/.test(name),
            })
            .filter((name) => isFile(path.join(root, name)))
            .map((name) => name.replaceAll("\\", "/"))
            .sort();
    }
}

function isFile(file: string): boolean {
    return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function readOne(root: string, file: string): SurveyedDockerfile {
    const reading = readDockerfile(fs.readFileSync(path.join(root, file), "utf8"), {
        foundations: [],
        stages: "all",
    });
    if ("problems" in reading) return { path: file, images: [], problem: reading.problems.join("; ") };
    const images = reading.images.flatMap(({ image, written }) =>
        image === undefined ? [] : { image, written },
    );
    return { path: file, images };
}

function readProject(root: string, file: string): SurveyedProject {
    try {
        const folder = path.posix.dirname(file);
        const content: unknown = parse(fs.readFileSync(path.join(root, file), "utf8"), { merge: true });
        const services = Object.values(mapOf(mapOf(content)["services"])).map(mapOf);
        return { path: file, builds: services.flatMap((service) => buildOf(folder, service) ?? []) };
    } catch (error) {
        const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
        return { path: file, builds: [], problem: reason };
    }
}

/** Undefined for a service that isn't built, or built from what a variable or a URL names. */
function buildOf(
    folder: string,
    service: Readonly<Record<string, unknown>>,
): SurveyedProject["builds"][number] | undefined {
    const { build } = service;
    const { context = ".", dockerfile = "Dockerfile" } =
        typeof build === "string" ? { context: build } : mapOf(build);
    if (build === undefined || build === null) return undefined;
    if (typeof context !== "string" || typeof dockerfile !== "string") return undefined;
    if (/\$|:\/\/|^git@/.test(context) || dockerfile.includes("$")) return undefined;
    const place = path.posix.join(folder, context).replace(/(?<=.)\/$/, "");
    if (place.startsWith("..")) return undefined;
    return {
        context: place,
        dockerfile: path.posix.join(place, dockerfile),
        image: typeof service["image"] === "string" ? service["image"] : undefined,
    };
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
