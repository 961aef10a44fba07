import { expect } from "chai";
import { buildProblem } from "../../../../components/resources/pushedImage/faults.ts";
import type { Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { inputsFor } from "./standIn.ts";

/** What buildx 0.13 and BuildKit 0.13 and 0.18 say, shortened. `push` is an engine that pushes by itself. */
const solve = "ERROR: failed to solve:";
const head = "http://localhost:5051/v2/f/blobs/sha256:fb2d";
const push = (error: string) => `------\n > pushing localhost:5051/f:1 with docker:\n------\nERROR: ${error}`;
const base = "failed to resolve source metadata for bases.example/team/base:1:";

const cases: readonly (readonly [title: string, said: string, told: RegExp, inputs?: Partial<Inputs>])[] = [
    [
        "a builder that there isn't",
        'ERROR: no builder "nosuch" found',
        /^there is no builder nosuch, so nothing was published .*docker buildx ls.*`pulumi config set builder <name>`/,
    ],
    [
        "a remote builder that doesn't answer",
        '#0 building with "far" instance using remote driver\n\n#1 [internal] waiting for connection\n#1 ERROR: context deadline exceeded\n------\n > [internal] waiting for connection:\n------\nERROR: context deadline exceeded',
        /^the builder far does not answer, .*`docker buildx inspect far`/,
        { builder: "far" },
    ],
    [
        "the engine's own builder that doesn't answer",
        "ERROR: listing workers for Build: failed to list workers: Unavailable",
        /^the Docker engine's builder does not answer, .*start it, see `docker buildx ls`, or choose/,
    ],
    [
        "an engine that is stopped",
        "ERROR: Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
        /^Docker is not running \(.*tcp:\/\/127\.0\.0\.1:1/,
    ],
    [
        "an engine that is stopped, after another error",
        "ERROR: failed to list builders\nERROR: Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
        /^Docker is not running \(ERROR: Cannot connect[^\n]*\); start it/,
    ],
    [
        "a step that looks for an engine of its own",
        `------\n > [2/2] RUN docker ps:\n0.1 Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n------\n${solve} process "/bin/sh -c docker ps" did not complete successfully: exit code: 1`,
        /^foundation\/Dockerfile does not build, /,
    ],
    [
        "several platforms for a builder of one",
        "ERROR: failed to build: Multi-platform build is not supported for the docker driver.\nSwitch to a different driver",
        /^the Docker engine's builder can't build for several platforms, .*`docker buildx create`/,
    ],
    [
        "attestations that the builder can't make",
        "ERROR: failed to build: Attestation is not supported for the docker driver.\nSwitch to a different driver",
        /^the Docker engine's builder can't make what foundation:attest asks for.*`pulumi config rm attest`/,
    ],
    [
        "a scanner that the builder can't get",
        `${solve} failed to resolve source metadata for docker.io/docker/buildkit-syft-scanner:stable-1: failed to do request: Head "https://registry-1.docker.io/v2/docker/buildkit-syft-scanner/manifests/stable-1": dial tcp: lookup registry-1.docker.io: no such host`,
        /^the builder far can't get docker\.io\/docker\/buildkit-syft-scanner:stable-1, .* sbom of foundation:attest.*mirror/,
        { builder: "far", attest: ["sbom"] },
    ],
    [
        "a cache that the builder can't write",
        "ERROR: failed to build: Cache export is not supported for the docker driver.\nSwitch to a different driver",
        /^the Docker engine's builder can't write its cache where foundation:cache asks for it.*`docker buildx create`.*, or remove foundation:cache\.to, and run/,
    ],
    [
        "a secret that nothing says the place of",
        `${solve} failed to solve: secret pip: not found`,
        /^java\/Dockerfile needs the secret pip, .*`pulumi config set --path 'secrets\.pip\.env' <variable>`/,
        { source: "java/Dockerfile" },
    ],
    [
        "one whose name would be a path of its own",
        `${solve} failed to solve: secret pip.conf: not found`,
        /`pulumi config set --path 'secrets\["pip\.conf"\]\.env' <variable>`/,
    ],
    [
        "an SSH key that nothing says the place of",
        `${solve} unset ssh forward key default`,
        /^foundation\/Dockerfile needs an SSH agent or key/,
    ],
    [
        "a target that the Dockerfile doesn't have",
        `#1 DONE 0.0s\n${solve} target stage "nosuch" could not be found`,
        /^the configured target nosuch is no stage of foundation\/Dockerfile, .*`pulumi config set target <stage>`/,
    ],
    [
        "a target of one of several images",
        `#1 DONE 0.0s\n${solve} target stage "nosuch" could not be found`,
        /; set images\.java\.target to <stage>, where images is written, and run/,
        { section: "images.java" },
    ],
    [
        "a full disk",
        `------\n > [2/3] RUN x:\n0.1 write /x: no space left on device\n------\n${solve} process "x" did not complete successfully: exit code: 1`,
        /^the disk of the builder far is full, .*`docker buildx prune --builder far`/,
        { builder: "far" },
    ],
    [
        "a full disk of the engine's own builder",
        `${solve} write /x: no space left on device`,
        /^the disk of the Docker engine's builder is full, .*`docker buildx prune`, and run/,
    ],
    [
        "a platform that nothing emulates",
        `------\n > [linux/arm64 2/2] RUN x:\n0.1 exec /bin/sh: exec format error\n------\n${solve} process "/bin/sh -c x" did not complete successfully: exit code: 255`,
        /^the Docker engine's builder can't run programs for one of the platforms, [^;\n]*; let the machine emulate it with .*binfmt --install all/,
        { platforms: ["linux/arm64"] },
    ],
    [
        "a program for another platform than the builder's own",
        `------\n > [2/2] RUN /tool:\n0.1 /bin/sh: 1: /tool: Exec format error\n------\n${solve} process "/bin/sh -c /tool" did not complete successfully: exit code: 126`,
        /^a step of foundation\/Dockerfile runs a program that is for another platform, or a script without #!, .*; take the one for the builder's own; or .*binfmt/,
    ],
    [
        "a step that gives its program a flag that it doesn't know",
        `------\n > [2/2] RUN helm x --y:\n0.1 Error: unknown flag: --y\n------\n${solve} process "/bin/sh -c helm x --y" did not complete successfully: exit code: 1`,
        /^foundation\/Dockerfile does not build, .*Error: unknown flag: --y/s,
    ],
    [
        "a private base image",
        `${solve} bases.example/team/base:1: ${base} unexpected status from HEAD request to https://bases.example/v2/team/base/manifests/1: 401 Unauthorized`,
        /^the base image bases\.example\/team\/base:1 can't be pulled without a login, .*`docker login bases\.example`/,
    ],
    [
        "a base image in a registry with passwords",
        `${solve} bases.example/team/base:1: ${base} pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
        /^the base image bases\.example\/team\/base:1 can't be pulled without a login, /,
    ],
    [
        "a base image on Docker Hub that there isn't, or that is private",
        `${solve} acme/base: failed to resolve source metadata for docker.io/acme/base:latest: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
        /^there is no base image docker\.io\/acme\/base:latest, or it needs a login, .*; name another in .*`docker login docker\.io`/,
    ],
    [
        "a base image that there isn't",
        `${solve} bases.example/team/base:1: ${base} bases.example/team/base:1: not found`,
        /^there is no base image bases\.example\/team\/base:1, or none for the platform/,
    ],
    [
        "a registry of bases that answers with 404",
        `${solve} bases.example/team/base:1: ${base} unexpected status from HEAD request to https://bases.example/v2/team/base/manifests/1: 404 Not Found`,
        /^there is no base image bases\.example\/team\/base:1, /,
    ],
    [
        "a credential helper that is missing",
        `${solve} debian: failed to resolve source metadata for docker.io/library/debian:12: error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH, out: \`\``,
        /^docker-credential-desktop, which has Docker's logins, is not installed, or not on the PATH, .*; install it, or take it out of \S+config\.json and run/,
    ],
    [
        "a credential helper of another system",
        `${solve} debian: failed to resolve source metadata for docker.io/library/debian:12: error getting credentials - err: fork/exec /usr/bin/docker-credential-desktop.exe: exec format error, out: \`\``,
        /^docker-credential-desktop\.exe, which has Docker's logins, fails \(fork.*exec format error.*; see whether it works by itself, or take it out of/,
    ],
    [
        "a program of another kind that the builder doesn't find",
        `${solve} debian: ${base} exec: "x": executable file not found in $PATH`,
        /^foundation\/Dockerfile does not build/,
    ],
    [
        "a server of bases that can't be reached",
        `${solve} bases.example/team/base:1: ${base} failed to do request: Head "https://bases.example/v2/": dial tcp: lookup bases.example: no such host`,
        /^the Docker engine's builder can't reach bases\.example for the base image bases\.example\/team\/base:1, /,
    ],
    [
        "a registry of bases that was asked too often",
        `${solve} debian:12: failed to resolve source metadata for docker.io/library/debian:12: failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/debian/manifests/sha256:1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
        /^docker\.io has had too many requests for now \(429\), .*`docker login docker\.io`/,
    ],
    [
        "a registry of bases that is out of order",
        `${solve} bases.example/team/base:1: ${base} unexpected status from HEAD request to https://bases.example/v2/team/base/manifests/1: 503 Service Unavailable`,
        /^bases\.example is down, so the base image bases\.example\/team\/base:1 can't be pulled, .*wait/,
    ],
    [
        "a syntax image that can't be reached",
        `------\n > resolve image config for docker-image://docker.io/docker/dockerfile:1:\n------\n${solve} failed to resolve source metadata for docker.io/docker/dockerfile:1: failed to do request: dial tcp: lookup registry-1.docker.io: no such host`,
        /^the Docker engine's builder can't reach docker\.io for the image docker\.io\/docker\/dockerfile:1 of the Dockerfile's syntax line, /,
    ],
    [
        "a step whose network leads nowhere",
        `------\n > [2/2] RUN apt-get update:\n0.2 Err:1 http://deb.debian.org/debian bookworm InRelease\n0.2   Temporary failure resolving 'deb.debian.org'\n------\n${solve} process "/bin/sh -c apt-get update" did not complete successfully: exit code: 100`,
        /^a step of foundation\/Dockerfile can't reach what it asks for, .*DNS and proxy of the Docker engine's builder/,
    ],
    [
        "a step that took too much memory",
        `------\n > [2/2] RUN make:\n0.2 Killed\n------\n${solve} process "/bin/sh -c make" did not complete successfully: exit code: 137`,
        /^a step of foundation\/Dockerfile was killed, .*give the Docker engine's builder more memory/,
    ],
    [
        "a registry that refuses BuildKit's push",
        `${solve} failed to push localhost:5051/f:1: unexpected status from HEAD request to ${head}: 401 Unauthorized`,
        /^localhost:5051 refuses the push of pusher, [^;\n]*; see that this user may push to team\/foundation/,
    ],
    [
        "a registry that refuses the engine's push",
        push("denied: requested access to the resource is denied"),
        /^localhost:5051 refuses the push of pusher, /,
    ],
    [
        "a registry that a container's network doesn't lead to",
        `------\n > exporting to image:\n------\n${solve} failed to push localhost:5051/f:1: failed to do request: Head "${head}": dial tcp [::1]:5051: connect: connection refused`,
        /^the builder far can't reach localhost:5051 to push, .*`docker buildx create --name <name> --driver-opt network=host`/,
        { builder: "far" },
    ],
    [
        "a registry elsewhere whose name has this machine's in it",
        `${solve} failed to push x: failed to do request: Head "${head}": dial tcp: lookup cache.localhost.example: no such host`,
        /^the builder far can't reach cache\.localhost\.example to push, .*; see that the server runs and that the builder's network leads there,/,
        { builder: "far", pushServer: "cache.localhost.example" },
    ],
    [
        "a registry without the repository, which makes none of itself",
        push("failed to build: name unknown"),
        /^localhost:5051 has no repository team\/foundation, and makes none of itself, .*; create it there and run/,
    ],
    [
        "a registry on AWS without the repository",
        `${solve} failed to push localhost:5051/f:1: unexpected status from POST request to ${head}: 404 Not Found: name unknown: The repository with name 'f' does not exist in the registry with id '1'`,
        /^localhost:5051 has no repository team\/foundation, /,
    ],
    [
        "a tag that may not be moved",
        push(
            "failed to build: tag invalid: The image tag 'latest' already exists in the 'f' repository and cannot be overwritten because the tag is immutable.",
        ),
        /^localhost:5051 lets no tag be moved, be it content-1 or the channel latest, .*; except latest from that rule/,
    ],
    [
        "an engine whose login has ended",
        push("failed to build: unauthorized"),
        /^localhost:5051 refuses the push of whoever Docker is logged in as here, .*`docker login localhost:5051`, and see that this user may push/,
        { pushUsername: undefined, pushPassword: undefined },
    ],
    [
        "a registry that is asked too often by the engine",
        push("failed to build: toomanyrequests: rate limit exceeded"),
        /^localhost:5051 has had too many requests for now \(429\), .*; wait a few minutes and run/,
    ],
    [
        "a registry that is asked too often by BuildKit",
        `${solve} failed to push localhost:5051/f:1: unexpected status from PUT request to ${head}: 429 Too Many Requests`,
        /^localhost:5051 has had too many requests for now \(429\), /,
    ],
    [
        "a connection that breaks off in the engine's push",
        push("failed to build: EOF"),
        /^localhost:5051, or a proxy before it, broke off the push, .*; see that nothing on the way limits its size/,
    ],
    [
        "a connection that breaks off in BuildKit's push",
        `${solve} failed to push localhost:5051/f:1: failed to do request: Put "${head}": write tcp 127.0.0.1:4->127.0.0.1:5051: write: connection reset by peer`,
        /^localhost:5051, or a proxy before it, broke off the push, /,
    ],
    [
        "a registry with an error of its own and the engine's push",
        push("failed to build: received unexpected HTTP status: 500 Internal Server Error"),
        /^localhost:5051 did not take the push, .*; see what the registry's log says/,
    ],
    [
        "a registry in trouble with a blob whose digest reads like a refusal",
        `${solve} failed to push localhost:5051/f:1: unexpected status from HEAD request to http://localhost:5051/v2/f/blobs/sha256:a401b403: 503 Service Unavailable`,
        /^localhost:5051 did not take the push, /,
    ],
    [
        "a tag that is locked",
        push("unknown: The operation is disallowed on this registry, repository or image."),
        /^acme\.azurecr\.io has team\/foundation:content-1 locked, .*`az acr repository update --name acme --image team\/foundation:content-1 --write-enabled true`/,
        { pushServer: "acme.azurecr.io" },
    ],
    [
        "a registry that is down",
        push('Get "http://localhost:5051/v2/": dial tcp 127.0.0.1:5051: connect: connection refused'),
        /^the Docker engine's builder can't reach localhost:5051 to push, .*see that the server runs/,
    ],
    [
        "a registry in trouble",
        `${solve} failed to push localhost:5051/f:1: unexpected status from POST request to ${head}: 503 Service Unavailable`,
        /^localhost:5051 did not take the push, /,
    ],
    [
        "a read-only registry and the engine's push",
        push("unknown: Method not allowed"),
        /^localhost:5051 did not take the push, /,
    ],
    [
        "a Docker without buildx",
        "docker: 'buildx' is not a docker command.\nSee 'docker --help'",
        /^Docker has no buildx command, .*imageProvider docker/,
    ],
    [
        "a step that fails, whatever it prints",
        `#5 0.1 ERROR: no builder "x" found\n------\n > [2/2] RUN false:\n0.1 ERROR: no builder "x" found\n0.2 failed to push x: 401\n------\n${solve} process "/bin/sh -c false" did not complete successfully: exit code: 1`,
        /^foundation\/Dockerfile does not build, .*fix it/,
    ],
    [
        "a Dockerfile that can't be read, in a first deployment",
        `#4 ERROR: failed to configure registry cache importer: localhost:5051/f:latest: not found\n------\n > importing cache manifest from localhost:5051/f:latest:\n------\n------\n > [1/1] COPY nosuch /:\n------\n${solve} failed to calculate checksum of ref x: "/nosuch": not found`,
        /^foundation\/Dockerfile does not build, [^\n]*\n------\n > \[1\/1\] COPY nosuch/,
    ],
];

describe("a build that fails", () => {
    for (const [title, said, told, inputs] of cases) {
        it(`for ${title} says so, with the builder's words below`, () => {
            const { message } = buildProblem(said.split("\n"), { ...inputsFor("localhost:5051"), ...inputs });
            expect(message).to.match(told);
            expect(message).to.include(said.split("\n").at(-1));
        });
    }

    it("is told from the rule above its fault, and no mark in what a step printed", () => {
        const log = [
            "#4 0.1 before",
            "#5 0.1 cat a > b",
            ..."0123456789012345678901234567890123456789".split("").map((line) => `#5 0.1 ${line}`),
            ...["------", " > [2/2] RUN false:", "------", "ERROR: failed to solve: exit code: 1"],
        ];
        const [, ...said] = buildProblem(log, inputsFor("localhost:5051")).message.split("\n");
        expect(said).to.deep.equal(log.slice(-4));
    });
});
