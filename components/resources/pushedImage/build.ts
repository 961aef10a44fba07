import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { withBuildConfiguration } from "../../docker/buildConfiguration.ts";
import { streamDocker } from "../../docker/docker.ts";
import { engineBuilder } from "../../docker/builder.ts";
import { Problem } from "../../problem.ts";
import { redacted } from "../../redacted.ts";
import { baseImages } from "../../render/dockerfile.ts";
import { usualDockerfile } from "../../render/foundation.ts";
import { imageReference } from "../../render/imageReference.ts";
import type { Context } from "../resource.ts";
import type { Inputs } from "./pushedImage.ts";
import { buildSecrets, missingSecrets } from "./secrets.ts";

/**
 * Builds the image, pushes it under both tags, and gives the digest that was pushed.
 *
 * @throws Problem when that fails, in the builder's words.
 */
export async function buildAndPush(inputs: Inputs, { root, signal, progress }: Context): Promise<string> {
    const missing = missingSecrets(inputs, root);
    const { source = usualDockerfile } = inputs;
    if (missing.length > 0) {
        throw Problem.of(`${source} is not built without what is configured for it:`, missing);
    }
    const builder = inputs.builder ?? (await engineBuilder(signal));
    const home = path.join(root, ".foundation", "docker");
    const { pushServer: server, pushUsername: username, pushPassword: password } = inputs;
    return withBuildConfiguration(
        home,
        [{ server, username, password }],
        pullsFrom(root, inputs),
        async ({ folder, env }) => {
            const metadata = path.join(folder, "metadata.json");
            const secrets = buildSecrets(inputs, root);
            const args = [
                ...buildArguments(inputs, builder),
                ...secrets.args,
                ...["--metadata-file", metadata, inputs.context],
            ];
            const log: string[] = [];
            const surroundings = { cwd: root, signal, env: { ...env, ...secrets.env } };
            const succeeded = await streamDocker(args, surroundings, (said) => {
                const line = redacted(said, secrets.texts);
                log.push(line);
                calmly(line).forEach(progress);
            });
            progress("");
            if (!succeeded) throw (await import("./faults.ts")).buildProblem(log, inputs);
            return pushedDigest(metadata);
        },
    );
}

/** The arguments of `docker`, but for the context and where the metadata goes. */
export function buildArguments(inputs: Inputs, builder: string): readonly string[] {
    const { pushServer: server, repository, tag, channel, target, platforms, rebuild, attest } = inputs;
    const reference = (name: string) => imageReference({ server, repository, tag: name });
    const { dockerfile, extraHosts = {}, buildContexts = {}, labels = {}, cache, parents = [] } = inputs;
    const pinned = parents.map((parent) => ({
        ...parent,
        reference: imageReference({ server, repository: parent.repository, digest: parent.digest }),
    }));
    const buildArgs = {
        SOURCE_DATE_EPOCH: imageTime,
        ...inputs.buildArgs,
        ...Object.fromEntries(
            pinned.flatMap(({ argument, reference }) =>
                argument === undefined ? [] : [[argument, reference]],
            ),
        ),
    };
    const contexts = [
        ...Object.entries(buildContexts),
        ...pinned.flatMap((parent) =>
            parent.contexts.map((name) => [name, `docker-image://${parent.reference}`] as const),
        ),
    ];
    return [
        ...["buildx", "build", "--builder", builder, "--progress", "plain"],
        ...["--tag", reference(tag), "--tag", reference(channel)],
        // What `--push` stands for, with the media types named: builders have had different ones for a default.
        ...["--output", "type=image,push=true,oci-mediatypes=true"],
        // Whoever builds next, with whichever builder, takes the steps that haven't changed from the registry.
        ...["--cache-to", "type=inline", "--cache-from", `type=registry,ref=${reference(channel)}`],
        // Each has the time of the build in it.
        `--provenance=${attest.includes("provenance")}`,
        `--sbom=${attest.includes("sbom")}`,
        // Not the reference, which is another one in each registry: the same content has one digest in all of them.
        ...["--label", `foundation.tag=${tag}`],
        ...Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
        ...contexts.flatMap(([name, place]) => ["--build-context", `${name}=${place}`]),
        ...Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]),
        ...Object.entries(extraHosts).flatMap(([name, address]) => ["--add-host", `${name}:${address}`]),
        ...(cache?.from ?? []).flatMap((place) => ["--cache-from", place]),
        ...(cache?.to ?? []).flatMap((place) => ["--cache-to", place]),
        ...(dockerfile === undefined ? [] : ["--file", dockerfile]),
        ...(target === undefined ? [] : ["--target", target]),
        ...(platforms.length === 0 ? [] : ["--platform", platforms.join(",")]),
        ...(rebuild === undefined ? [] : ["--pull", "--no-cache"]),
    ];
}

/** The channel of a first push isn't there yet, which BuildKit takes for an error, and nobody else. */
function calmly(line: string): readonly string[] {
    // In the end it says that once more, as each error between two rules.
    if (line === "------" || line.startsWith(" > importing cache manifest from ")) return [];
    const absent = /^(#\d+) ERROR: failed to configure registry cache importer: (\S+): not found$/;
    return [line.replace(absent, "$1 nothing is cached, for $2 isn't there yet")];
}

/** When an image says it was made, in seconds: the time that the files of its context have. */
const imageTime = String(Date.UTC(2000, 0, 1) / 1000);

/** Whether a Dockerfile, or what is given to it, may name a server. */
function pullsFrom(root: string, inputs: Inputs): (server: string) => boolean {
    const { target, buildArgs, buildContexts = {}, cache } = inputs;
    const file = inputs.dockerfile ?? path.join(inputs.context, "Dockerfile");
    const dockerfile = fs.readFileSync(path.join(root, file), "utf8");
    const named = [
        dockerfile,
        ...Object.values(buildArgs),
        ...Object.values(buildContexts),
        ...(cache?.from ?? []),
        ...(cache?.to ?? []),
        ...baseImages(dockerfile, target, buildArgs),
    ].join("\n");
    return (server) => named.includes(server);
}

/** The part of buildx's `--metadata-file` that is used here. */
const Metadata = v.object({ "containerimage.digest": v.optional(v.string()) });

function pushedDigest(metadata: string): string {
    const { "containerimage.digest": digest } = v.parse(
        Metadata,
        JSON.parse(fs.readFileSync(metadata, "utf8")),
    );
    if (digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
    throw new Problem({
        wrong: "the push gave no digest, so nobody could tell what was published",
        found: JSON.stringify(digest),
        remedy: "see that the builder is one of BuildKit's, and run `pulumi up` again",
    });
}
