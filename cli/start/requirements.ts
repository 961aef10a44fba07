import { ask } from "../../components/docker/ask.ts";
import { DockerError } from "../../components/docker/docker.ts";
import { Problem, type ProblemParts } from "../../components/problem.ts";
import {
    isAtLeast,
    MINIMUM_BUILDX,
    MINIMUM_COMPOSE,
    MINIMUM_ENGINE,
    MINIMUM_PULUMI,
} from "../../components/versions.js";
import { pulumi } from "../pulumi/run.ts";

/** A program that a deployment needs. */
interface Requirement {
    readonly name: string;
    readonly minimum: string;
    /** Where it is installed from. */
    readonly link: string;
    /** Asks for its version; a problem where there is none. */
    readonly version: () => Promise<string>;
}

function requirements(project: string): readonly Requirement[] {
    return [
        {
            name: "Pulumi",
            minimum: MINIMUM_PULUMI,
            link: "https://www.pulumi.com/docs/install/",
            version: () => pulumi(project, ["version"]),
        },
        {
            name: "the Docker engine",
            minimum: MINIMUM_ENGINE,
            link: "https://docs.docker.com/get-docker/",
            version: () => ask(["version", "--format", "{{.Server.Version}}"]),
        },
        {
            name: "Docker buildx",
            minimum: MINIMUM_BUILDX,
            link: "https://github.com/docker/buildx#installing",
            version: async () => (await ask(["buildx", "version"])).split(" ")[1] ?? "",
        },
        {
            name: "Docker Compose",
            minimum: MINIMUM_COMPOSE,
            link: "https://docs.docker.com/compose/install/",
            version: () => ask(["compose", "version", "--short"]),
        },
    ];
}

/**
 * Looks for what a deployment needs.
 *
 * @throws Problem with everything that is missing or too old, and where to get it.
 */
export async function checkRequirements(project: string): Promise<void> {
    const looks = await Promise.all(requirements(project).map(lookFor));
    const findings = looks.flatMap((finding) => finding ?? []);
    // One that Docker itself lacks is said once, not by each of its parts.
    const different = [...new Map(findings.map((finding) => [finding.wrong, finding])).values()];
    if (different.length > 0) throw Problem.of("this machine can't deploy yet", different);
}

async function lookFor({ name, minimum, link, version }: Requirement): Promise<ProblemParts | undefined> {
    try {
        const found = (await version()).trim();
        if (isAtLeast(found, minimum)) return undefined;
        return { wrong: `${name} must be ${minimum} or newer`, found, remedy: `install it from ${link}` };
    } catch (error) {
        if (error instanceof DockerError) {
            const [said = ""] = error.message.split("\n");
            return { wrong: `${name} does not answer (${said})`, remedy: `install it from ${link}` };
        }
        if (error instanceof Problem) return error.parts;
        throw error;
    }
}
