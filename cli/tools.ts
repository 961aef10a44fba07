import { ask } from "../components/docker/ask.ts";
import { MINIMUM_BUILDX, MINIMUM_COMPOSE, MINIMUM_ENGINE, MINIMUM_PULUMI } from "../components/versions.js";
import { pulumi } from "./pulumi/run.ts";

/** A program that a deployment needs, or that builds on what was deployed. */
export interface Tool {
    readonly name: string;
    readonly minimum: string;
    /** Where it is installed from. */
    readonly link: string;
    /** Asks for its version; a problem where there is none. */
    readonly version: () => Promise<string>;
}

export const engine: Tool = {
    name: "the Docker engine",
    minimum: MINIMUM_ENGINE,
    link: "https://docs.docker.com/get-docker/",
    version: async () => (await ask(["version", "--format", "{{.Server.Version}}"])).trim(),
};

export const buildx: Tool = {
    name: "Docker buildx",
    minimum: MINIMUM_BUILDX,
    link: "https://github.com/docker/buildx#installing",
    version: async () => ((await ask(["buildx", "version"])).split(" ")[1] ?? "").trim(),
};

export const compose: Tool = {
    name: "Docker Compose",
    minimum: MINIMUM_COMPOSE,
    link: "https://docs.docker.com/compose/install/",
    version: async () => (await ask(["compose", "version", "--short"])).trim(),
};

/** What to do about one that is too old. */
export function newerOne({ link }: Tool): string {
    return `install a newer one: ${link}`;
}

/** The Pulumi that a project is deployed with. */
export function pulumiOf(project: string): Tool {
    return {
        name: "Pulumi",
        minimum: MINIMUM_PULUMI,
        link: "https://www.pulumi.com/docs/install/",
        version: async () => (await pulumi(project, ["version"])).trim(),
    };
}
