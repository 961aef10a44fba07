import { docker, DockerError } from "../../components/docker/docker.ts";
import { askEngine } from "../../components/docker/engine.ts";
import { engineBuilder } from "../../components/docker/builder.ts";
import { imageStore } from "../../components/docker/images.ts";
import { platformFor } from "../../components/oci/platform.ts";
import { helperFault } from "../../components/oci/dockerLogin.ts";
import { Problem } from "../../components/problem.ts";
import { absent, builderProblem, emulateIt, refused } from "../../components/resources/pushedImage/faults.ts";
import { ok, warn, type Outcome } from "./check.ts";

/** A builder that runs in a container may have to be started first. */
const patienceSeconds = 20;

/** What shows that the registry has answered: there is no such image, or not for everybody. */
const answered = new RegExp(`${absent}|${refused}`, "im");
const unreachable = /failed to do request|dial tcp|connection refused|no such host|timeout|x509/i;

/**
 * Whether the builder of a deployment answers, and reaches the registry from where it runs: it is asked to build on an
 * image that isn't there.
 *
 * @param builder as configured; undefined stands for the engine's own.
 * @param server host and port that a deployment pushes to.
 */
export async function checkBuild(builder: string | undefined, server: string): Promise<Outcome> {
    const signal = AbortSignal.timeout(patienceSeconds * 1000);
    const name = builder ?? (await engineBuilder(signal));
    const reached = `${name} reaches ${server}`;
    const args = ["buildx", "build", "--builder", name, "--progress", "plain", "-"];
    try {
        const input = `FROM ${server}/foundation-doctor:none\n`;
        await docker(args, { input, seconds: patienceSeconds });
        return ok(reached);
    } catch (error) {
        if (!(error instanceof DockerError)) throw error;
        const said = /^ERROR: .*/m.exec(error.message)?.[0] ?? error.message;
        const helper = helperFault(said);
        if (helper !== undefined) return warn(helper.wrong, helper.remedy);
        if (answered.test(said)) return ok(reached);
        return unreachable.test(said)
            ? warn(`${name} can't reach ${server} to publish: ${said}`, wayTo(server, builder))
            : warn(
                  `${name} can't build what is published: ${said}`,
                  "see `docker buildx ls`, and choose another with `pulumi config set builder <name>`",
              );
    }
}

/** Whether the builder of a deployment can make what is configured. */
export async function checkAbility({
    builder,
    attest,
    platforms,
}: {
    readonly builder: string | undefined;
    readonly attest: readonly string[];
    /** Of each image. */
    readonly platforms: readonly (readonly string[])[];
}): Promise<Outcome> {
    const several = platforms.some((wanted) => wanted.length > 1);
    if (builder === undefined && (several || attest.length > 0)) {
        const store = await askEngine(imageStore);
        if (store === "classic") throw new Problem(builderProblem(several ? "platforms" : "attest"));
    }
    const wanted = [...new Set(platforms.flat())];
    if (wanted.length === 0) return ok("for the builder's own platform");
    const name = builder ?? (await engineBuilder(AbortSignal.timeout(patienceSeconds * 1000)));
    const told = await docker(["buildx", "inspect", name], { seconds: patienceSeconds });
    const has = [...told.matchAll(/^Platforms:\s*(.*)$/gm)].flatMap(([, list = ""]) =>
        list.split(/\*?,\s*|\*$/),
    );
    const missing = wanted.filter((platform) => platformFor(platform, has) === undefined);
    // A builder that was never started tells none.
    if (has.length === 0 || missing.length === 0) return ok(`${name} builds for ${wanted.join(", ")}`);
    return warn(`${name} can't run programs for ${missing.join(", ")}`, emulateIt);
}

function wayTo(server: string, builder: string | undefined): string {
    if (builder === undefined) return `see that ${server} runs, and that the engine's network leads there`;
    return /^localhost:/.test(server)
        ? "let it use this machine's network: `docker buildx create --name <name> --driver-opt network=host`, then `pulumi config set builder <name>`"
        : `see \`docker buildx inspect ${builder}\`, and that its network leads to ${server}`;
}
