import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { buildAndPush, buildArguments } from "../../../../components/resources/pushedImage/build.ts";
import type { Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { contextIn } from "../../../support/context.ts";
import { withEnvironment } from "../../../toolchain/support.ts";
import { digest, inputsFor, standIns } from "./standIn.ts";

describe("the build of a pushed image", () => {
    const surroundings = standIns();
    const setEnvironment = withEnvironment();
    const inputs = inputsFor("localhost:5051");

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    it("pushes both tags, shares its cache, and leaves out what differs from build to build", () => {
        expect(buildArguments(inputs, "default")).to.deep.equal([
            ...["buildx", "build", "--builder", "default", "--progress", "plain"],
            ...["--tag", "localhost:5051/team/foundation:content-1"],
            ...["--tag", "localhost:5051/team/foundation:latest"],
            ...["--output", "type=image,push=true,oci-mediatypes=true"],
            ...["--cache-to", "type=inline"],
            ...["--cache-from", "type=registry,ref=localhost:5051/team/foundation:latest"],
            ...["--provenance=false", "--sbom=false"],
            ...["--label", "foundation.tag=content-1"],
            ...["--build-arg", "SOURCE_DATE_EPOCH=946684800", "--build-arg", "FOUNDATION_TAG=content-1"],
        ]);
    });

    it("is for the stage and platforms that were asked for, with attestations, and from scratch", () => {
        const asked = {
            target: "slim",
            platforms: ["linux/amd64", "linux/arm64"],
            rebuild: "2026-11",
            attest: ["sbom"] as const,
        };
        const args = buildArguments({ ...inputs, ...asked }, "default").join(" ");
        expect(args).to.include("--target slim --platform linux/amd64,linux/arm64 --pull --no-cache");
        expect(args).to.include("--provenance=false --sbom=true");
    });

    it("says how it was built where that is asked for", () => {
        const args = buildArguments({ ...inputs, attest: ["provenance"] }, "default");
        expect(args).to.include.members(["--provenance=true", "--sbom=false"]);
    });

    it("hands over all that it is asked to, and its parents by digest where they were pushed to", () => {
        const asked = {
            dockerfile: ".foundation/context/dev/content-1.Dockerfile",
            extraHosts: { mirror: "10.0.0.1" },
            buildContexts: { lib: ".foundation/context/dev/files-1", os: "docker-image://debian" },
            labels: { "org.example": "a b" },
            cache: { from: ["type=local,src=/c"], to: ["type=local,dest=/c"] },
            parents: [
                { repository: "base", digest, argument: "BASE", contexts: [] },
                { repository: "team/java", digest, contexts: ["java", "acme/java"] },
            ],
        };
        const args = buildArguments({ ...inputs, ...asked }, "default").join(" ");
        expect(args).to.include(
            `--build-arg FOUNDATION_TAG=content-1 --build-arg BASE=localhost:5051/base@${digest} --build-context`,
        );
        for (const name of ["java", "acme/java"]) {
            expect(args).to.include(
                `--build-context ${name}=docker-image://localhost:5051/team/java@${digest}`,
            );
        }
        expect(args).to.include("--build-context lib=.foundation/context/dev/files-1");
        expect(args).to.include("--build-context os=docker-image://debian");
        expect(args).to.include("--label org.example=a b --add-host mirror:10.0.0.1");
        expect(args).to.include("--cache-from type=local,src=/c --cache-to type=local,dest=/c");
        expect(args).to.include("--file .foundation/context/dev/content-1.Dockerfile");
    });

    const importer = "ERROR: failed to configure registry cache importer:";
    const shown: readonly (readonly [title: string, said: string, instead?: string])[] = [
        [
            "doesn't alarm the first who publishes, where there is no cache yet",
            `#15 ${importer} localhost:5051/f:latest: not found`,
            "#15 nothing is cached, for localhost:5051/f:latest isn't there yet",
        ],
        [
            "doesn't repeat that in the end, between two rules",
            `#15 ${importer} f:latest: not found\n------\n > importing cache manifest from f:latest:\n------\n#16 DONE`,
            "#15 nothing is cached, for f:latest isn't there yet\n#16 DONE",
        ],
        [
            "shows what else it says between rules, without them",
            "------\n > [2/2] RUN a:\n------",
            " > [2/2] RUN a:",
        ],
        ["shows another error as it is", "#6 ERROR: other"],
        ["shows a cache that can't be read for another reason", `#6 ${importer} f:latest: not found in time`],
        ["shows what a step prints as it is", `#7 0.1 #1 ${importer} f:latest: not found`],
    ];
    for (const [title, said, instead = said] of shown) {
        it(`${title}, and nothing once it is done`, async () => {
            const { root, inputs } = await surroundings({ script: `echo "${said}"` });
            const lines: string[] = [];
            await buildAndPush(inputs, { ...contextIn(root), progress: (line) => lines.push(line) });
            expect(lines).to.deep.equal([...instead.split("\n"), ""]);
        });
    }

    it("fails with the builder's words alone", async () => {
        const { root, inputs } = await surroundings({ script: 'echo "ERROR: one"; echo "two"; exit 1' });
        const failure = await buildAndPush(inputs, contextIn(root)).catch((error: unknown) =>
            error instanceof Error ? error.message : String(error),
        );
        expect(failure.split("\n").slice(1)).to.deep.equal(["ERROR: one", "two"]);
    });

    it("has its secrets by name alone, wherever their values are", async () => {
        const { root, inputs, args, noted } = await surroundings({
            script: 'echo "#1 the value of TOKEN is $TOKEN"; echo "#2 $FOUNDATION_BUILD_SECRET_2"',
        });
        setEnvironment("TOKEN", "hush, variable");
        fs.writeFileSync(path.join(root, "a,b"), "hush, file\nline two\n");
        const said: string[] = [];
        await buildAndPush(
            {
                ...inputs,
                secrets: { one: { env: "TOKEN" }, two: { file: "a,b" }, three: { config: "pip" } },
                secretValues: { pip: "hush, stack" },
            },
            { ...contextIn(root), progress: (line) => said.push(line) },
        );
        const given = args().flatMap((word, index, words) => (word === "--secret" ? [words[index + 1]] : []));
        expect(given).to.deep.equal([
            "id=one,env=TOKEN",
            `id=two,"src=${root}/a,b"`,
            "id=three,env=FOUNDATION_BUILD_SECRET_2",
        ]);
        expect(noted("env")).to.include("FOUNDATION_BUILD_SECRET_2=hush, stack");
        expect(args().join(" ")).not.to.include("hush");
        expect(said).to.include("#1 the value of TOKEN is [secret]").and.include("#2 [secret]");
    });

    for (const [title, secret, printed, line] of [
        [
            "the token of an .npmrc, and not its host",
            "//registry.npmjs.org/:_authToken=npm_TOKEN_1\n",
            "fetch https://registry.npmjs.org/a with npm_TOKEN_1",
            "fetch https://registry.npmjs.org/a with [secret]",
        ],
        [
            "the password of an address",
            "[global]\nindex-url = https://user:pass-word-1@pypi.example/simple\n",
            "https://user:pass-word-1@pypi.example/simple/x",
            "https://user:[secret]@pypi.example/simple/x",
        ],
        ["a key with slashes in it", "key = abc/defghijk/lm\n", "it is abc/defghijk/lm", "it is [secret]"],
        ["JSON's strings", '{"auths":{"r":{"auth":"dXNlcjpwYXNz"}}}', "dXNlcjpwYXNz", "[secret]"],
        ["XML's text", "<password>hush-hush</password>", "hush-hush", "[secret]"],
        [
            "a password, and not what its setting is called",
            'registry = https://r.example\nusername: me\n"password": "x"\nmachine m login me password hush-hush\n',
            "the registry has no such username or password as hush-hush",
            "the registry has no such username or password as [secret]",
        ],
        ["a key that ends as Base64 does", "QUJDREVGR0g==\n", "it is QUJDREVGR0g==", "it is [secret]"],
        ["one that begins with another", "abcdefgh abcdefgh12345678", "abcdefgh12345678", "[secret]"],
    ] as const) {
        for (const [place, source] of [
            ["a file", { file: "secret" }],
            ["a variable", { env: "SECRET" }],
        ] as const) {
            it(`shows nothing of a secret in ${place}: ${title}`, async () => {
                const { root, inputs } = await surroundings({ script: 'echo "#1 $PRINTED"' });
                fs.writeFileSync(path.join(root, "secret"), secret);
                setEnvironment("SECRET", secret);
                setEnvironment("PRINTED", printed);
                const said: string[] = [];
                await buildAndPush(
                    { ...inputs, secrets: { one: source } },
                    { ...contextIn(root), progress: (text) => said.push(text) },
                );
                expect(said).to.include(`#1 ${line}`);
            });
        }
    }

    for (const [title, asked, message] of [
        ["a variable", { secrets: { pip: { env: "NO_SUCH" } } }, "pip: the variable NO_SUCH is not set"],
        [
            "a file",
            { secrets: { pip: { file: "nosuch" } } },
            "pip: nosuch can't be read (no such file or directory)",
        ],
        [
            "a value of the stack",
            { secrets: { pip: { config: "x" } } },
            "pip: the stack has no buildSecrets.x",
        ],
        ["an agent", { ssh: ["default"] }, "ssh default: SSH_AUTH_SOCK is not set"],
    ] as const) {
        it(`does not start without ${title} that it is to have`, async () => {
            const { root, inputs, builds } = await surroundings();
            setEnvironment("SSH_AUTH_SOCK", undefined);
            const built = buildAndPush({ ...inputs, ...asked }, contextIn(root));
            expect(await built.catch((error: unknown) => String(error)))
                .to.include("foundation/Dockerfile is not built without what is configured for it:")
                .and.include(message);
            expect(builds()).to.equal(0);
        });
    }

    it("is made by the builder of the current Docker context, unless another is named", async () => {
        const { root, inputs, args } = await surroundings();
        await buildAndPush(inputs, contextIn(root));
        expect(args().slice(0, 4)).to.deep.equal(["buildx", "build", "--builder", "the-context"]);
        await buildAndPush({ ...inputs, builder: "remote" }, contextIn(root));
        expect(args()).to.include("remote");
    });

    it("has the push login in a configuration of its own, and nowhere else", async () => {
        const { root, inputs, args, config, noted } = await surroundings();
        await buildAndPush(inputs, contextIn(root));
        const auth = Buffer.from("pusher:the push password").toString("base64");
        expect(config()["auths"]).to.deep.equal({ [inputs.pushServer]: { auth } });
        expect(noted("modes")).to.equal("drwx------\n-rw-------\n");
        for (const secret of ["the push password", "the pull password", auth]) {
            expect(args().join(" ")).not.to.include(secret);
            expect(noted("env")).not.to.include(secret);
        }
    });

    it("may pull from where the user is logged in, if the Dockerfile names that", async () => {
        const { root, users, inputs, config } = await surroundings();
        const auths = {
            "bases.example": { auth: "base" },
            "https://index.docker.io/v1/": { auth: "hub" },
            "unrelated.example": { auth: "unrelated" },
        };
        fs.writeFileSync(path.join(users, "config.json"), JSON.stringify({ auths }));
        await buildAndPush(inputs, contextIn(root));
        expect(Object.keys(config()["auths"] ?? {})).to.have.members([
            "bases.example",
            "https://index.docker.io/v1/",
            inputs.pushServer,
        ]);
    });

    it("names a server by build arguments alone", async () => {
        const { root, users, inputs, config } = await surroundings();
        fs.writeFileSync(
            path.join(root, inputs.context, "Dockerfile"),
            "ARG HOST\nFROM ${HOST}.example/base\n",
        );
        fs.writeFileSync(path.join(users, "config.json"), '{"auths":{"bases.example":{}}}');
        await buildAndPush({ ...inputs, buildArgs: { HOST: "bases" } }, contextIn(root));
        expect(config()["auths"]).to.have.property("bases.example");
    });

    it("names no server by two texts of which neither does", async () => {
        const { root, users, inputs, config } = await surroundings();
        fs.writeFileSync(path.join(root, inputs.context, "Dockerfile"), "FROM scratch\n");
        fs.writeFileSync(path.join(users, "config.json"), '{"auths":{"bases.example":{}}}');
        await buildAndPush({ ...inputs, buildArgs: { A: "bases", B: ".example" } }, contextIn(root));
        expect(config()["auths"]).not.to.have.property("bases.example");
    });

    for (const [title, script] of [
        ["fails", "exit 1"],
        ["succeeds", ""],
    ] as const) {
        it(`leaves nothing of its configuration when it ${title}`, async () => {
            const { root, inputs, builds } = await surroundings({ script });
            await buildAndPush(inputs, contextIn(root)).catch(() => undefined);
            expect(builds()).to.equal(1);
            expect(fs.readdirSync(path.join(root, ".foundation/docker"))).to.deep.equal([]);
        });
    }

    it("ends when it is interrupted, and leaves nothing of its configuration", async () => {
        const { root, inputs, builds } = await surroundings({ script: "exec sleep 60" });
        const interruption = new AbortController();
        const building = buildAndPush(inputs, contextIn(root, [], interruption.signal)).then(
            () => "none",
            (error: unknown) => String(error),
        );
        while (builds() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        interruption.abort();
        expect(await building).to.match(/docker buildx was interrupted/);
        expect(fs.readdirSync(path.join(root, ".foundation/docker"))).to.deep.equal([]);
    });

    const solve = "ERROR: failed to solve:";
    const notBy = (feature: string) =>
        `ERROR: failed to build: ${feature} is not supported for the docker driver.`;
    const base = `${solve} bases.example/base:1: failed to resolve source metadata for bases.example/base:1:`;
    for (const [title, asked, needed, said, told, done] of [
        [
            "a builder that doesn't answer",
            { builder: "off" },
            "--builder far",
            "#1 [internal] waiting for connection\n#1 ERROR: context deadline exceeded\n------\n > [internal] waiting for connection:\n------\nERROR: context deadline exceeded",
            "choose another with `pulumi config set builder <name>`",
            { builder: "far" },
        ],
        [
            "several platforms",
            { platforms: ["linux/amd64", "linux/arm64"] },
            "--builder far",
            notBy("Multi-platform build"),
            "choose another with `pulumi config set builder <name>`",
            { builder: "far" },
        ],
        [
            "attestations, by another builder",
            { attest: ["sbom"] },
            "--builder far",
            notBy("Attestation"),
            "choose another with `pulumi config set builder <name>`",
            { builder: "far" },
        ],
        [
            "attestations, without them",
            { attest: ["sbom"] },
            "--sbom=false",
            notBy("Attestation"),
            "`pulumi config rm attest`",
            { attest: [] },
        ],
        [
            "a cache",
            { cache: { from: [], to: ["type=local,dest=/c"] } },
            "--builder far",
            notBy("Cache export"),
            "`pulumi config set builder <name>`",
            { builder: "far" },
        ],
        [
            "an SSH key",
            {},
            "--ssh default",
            `${solve} unset ssh forward key default`,
            "`pulumi config set --path 'ssh[0]' default`",
            { ssh: ["default"] },
        ],
        [
            "a base image that there isn't",
            {},
            "BASE=bases.example/base:2",
            `${base} bases.example/base:1: not found`,
            "buildArgs",
            { buildArgs: { FOUNDATION_TAG: "content-1", BASE: "bases.example/base:2" } },
        ],
    ] as const) {
        it(`succeeds once what is said of ${title} is done`, async () => {
            const script = `case "$*" in *"${needed}"*) ;; *) printf '%s\\n' '${said.replaceAll("\n", "' '")}' >&2; exit 1 ;; esac`;
            const { root, inputs } = await surroundings({ script });
            setEnvironment("SSH_AUTH_SOCK", path.join(root, "agent"));
            const build = (more: Partial<Inputs>) =>
                buildAndPush({ ...inputs, ...asked, ...more }, contextIn(root));
            expect(await build({}).catch((error: unknown) => String(error))).to.include(told);
            expect(await build(done)).to.equal(digest);
        });
    }

    for (const [title, said] of [
        ["can't be pulled without a login", "401 Unauthorized"],
        ["isn't there, or needs a login", "pull access denied, repository does not exist"],
        ["was asked for too often", "429 Too Many Requests"],
    ] as const) {
        it(`succeeds after the login that is told of where a base image ${title}`, async () => {
            const script = `grep -q bases.example "$DOCKER_CONFIG/config.json" || { echo '${base} ${said}' >&2; exit 1; }`;
            const { root, users, inputs } = await surroundings({ script });
            const failure = await buildAndPush(inputs, contextIn(root)).catch((error: unknown) =>
                String(error),
            );
            const [, server = ""] = /`docker login (\S+)`/.exec(failure) ?? [];
            const auths = { [server]: { auth: btoa("me:secret") } };
            fs.writeFileSync(path.join(users, "config.json"), JSON.stringify({ auths }));
            expect(await buildAndPush(inputs, contextIn(root))).to.equal(digest);
        });
    }

    it("pushes after the login that is told of, where no other is configured", async () => {
        const said =
            "ERROR: failed to push x: unexpected status from HEAD request to http://x: 401 Unauthorized";
        const script = `grep -q 127.0.0.1 "$DOCKER_CONFIG/config.json" || { echo '${said}' >&2; exit 1; }`;
        const { root, users, inputs } = await surroundings({ script });
        const build = () =>
            buildAndPush({ ...inputs, pushUsername: undefined, pushPassword: undefined }, contextIn(root));
        const failure = await build().catch((error: unknown) => String(error));
        const [, server = ""] = /`docker login (\S+)`/.exec(failure) ?? [];
        const auths = { [server]: { auth: btoa("ci:secret") } };
        fs.writeFileSync(path.join(users, "config.json"), JSON.stringify({ auths }));
        expect(await build()).to.equal(digest);
    });

    it("gives a digest with a builder of BuildKit's, after one that gave none", async () => {
        const script = `case "$*" in *"--builder far"*) ;; *) for file; do case "$file" in */metadata*) echo '{}' >"$file" ;; esac; done; exit 0 ;; esac`;
        const { root, inputs } = await surroundings({ script });
        expect(
            await buildAndPush(inputs, contextIn(root)).catch((error: unknown) => String(error)),
        ).to.include(
            "the push gave no digest, so nobody could tell what was published; see that the builder is one of BuildKit's",
        );
        expect(await buildAndPush({ ...inputs, builder: "far" }, contextIn(root))).to.equal(digest);
    });

    it("says that there is no Docker", async () => {
        const { root, inputs } = await surroundings();
        fs.rmSync(path.join(root, "bin", "docker"));
        const { PATH } = process.env;
        process.env["PATH"] = path.join(root, "bin");
        try {
            const built = buildAndPush({ ...inputs, builder: "remote" }, contextIn(root));
            expect(await built.catch((error: unknown) => String(error))).to.match(/Docker is not installed/);
        } finally {
            process.env["PATH"] = PATH;
        }
    });
});
