import { DockerError } from "../../components/docker/docker.ts";
import { Problem, type ProblemParts } from "../../components/problem.ts";
import { isAtLeast } from "../../components/versions.js";
import { buildx, compose, engine, pulumiOf, type Tool } from "../tools.ts";

/**
 * Looks for what a deployment needs.
 *
 * @throws Problem with everything that is missing or too old, and where to get it.
 */
export async function checkRequirements(project: string): Promise<void> {
    const looks = await Promise.all([pulumiOf(project), engine, buildx, compose].map(lookFor));
    const findings = looks.flatMap((finding) => finding ?? []);
    // One that Docker itself lacks is said once, not by each of its parts.
    const different = [...new Map(findings.map((finding) => [finding.wrong, finding])).values()];
    if (different.length > 0) throw Problem.of("this machine can't deploy yet", different);
}

async function lookFor({ name, minimum, link, version }: Tool): Promise<ProblemParts | undefined> {
    const remedy = `install it from ${link}`;
    try {
        const found = await version();
        if (isAtLeast(found, minimum)) return undefined;
        return { wrong: `${name} must be ${minimum} or newer`, found, remedy };
    } catch (error) {
        if (error instanceof DockerError) {
            const [said = ""] = error.message.split("\n");
            return { wrong: `${name} does not answer (${said})`, remedy };
        }
        if (error instanceof Problem) return error.parts;
        throw error;
    }
}
