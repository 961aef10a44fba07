import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { engines, onEachEngine } from "../support/engines.ts";
import { freePorts, Sandbox, succeeded } from "../support/sandbox.ts";
import { readStatus } from "../support/status.ts";
import { createRemoteBuilder, createSecondBuilder } from "../support/secondBuilder.ts";

interface Manifest {
    readonly mediaType: string;
    readonly manifests?: readonly {
        readonly digest: string;
        readonly platform: { readonly architecture: string };
        readonly annotations?: Readonly<Record<string, string>>;
    }[];
    readonly config?: { readonly digest: string };
    readonly layers?: readonly {
        readonly digest: string;
        readonly annotations?: Readonly<Record<string, string>>;
    }[];
}

/** `pulumi up` on the Dockers that people have, with each kind of builder. */
onEachEngine("the official build", function (engine) {
    this.timeout(900_000);
    let sandbox: Sandbox;
    const removals: (() => Promise<void>)[] = [];
    let container: string | undefined;
    let fresh: string | undefined;
    let apart: string | undefined;
    let remote: string | undefined;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true, engine });
        await sandbox.up();
        // They have nothing of the engine's, whichever it is.
        if (engine.title !== engines()[0].title) return;
        container = await provided("container", createSecondBuilder);
        fresh = await provided("fresh", createSecondBuilder);
        apart = await provided("apart", (at, name) => createSecondBuilder(at, name, "own"));
        const [port = 0] = await freePorts(1);
        remote = await provided("remote", (at, name) => createRemoteBuilder(at, name, port));
    });

    after(async () => {
        try {
            for (const remove of removals.splice(0)) await remove();
        } finally {
            await sandbox.dispose();
        }
    });

    /** The builder's name; undefined where there can't be one. */
    async function provided(
        suffix: string,
        create: (sandbox: Sandbox, name: string) => Promise<(() => Promise<void>) | undefined>,
    ): Promise<string | undefined> {
        const name = `${sandbox.stack}-${suffix}`;
        const remove = await create(sandbox, name);
        if (remove === undefined) return undefined;
        removals.push(remove);
        return name;
    }

    /** Publishes this content, and gives the digest. */
    async function publish(content: string, env: Record<string, string> = {}): Promise<string> {
        sandbox.write("foundation/content", content);
        const args = ["up", "--yes", "--skip-preview", "--stack", sandbox.stack];
        succeeded(await sandbox.run("pulumi", args, { env }), "pulumi up");
        return (await sandbox.outputs())["digest"] ?? "";
    }

    async function ask(path: string): Promise<unknown> {
        const { pullUsername = "", pullPassword = "" } = await sandbox.outputs();
        const authorization = `Basic ${Buffer.from(`${pullUsername}:${pullPassword}`).toString("base64")}`;
        const accept = ["oci.image.index.v1", "oci.image.manifest.v1", "docker.distribution.manifest.v2"]
            .map((type) => `application/vnd.${type}+json`)
            .join(", ");
        const url = `http://localhost:${sandbox.pullPort}/v2/foundation/${path}`;
        return (await fetch(url, { headers: { authorization, accept } })).json();
    }

    async function manifest(digest: string): Promise<Manifest> {
        return (await ask(`manifests/${digest}`)) as Manifest;
    }

    /**
     * All that an image is, for each platform: its layers and its configuration. Not the inline cache in that, which
     * has the time at which each step ran.
     */
    async function imagesOf(digest: string): Promise<readonly unknown[]> {
        const { manifests, config, layers } = await manifest(digest);
        if (manifests !== undefined) {
            const all: unknown[] = [];
            for (const each of manifests) all.push(await imagesOf(each.digest));
            return all;
        }
        const configuration = (await ask(`blobs/${config?.digest ?? ""}`)) as object;
        return [layers, { ...configuration, "moby.buildkit.cache.v0": undefined }];
    }

    /** What is emitted is what was published, and `status` and `verify` find it so, here and in the registry. */
    async function expectFound(digest: string): Promise<void> {
        expect(sandbox.read("apps/app1/.env")).to.include(`FOUNDATION_DIGEST='${digest}'`);
        await sandbox.login();
        const { image = "" } = await sandbox.outputs();
        await sandbox.docker("pull", "--quiet", image);
        const told = readStatus(succeeded(await foundationCommand("status", "--json"), "status"));
        expect(told.foundation.registry).to.deep.equal({ state: "current", detail: null });
        expect(told.foundation.local.state).to.equal("official");
        expect(told.warnings.filter((text) => text.includes("the foundation"))).to.deep.equal([]);
        const verified = succeeded(await foundationCommand("verify"), "verify");
        expect(verified)
            .to.match(/^verified: /m)
            .and.not.include("warning");
    }

    const foundationCommand = (...args: string[]) => sandbox.run("node", ["cli/foundation.cjs", ...args]);

    /** The index has the image for one platform, and beside it how that was built. */
    async function expectProvenance(digest: string): Promise<void> {
        const { manifests = [] } = await manifest(digest);
        const [image, attestation, ...more] = manifests;
        expect(more).to.deep.equal([]);
        expect(image?.platform.architecture).not.to.equal("unknown");
        expect(attestation?.platform.architecture).to.equal("unknown");
        expect(attestation?.annotations).to.deep.equal({
            "vnd.docker.reference.digest": image?.digest,
            "vnd.docker.reference.type": "attestation-manifest",
        });
        const { layers = [] } = await manifest(attestation?.digest ?? "");
        const predicates = layers.map(({ annotations }) => annotations?.["in-toto.io/predicate-type"]);
        expect(predicates.join()).to.match(/^https:\/\/slsa\.dev\/provenance\/v[\d.]+$/);
        const statement = (await ask(`blobs/${layers[0]?.digest ?? ""}`)) as {
            readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
        };
        expect(`sha256:${statement.subject[0]?.digest.sha256 ?? ""}`).to.equal(image?.digest);
    }

    /** Does something with Docker logged in with the push login, which no output of the stack tells. */
    async function asPusher(work: () => Promise<unknown>): Promise<void> {
        const exported = await sandbox.pulumi([
            "stack",
            "export",
            "--show-secrets",
            "--stack",
            sandbox.stack,
        ]);
        const { deployment } = JSON.parse(exported) as {
            deployment: { resources: { urn: string; outputs?: { password: { plaintext: string } } }[] };
        };
        const user = deployment.resources.find(({ urn }) => urn.endsWith("::registry-pusher"));
        const input = JSON.parse(user?.outputs?.password.plaintext ?? '""') as string;
        const server = `localhost:${sandbox.pushPort}`;
        const login = ["login", server, "--username", "foundation-push", "--password-stdin"];
        succeeded(await sandbox.run("docker", login, { input }), "docker login");
        await work();
        await sandbox.docker("logout", server);
    }

    /** Puts an image of one file into the registry, for a foundation to be built on. */
    async function publishBase(content: string): Promise<string> {
        const image = `localhost:${sandbox.pushPort}/base:1`;
        sandbox.write("base/Dockerfile", "FROM debian:bookworm-slim\nCOPY base /base\n");
        sandbox.write("base/base", content);
        await asPusher(() =>
            sandbox.docker("buildx", "build", "--push", "--tag", image, sandbox.path("base")),
        );
        return image;
    }

    describe("with the engine's own builder", () => {
        it("is made in the Docker context default", async () => {
            expect(await publish("in default\n")).to.match(/^sha256:/);
        });

        it("is made in a context of another name, as Docker Desktop has it, whichever way it was chosen", async () => {
            const name = `${sandbox.stack}-context`;
            const endpoint = ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"];
            const host = (await sandbox.docker(...endpoint)).trim();
            await sandbox.docker("context", "create", name, "--docker", `host=${host}`);
            // Where the sandbox has an engine of its own, this is how it says so, and would outrank a context.
            const unset = { DOCKER_HOST: "" };
            const byVariable = await publish("chosen by variable\n", { ...unset, DOCKER_CONTEXT: name });
            const byHost = await publish("chosen by host\n", { DOCKER_HOST: host });
            await sandbox.docker("context", "use", name);
            const byUse = await publish("chosen by use\n", unset);
            await sandbox.docker("context", "use", "default");
            expect(new Set([byVariable, byHost, byUse])).to.have.length(3);
            expect(await sandbox.pulumi(["stack", "export", "--stack", sandbox.stack])).not.to.include(name);
            await sandbox.up("--expect-no-changes");
        });

        it("takes in a base image that has moved when it is rebuilt, and not before", async () => {
            const image = await publishBase("old\n");
            sandbox.write(
                "foundation/Dockerfile",
                `FROM ${image}\nARG FOUNDATION_TAG\nRUN date +%N > /built\nCOPY content /content\n`,
            );
            const before = await manifest(await publish("on a base\n"));
            const { image: first } = await sandbox.outputs();
            await publishBase("new\n");
            await sandbox.configure("rebuild", "1");
            await sandbox.up();
            const outputs = await sandbox.outputs();
            expect(outputs["image"]).not.to.equal(first);
            const after = await manifest(outputs["digest"] ?? "");
            // Debian, what the base adds, the step, and the content.
            const same = after.layers?.map(({ digest }, layer) => digest === before.layers?.[layer]?.digest);
            expect(same).to.deep.equal([true, false, false, true]);
            await sandbox.up("--expect-no-changes");
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "foundation:rebuild"]);
            sandbox.write(
                "foundation/Dockerfile",
                "FROM scratch\nARG FOUNDATION_TAG\nCOPY content /content\n",
            );
        });

        it("pulls a private base with the login of whoever deploys, from the file and from a helper", async () => {
            await publishBase("private\n");
            const { pullUsername: Username = "", pullPassword: Secret = "" } = await sandbox.outputs();
            const server = `localhost:${sandbox.pullPort}`;
            const dockerfile = sandbox.read("foundation/Dockerfile");
            sandbox.write("foundation/Dockerfile", `FROM ${server}/base:1\nCOPY content /content\n`);
            sandbox.write("foundation/content", "not for everybody\n");
            const refused = await sandbox.tryUp();
            expect(refused.output).to.include(
                `the base image ${server}/base:1 can't be pulled without a login`,
            );

            await sandbox.login();
            expect(await publish("with a login in the file\n")).to.match(/^sha256:/);
            await sandbox.docker("logout", server);

            const helper = JSON.stringify({ ServerURL: server, Username, Secret });
            sandbox.write("../bin/docker-credential-sandbox", `#!/bin/sh\ncat <<'END'\n${helper}\nEND\n`);
            fs.chmodSync(sandbox.path("../bin/docker-credential-sandbox"), 0o755);
            const config = sandbox.path("../docker/config.json");
            const before = fs.readFileSync(config, "utf8");
            fs.writeFileSync(
                config,
                JSON.stringify({ ...(JSON.parse(before) as object), credHelpers: { [server]: "sandbox" } }),
            );
            const PATH = `${sandbox.path("../bin")}:${process.env["PATH"]}`;
            expect(await publish("with a login of a helper\n", { PATH })).to.match(/^sha256:/);
            fs.writeFileSync(config, before);
            sandbox.write("foundation/Dockerfile", dockerfile);
        });

        it("is published with its provenance, where the image store can", async function () {
            const driver = await sandbox.docker("info", "--format", "{{.DriverStatus}}");
            if (!driver.includes("io.containerd")) this.skip();
            await configurePath("attest[0]", "provenance");
            const digest = await publish("attested\n");
            await expectProvenance(digest);
            await expectFound(digest);
            await sandbox.up("--expect-no-changes");
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "foundation:attest"]);
        });

        it("says that it can't build for several platforms or attest, where it can't", async () => {
            const driver = await sandbox.docker("info", "--format", "{{.DriverStatus}}");
            for (const [key, values, told] of [
                ["platforms", ["linux/amd64", "linux/arm64"], "can't build for several platforms"],
                ["attest", ["sbom"], "can't make what foundation:attest asks for"],
            ] as const) {
                for (const [index, value] of values.entries()) await configurePath(`${key}[${index}]`, value);
                const { output, exitCode } = await sandbox.tryUp();
                await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, `foundation:${key}`]);
                // The containerd image store can do both, if it has what makes a bill of materials.
                if (driver.includes("io.containerd")) continue;
                expect(exitCode, output).not.to.equal(0);
                expect(output).to.include(told);
            }
        });

        it("names a builder that there isn't", async () => {
            await sandbox.configure("builder", "nosuch");
            sandbox.write("foundation/content", "by nobody\n");
            const { output } = await sandbox.tryUp();
            expect(output).to.include("there is no builder nosuch");
        });
    });

    async function configurePath(key: string, value: string): Promise<void> {
        await sandbox.pulumi([
            "config",
            "set",
            "--stack",
            sandbox.stack,
            "--path",
            `foundation:${key}`,
            value,
        ]);
    }

    describe("with other builders", () => {
        before(function () {
            if (container === undefined || fresh === undefined || apart === undefined || remote === undefined)
                this.skip();
        });

        it("is the same image of the same content, in a container and far away", async () => {
            await sandbox.configure("builder", container ?? "");
            const inContainer = await publish("the same\n");
            await sandbox.configure("builder", remote ?? "");
            await sandbox.up("--expect-no-changes");
            expect(await publish("another\n")).not.to.equal(inContainer);
            const farAway = await publish("the same\n");
            expect(await imagesOf(farAway)).to.deep.equal(await imagesOf(inContainer));
        });

        it("says that a builder can't reach the registry, and how to make one that can", async () => {
            await sandbox.configure("builder", apart ?? "");
            sandbox.write("foundation/content", "from afar\n");
            const { output, exitCode } = await sandbox.tryUp();
            expect(exitCode, output).not.to.equal(0);
            expect(output).to.include(
                `the builder ${apart} can't reach localhost:${sandbox.pushPort} to push`,
            );
            expect(output).to.include("--driver-opt network=host");
        });

        it("is an index where it is for several platforms, the same by both", async () => {
            await configurePath("platforms[0]", "linux/amd64");
            await configurePath("platforms[1]", "linux/arm64");
            const digests: string[] = [];
            for (const builder of [container, remote]) {
                await sandbox.configure("builder", builder ?? "");
                await publish(`to move from, ${builder}\n`);
                digests.push(await publish("for several\n"));
            }
            const [inContainer = "", farAway = ""] = digests;
            expect(await imagesOf(farAway)).to.deep.equal(await imagesOf(inContainer));
            const { mediaType, manifests = [] } = await manifest(farAway);
            expect(mediaType).to.equal("application/vnd.oci.image.index.v1+json");
            expect(manifests.map(({ platform }) => platform.architecture)).to.deep.equal(["amd64", "arm64"]);
            await expectFound(farAway);
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "foundation:platforms"]);
        });

        it("is published with its provenance by both, where that is asked for", async () => {
            await configurePath("attest[0]", "provenance");
            for (const builder of [container, remote]) {
                await sandbox.configure("builder", builder ?? "");
                const digest = await publish(`attested by ${builder}\n`);
                await expectProvenance(digest);
                await expectFound(digest);
                await sandbox.up("--expect-no-changes");
            }
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "foundation:attest"]);
        });

        it("takes the steps above a change from the registry on a machine that has no cache", async () => {
            // An image of its own: the sandbox removes by id what it finds under its names.
            sandbox.write("base/Dockerfile", `FROM debian:bookworm-slim\nLABEL sandbox=${sandbox.stack}\n`);
            const base = `localhost:${sandbox.pushPort}/debian:1`;
            await asPusher(() =>
                sandbox.docker("buildx", "build", "--push", "--tag", base, sandbox.path("base")),
            );
            // Below the step, as it is another one each time.
            const lines = [
                `FROM ${base}`,
                "RUN date > /expensive",
                "ARG FOUNDATION_TAG",
                "COPY content /content",
                "",
            ];
            sandbox.write("foundation/Dockerfile", lines.join("\n"));
            await sandbox.configure("builder", container ?? "");
            const before = await manifest(await publish("above\n"));
            await sandbox.configure("builder", fresh ?? "");
            const after = await manifest(await publish("below\n"));
            // The date in it would be another one.
            expect(after.layers?.[1]?.digest).to.equal(before.layers?.[1]?.digest);
            expect(after.layers?.[2]?.digest).not.to.equal(before.layers?.[2]?.digest);
        });
    });

    describe("with an agent's keys, hosts, folders and a cache of its own", () => {
        let agent: Agent;

        before(async () => {
            agent = await startAgent(sandbox);
            sandbox.write("base/Dockerfile", `FROM debian:bookworm-slim\nLABEL sandbox=${sandbox.stack}\n`);
            const base = `localhost:${sandbox.pushPort}/debian:1`;
            await asPusher(() =>
                sandbox.docker("buildx", "build", "--push", "--tag", base, sandbox.path("base")),
            );
            await sandbox.login();
            sandbox.write("extras/extra", "of the folder");
            for (const [key, value] of [
                ["ssh[0]", "default"],
                ['extraHosts["db.example"]', "10.9.8.7"],
                ["buildContexts.extras", "extras"],
                ["cache.from[0]", `type=local,src=${sandbox.root}/cache`],
            ] as const) {
                await configurePath(key, value);
            }
        });

        after(() => agent.end());

        /** The last stage alone is what an inline cache keeps; the one before has all that can fail. */
        function writeDockerfile(...lines: readonly string[]): void {
            const base = `localhost:${sandbox.pullPort}/debian:1`;
            // Debian's smallest image has no ssh, and perl.
            const listKeys =
                "use IO::Socket::UNIX; $agent = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}) or die; $agent->syswrite(pack(q(NC), 1, 11)); read($agent, $size, 4); read($agent, $keys, unpack(q(N), $size)); print $keys";
            const text = [
                `FROM ${base} AS steps`,
                "COPY --from=extras extra /extra",
                `RUN --mount=type=ssh,required=true perl -e '${listKeys}' > /keys`,
                "RUN grep db.example /etc/hosts > /hosts",
                "RUN date +%N > /made",
                `FROM ${base}`,
                ...lines,
                "COPY content /content",
                "",
            ];
            sandbox.write("foundation/Dockerfile", text.join("\n"));
        }

        /** What the steps have made, as an image has it. */
        async function madeIn(folder: string): Promise<readonly string[]> {
            const { image = "" } = await sandbox.outputs();
            const files = ["extra", "keys", "hosts", "made"].map((name) => `${folder}/${name}`);
            const made: string[] = [];
            for (const file of files) {
                made.push(await sandbox.docker("run", "--rm", "--entrypoint", "cat", image, file));
            }
            expect(made[1]).to.include(agent.comment);
            expect(made[2]).to.match(/^10\.9\.8\.7\s+db\.example/);
            return made;
        }

        async function pulled(folder: string): Promise<readonly string[]> {
            const { image = "" } = await sandbox.outputs();
            await sandbox.docker("pull", "--quiet", image);
            return madeIn(folder);
        }

        it("has them in a container, and far away what that has left in the cache", async function () {
            if (container === undefined || remote === undefined) this.skip();
            await sandbox.configure("builder", container);
            await configurePath("cache.to[0]", `type=local,dest=${sandbox.root}/cache,mode=max`);
            writeDockerfile("COPY --from=steps extra keys hosts made /one/");
            await publish("in a container\n", agent.env);
            await sandbox.pulumi(["config", "rm", "--stack", sandbox.stack, "--path", "foundation:cache.to"]);
            const made = await pulled("/one");
            expect(made[0]).to.equal("of the folder");

            await sandbox.configure("builder", remote);
            writeDockerfile("COPY --from=steps extra keys hosts made /two/");
            await publish("far away\n", agent.env);
            expect(await pulled("/two")).to.deep.equal(made);
        });
    });
});

interface Agent {
    /** What its only key is called. */
    readonly comment: string;
    readonly env: Readonly<Record<string, string>>;
    readonly end: () => Promise<void>;
}

/** An ssh-agent with a key that nothing else knows. */
async function startAgent({ root, stack }: Sandbox): Promise<Agent> {
    const comment = `throwaway-${stack}`;
    const env = { SSH_AUTH_SOCK: `${root}/agent` };
    const key = `${root}/key`;
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key]);
    const agent = execa("ssh-agent", ["-D", "-a", env.SSH_AUTH_SOCK], { reject: false });
    while (!fs.existsSync(env.SSH_AUTH_SOCK)) await sleep(50);
    await execa("ssh-add", ["-q", key], { env });
    return {
        comment,
        env,
        end: async () => {
            agent.kill();
            await agent;
        },
    };
}
