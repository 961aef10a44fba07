import { engineProblem } from "../../docker/docker.ts";
import { helperFault } from "../../oci/dockerLogin.ts";
import { Problem } from "../../problem.ts";
import { usualDockerfile } from "../../render/foundation.ts";
import { serverOf } from "../../render/imageReference.ts";
import { ownLoginCommand } from "../../render/ownLogin.ts";
import { pathText } from "../../render/paths.ts";
import type { Inputs } from "./pushedImage.ts";

/** A fault as it is told: `found` is what the pattern found. */
interface Cause {
    /** What only this fault makes the builder say. */
    readonly said: RegExp;
    readonly wrong: (inputs: Inputs, found: string) => string;
    readonly remedy: (inputs: Inputs, found: string) => string;
}

/** What a build that failed is told as, from its log. */
export function buildProblem(log: readonly string[], inputs: Inputs): Problem {
    const said = faultOf(log);
    const errors = errorsOf(said);
    const engine = engineProblem(errors);
    if (engine !== undefined) return engine;
    const helper = helperFault(errors);
    if (helper !== undefined) return problem(helper.wrong, helper.remedy, said);
    for (const { said: pattern, wrong, remedy } of causes) {
        const match = pattern.exec(said);
        if (match === null) continue;
        const found = match.groups?.["found"] ?? "";
        return problem(wrong(inputs, found), remedy(inputs, found), said);
    }
    return problem(`${sourceOf(inputs)} does not build`, "fix it", said);
}

/** What the engine's own builder is told before it has to say so itself. */
export function builderProblem(wanted: "platforms" | "attest"): {
    readonly wrong: string;
    readonly remedy: string;
} {
    const { wrong, remedy } = wanted === "platforms" ? oneBuilder : plainBuilder;
    return { wrong: wrong({}), remedy: remedy() };
}

function sourceOf({ source = usualDockerfile }: Inputs): string {
    return source;
}

function problem(wrong: string, remedy: string, said: string): Problem {
    return new Problem({
        wrong: `${wrong}, so nothing was published or changed`,
        remedy: `${remedy} and run \`pulumi up\` again`,
        said,
    });
}

const oneBuilder = {
    wrong: (inputs: Pick<Inputs, "builder">) => `${builderOf(inputs)} can't build for several platforms`,
    remedy: () => `make one that can with \`docker buildx create\`, and ${chooseBuilder}`,
};

const plainBuilder = {
    wrong: (inputs: Pick<Inputs, "builder">) =>
        `${builderOf(inputs)} can't make what foundation:attest asks for`,
    remedy: () =>
        `make a builder that can with \`docker buildx create\`, and ${chooseBuilder}, or \`pulumi config rm attest\``,
};

const chooseBuilder = "choose another with `pulumi config set builder <name>`";

/** What to do where a builder can't run programs for a platform. */
export const emulateIt = `let the machine emulate it with \`docker run --privileged --rm tonistiigi/binfmt --install all\`, or ${chooseBuilder}`;

/** How builders tell that a registry wants another login. Whole numbers, since a digest may have these digits in it. */
export const refused = String.raw`\b40[13]\b|unauthorized|denied|authorization failed|no basic auth credentials`;
/** That there is no such image. A program that isn't there is "not found" as well. */
export const absent = String.raw`404 not found|(?<=: )not found$`;
/** What a registry says that hides from strangers which images there are; one with passwords alone asks for those. */
export const hidden = "pull access denied(?!.*no basic auth credentials)";
const unreachable = String.raw`dial tcp|connection refused|no such host|i/o timeout|TLS handshake|x509|HTTP response to HTTPS`;

const onPull = String.raw`^ERROR: .*failed to resolve source metadata for (?<found>\S+): .*`;
/** The base image, which BuildKit asks for before anything is built, and what makes a bill of materials. */
const pullCauses: readonly Cause[] = [
    {
        said: /^ERROR: .*failed to resolve source metadata for (?<found>\S+\/buildkit-syft-scanner:\S+): /m,
        wrong: (inputs, image) =>
            `${builderOf(inputs)} can't get ${image}, with which BuildKit makes the sbom of foundation:attest`,
        remedy: () =>
            "let it reach docker.io or a mirror of that (a `mirrors` in its buildkitd.toml), or leave the sbom out of `attest`,",
    },
    {
        said: new RegExp(`${onPull}${hidden}`, "mi"),
        wrong: (_, image) => `there is no ${pulled(image)}, or it needs a login`,
        remedy: (inputs, image) =>
            `${nameAnother(inputs)}, or log in with \`docker login ${serverOf(image)}\`,`,
    },
    {
        said: new RegExp(`${onPull}(${refused})`, "mi"),
        wrong: (_, image) => `the ${pulled(image)} can't be pulled without a login`,
        remedy: (_, image) => `log in with \`docker login ${serverOf(image)}\``,
    },
    {
        said: new RegExp(`${onPull}(\\b429\\b|toomanyrequests)`, "mi"),
        wrong: (_, image) =>
            `${serverOf(image)} has had too many requests for now (429), so the ${pulled(image)} can't be pulled`,
        remedy: (_, image) =>
            `log in with \`docker login ${serverOf(image)}\`, which allows for more, or wait`,
    },
    {
        said: new RegExp(`${onPull}\\b5\\d\\d [A-Z]`, "m"),
        wrong: (_, image) => `${serverOf(image)} is down, so the ${pulled(image)} can't be pulled`,
        remedy: () => "wait until it is back",
    },
    {
        said: new RegExp(`${onPull}(${unreachable})`, "mi"),
        wrong: (inputs, image) =>
            `${builderOf(inputs)} can't reach ${serverOf(image)} for the ${pulled(image)}`,
        remedy: ({ builder }, image) => reach(serverOf(image), builder),
    },
    {
        said: new RegExp(`${onPull}(${absent})`, "mi"),
        wrong: (_, image) => `there is no ${pulled(image)}, or none for the platform`,
        remedy: nameAnother,
    },
];

function nameAnother(inputs: Inputs): string {
    return `name another in ${sourceOf(inputs)} or ${keyOf(inputs, "buildArgs")}`;
}

/** The image that `# syntax` names reads the Dockerfile, and is pulled as any other. */
function pulled(image: string): string {
    return /\/docker\/dockerfile(-upstream)?[:@]/.test(image)
        ? `image ${image} of the Dockerfile's syntax line`
        : `base image ${image}`;
}

// BuildKit's words, and those of an engine that pushes by itself.
const onPush = String.raw`(^ERROR: .*failed to push|^ > pushing .* with docker:$[^]*^ERROR: )`;
const pushCauses: readonly Cause[] = [
    {
        said: new RegExp(
            `${onPush}.*(name unknown|NAME_UNKNOWN|repository .* (does not exist|not found))`,
            "mi",
        ),
        wrong: ({ pushServer, repository }) =>
            `${pushServer} has no repository ${repository}, and makes none of itself`,
        remedy: () => "create it there",
    },
    {
        said: new RegExp(`${onPush}.*(operation is disallowed|DISALLOWED_OPERATION)`, "mi"),
        wrong: ({ pushServer, repository, tag }) => `${pushServer} has ${repository}:${tag} locked`,
        remedy: ({ pushServer, repository, tag }) =>
            `unlock it with \`az acr repository update --name ${pushServer.replace(/[.:].*$/, "")} --image ${repository}:${tag} --write-enabled true\``,
    },
    {
        said: new RegExp(`${onPush}.*immutab`, "mi"),
        wrong: ({ pushServer, tag, channel }) =>
            `${pushServer} lets no tag be moved, be it ${tag} or the channel ${channel}`,
        remedy: ({ channel }) => `except ${channel} from that rule, which is to move with every change,`,
    },
    {
        said: new RegExp(`${onPush}.*(${refused})`, "mi"),
        wrong: ({ pushServer, pushUsername }) =>
            pushUsername === undefined
                ? `${pushServer} refuses the push of whoever Docker is logged in as here, if anybody`
                : `${pushServer} refuses the push of ${pushUsername}`,
        remedy: ({ pushServer, pushUsername, repository }) =>
            `${pushUsername === undefined ? `log in with \`${ownLoginCommand(pushServer)}\`, and ` : ""}see that this user may push to ${repository}`,
    },
    {
        said: new RegExp(`${onPush}.*(${unreachable})`, "mi"),
        wrong: (inputs) => `${builderOf(inputs)} can't reach ${inputs.pushServer} to push`,
        remedy: ({ pushServer, builder }) => reach(pushServer, builder),
    },
    {
        said: new RegExp(`${onPush}.*(\\b429\\b|toomanyrequests)`, "mi"),
        wrong: ({ pushServer }) => `${pushServer} has had too many requests for now (429)`,
        remedy: () => "wait a few minutes",
    },
    {
        said: new RegExp(`${onPush}.*(\\bEOF\\b|connection reset|broken pipe)`, "mi"),
        wrong: ({ pushServer }) => `${pushServer}, or a proxy before it, broke off the push`,
        remedy: () => "see that nothing on the way limits its size or time,",
    },
    {
        said: new RegExp(onPush, "mi"),
        wrong: ({ pushServer }) => `${pushServer} did not take the push`,
        remedy: () => "see what the registry's log says",
    },
];

/**
 * From the more particular to the more general. A line of buildx's own begins with `ERROR: `; what a step has printed
 * has a number before it.
 */
const causes: readonly Cause[] = [
    {
        said: /'buildx' is not a docker command|unknown command: docker buildx|^unknown (shorthand )?flag/m,
        wrong: () => "Docker has no buildx command",
        remedy: () =>
            "install it (https://docs.docker.com/go/buildx/), or build without it with `pulumi config set imageProvider docker`,",
    },
    {
        said: /^ERROR: .*no builder "(?<found>.*)" found/m,
        wrong: (_, name) => `there is no builder ${name}`,
        remedy: () =>
            "see `docker buildx ls`, make one with `docker buildx create`, take the engine's own with `pulumi config rm builder`, or " +
            chooseBuilder,
    },
    {
        said: /^ > \[internal\] (waiting for connection|booting buildkit)|^ERROR: .*(listing workers|failed to dial|no valid drivers found)/m,
        wrong: (inputs) => `${builderOf(inputs)} does not answer`,
        remedy: ({ builder }) =>
            `start it, see \`docker buildx ${builder === undefined ? "ls" : `inspect ${builder}`}\`, or ${chooseBuilder}`,
    },
    { said: /^ERROR: .*Multi-platform build is not supported/m, ...oneBuilder },
    { said: /^ERROR: .*Attestation is not supported/m, ...plainBuilder },
    {
        said: /^ERROR: .*Cache export is not supported/m,
        wrong: (inputs) =>
            `${builderOf(inputs)} can't write its cache where ${keyOf(inputs, "cache")} asks for it`,
        remedy: (inputs) =>
            `make a builder that can with \`docker buildx create\`, and ${chooseBuilder}, or remove ${keyOf(inputs, "cache.to")},`,
    },
    {
        said: /^ERROR: .*secret (?<found>\S+): not found/m,
        wrong: (inputs, id) => `${sourceOf(inputs)} needs the secret ${id}, and nothing says where it is`,
        remedy: (inputs, id) => setting(inputs, pathText(["secrets", id, "env"]), "<variable>"),
    },
    {
        said: /^ERROR: .*(unset ssh forward key|no ssh handler for id)/m,
        wrong: (inputs) => `${sourceOf(inputs)} needs an SSH agent or key, and nothing says which`,
        remedy: (inputs) => setting(inputs, "ssh[0]", "default"),
    },
    {
        said: /^ERROR: .*target stage "(?<found>.*)" could not be found/m,
        wrong: (inputs, target) => `the configured target ${target} is no stage of ${sourceOf(inputs)}`,
        remedy: (inputs) => setting(inputs, "target", "<stage>"),
    },
    {
        said: /no space left on device/,
        wrong: (inputs) => `the disk of ${builderOf(inputs)} is full`,
        remedy: ({ builder }) =>
            `make room, as with \`docker buildx prune${builder === undefined ? "" : ` --builder ${builder}`}\`,`,
    },
    {
        said: /exec format error/i,
        wrong: (inputs) =>
            inputs.platforms.length > 0
                ? `${builderOf(inputs)} can't run programs for one of the platforms`
                : `a step of ${sourceOf(inputs)} runs a program that is for another platform, or a script without #!`,
        remedy: ({ platforms }) =>
            platforms.length > 0 ? emulateIt : `take the one for the builder's own; or ${emulateIt}`,
    },
    ...pullCauses,
    ...pushCauses,
    // What programs of a step print who get no further.
    {
        said: /Temporary failure (in name resolution|resolving)|Could not resolve host|Name or service not known|Network is unreachable/i,
        wrong: (inputs) => `a step of ${sourceOf(inputs)} can't reach what it asks for`,
        remedy: (inputs) =>
            `see that the server is there, and that network, DNS and proxy of ${builderOf(inputs)} lead to it,`,
    },
    {
        said: /did not complete successfully: exit code: 137$/m,
        wrong: (inputs) => `a step of ${sourceOf(inputs)} was killed, as for want of memory`,
        remedy: (inputs) => `give ${builderOf(inputs)} more memory, or have the step use less,`,
    },
];

function keyOf({ section }: Pick<Inputs, "section">, key: string): string {
    return section === undefined ? `foundation:${key}` : `${section}.${key}`;
}

/** A command of Pulumi's would hide all of `images` that Pulumi.yaml has. */
function setting(inputs: Inputs, key: string, value: string): string {
    const path = /[.[]/.test(key) ? `--path '${key}'` : key;
    return inputs.section === undefined
        ? `set it with \`pulumi config set ${path} ${value}\``
        : `set ${keyOf(inputs, key)} to ${value}, where images is written,`;
}

/** How to let a builder reach a server. */
function reach(server: string, builder: string | undefined): string {
    return builder !== undefined && /^(localhost|127\.|\[::1\])/.test(server)
        ? `let it use this machine's network, as with \`docker buildx create --name <name> --driver-opt network=host\`, and ${chooseBuilder},`
        : "see that the server runs and that the builder's network leads there,";
}

function builderOf({ builder }: Pick<Inputs, "builder">): string {
    return builder === undefined ? "the Docker engine's builder" : `the builder ${builder}`;
}

/** The part of BuildKit's plain log that tells of the fault: from the rule above it to the end, or the last lines. */
function faultOf(log: readonly string[]): string {
    // A channel that isn't there yet is in it, too, and no fault.
    const rule = log.findIndex((_, index) => /^ > (?!importing cache)/.test(log[index + 1] ?? ""));
    return log.slice(rule === -1 ? -20 : rule).join("\n");
}

function errorsOf(said: string): string {
    return said
        .split("\n")
        .filter((line) => line.startsWith("ERROR: "))
        .join("\n");
}
