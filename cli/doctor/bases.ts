import type { FoundationConfig } from "../../components/config.ts";
import { ask } from "../../components/docker/ask.ts";
import { docker, DockerError } from "../../components/docker/docker.ts";
import { helperFault } from "../../components/oci/dockerLogin.ts";
import { Problem } from "../../components/problem.ts";
import { serverOf, splitReference } from "../../components/render/imageReference.ts";
import { absent, hidden, refused } from "../../components/resources/pushedImage/faults.ts";
import { basesOf } from "../../components/workspace/bases.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

interface Base {
    readonly dockerfile: string;
    readonly base: string;
}

/** Whether what the images start from is there, and will be the same tomorrow. */
export async function checkBases(root: string, { images, builder }: FoundationConfig): Promise<Outcome> {
    const bases = images.flatMap(({ name, dockerfile }) =>
        basesOf(root, name, images).map((base) => ({ dockerfile, base })),
    );
    const looked = await Promise.all(bases.map((one) => pullProblem(one, builder)));
    const [problem] = looked.flatMap((outcome) => outcome ?? []).sort(failuresFirst);
    if (problem !== undefined) return problem;
    const floating = bases.filter(({ base }) => splitReference(base).digest === undefined);
    const [first] = floating;
    if (first === undefined) return ok("pinned by digest");
    const places = floating.map(({ dockerfile, base }) => `${dockerfile} starts from ${base}`);
    return warn(
        `${places.join(", ")}, which may be another image tomorrow`,
        `pin it: \`docker buildx imagetools inspect ${first.base}\` shows the digest for @sha256:…`,
    );
}

function failuresFirst(one: Outcome, other: Outcome): number {
    return Number(other.state === "fail") - Number(one.state === "fail");
}

/** Why a build can't get a base image; undefined where it can. */
async function pullProblem({ dockerfile, base }: Base, builder: string | undefined) {
    // The engine's own builder takes what the engine has.
    if (builder === undefined && (await isHere(base))) return undefined;
    const said = await registryProblem(base);
    if (said === undefined) return undefined;
    const helper = helperFault(said);
    if (helper !== undefined) return fail(helper.wrong, helper.remedy);
    const server = serverOf(base);
    const login = `log in with \`docker login ${server}\``;
    const another = `name another in ${dockerfile} or in buildArgs`;
    if (new RegExp(hidden).test(said)) {
        return fail(`there is no base image ${base}, or it needs a login`, `${another}, or ${login}`);
    }
    if (new RegExp(refused, "i").test(said)) {
        return fail(`the base image ${base} can't be pulled without a login`, login);
    }
    if (new RegExp(absent, "im").test(said)) return fail(`there is no base image ${base}`, another);
    return warn(
        `${server} can't be asked for the base image ${base}: ${said.split("\n").at(-1) ?? ""}`,
        `see that ${server} can be reached from here, or have a builder that reaches it or a mirror`,
    );
}

async function isHere(image: string): Promise<boolean> {
    try {
        await ask(["image", "inspect", "--format", "{{.Id}}", image]);
        return true;
    } catch (error) {
        if (error instanceof DockerError) return false;
        throw error;
    }
}

/** What the registry, or its silence, is told as. */
async function registryProblem(image: string): Promise<string | undefined> {
    try {
        await docker(["buildx", "imagetools", "inspect", image]);
        return undefined;
    } catch (error) {
        if (error instanceof Problem) return error.parts.wrong;
        throw error;
    }
}
