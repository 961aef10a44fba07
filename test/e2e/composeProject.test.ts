import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Problem } from "../../components/problem.ts";
import { objectsOf, removeObjects } from "../../components/resources/composeProject/objects.ts";
import { composeProject } from "../../components/resources/composeProject/implementation.ts";
import { docker } from "../../components/docker/docker.ts";
import { htpasswdUser } from "../../components/resources/htpasswdUser/implementation.ts";
import { untilReady } from "../../components/resources/composeProject/readiness.ts";
import { registryCompose } from "../../components/render/registryCompose.ts";
import { contextIn } from "../support/context.ts";
import { temporaryFolders } from "../support/folder.ts";

type Inputs = Parameters<typeof composeProject.create>[0];

describe("ComposeProject", function () {
    this.timeout(120_000);

    const folder = temporaryFolders();
    const context = contextIn("/");
    const projects: string[] = [];
    const held: net.Server[] = [];

    afterEach(async () => {
        delete process.env["DOCKER_HOST"];
        for (const server of held.splice(0)) server.close();
        for (const project of projects.splice(0)) await removeObjects(await objectsOf(project));
    });

    /** Holds a loopback port that was free; the servers are let go after the test. */
    async function hold(): Promise<{ port: number; server: net.Server }> {
        const server = net.createServer();
        held.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return { port: (server.address() as net.AddressInfo).port, server };
    }

    /** A registry under a name and on ports of its own, with new users. */
    async function registry(changes: Partial<Parameters<typeof registryCompose>[0]> = {}): Promise<Inputs> {
        const holds = [await hold(), await hold()];
        for (const { server } of holds) await new Promise((resolve) => server.close(resolve));
        const puller = await htpasswdUser.create({ username: "puller" }, context);
        const pusher = await htpasswdUser.create({ username: "pusher" }, context);
        const definition = {
            project: `foundation-test-${randomBytes(4).toString("hex")}`,
            owner: puller.id,
            pullPort: holds[0]?.port ?? 0,
            pushPort: holds[1]?.port ?? 0,
            pullHtpasswd: puller.state.htpasswd,
            pushHtpasswd: pusher.state.htpasswd,
            ...changes,
        };
        projects.push(definition.project);
        const readiness = (port: number, { username, password }: { username: string; password: string }) => ({
            url: `http://localhost:${port}/v2/`,
            username,
            password,
        });
        return {
            project: definition.project,
            owner: definition.owner,
            definition: registryCompose(definition),
            readiness: [
                readiness(definition.pullPort, puller.state),
                readiness(definition.pushPort, pusher.state),
            ],
            instance: randomBytes(8).toString("hex"),
        };
    }

    async function create(inputs: Inputs) {
        return (await composeProject.create(inputs, context)).state;
    }

    async function problemOf(work: Promise<unknown> | undefined): Promise<string> {
        try {
            await work;
        } catch (error) {
            expect(error).to.be.instanceOf(Problem);
            return (error as Problem).message;
        }
        throw new Error("expected a problem");
    }

    /** What Docker has of the project, as `kind name` without the project in the name. */
    async function left({ project }: Inputs): Promise<string[]> {
        const objects = await objectsOf(project);
        return objects.map(({ kind, name }) => `${kind} ${name.replace(project, "")}`).sort();
    }

    const whole = ["container -pull-1", "container -push-1", "network _default", "volume _images"];

    it("runs, stays as it is, and goes without a trace", async () => {
        const inputs = await registry();
        const state = await create(inputs);
        expect(state).to.deep.include({ ...inputs, services: ["pull", "push"], drift: {} });
        expect(state.volumes).to.deep.equal([`${inputs.project}_images`]);
        expect(await left(inputs)).to.deep.equal(whole);
        expect(await composeProject.diff(state, inputs, context)).to.deep.equal({ changes: false });
        expect(await composeProject.read?.(state, context)).to.deep.equal(state);

        await composeProject.delete?.(state, context);
        expect(await left(inputs)).to.deep.equal([]);
        await composeProject.delete?.(state, context);
    });

    it("is restored when a container stopped or is gone, with the images kept", async () => {
        const inputs = await registry();
        const state = await create(inputs);
        const born = await docker(["volume", "inspect", "-f", "{{.CreatedAt}}", ...state.volumes]);
        for (const command of [["stop"], ["rm", "--force"]]) {
            const container = `${inputs.project}-pull-1`;
            await docker([...command, container], { seconds: 30 });
            // Docker answers before its list has it.
            while ((await docker(["ps", "--quiet", "--filter", `name=${container}`])) !== "") await sleep(50);
            expect((await composeProject.read?.(state, context))?.drift).to.deep.equal({
                pull: "not running",
            });
            expect(await composeProject.diff(state, inputs, context)).to.deep.equal({ changes: true });
            expect(await composeProject.update?.(state, inputs, context)).to.deep.equal(state);
            expect(await composeProject.diff(state, inputs, context)).to.deep.equal({ changes: false });
        }
        expect(await docker(["volume", "inspect", "-f", "{{.CreatedAt}}", ...state.volumes])).to.equal(born);
    });

    it("is replaced when the volume is lost, after a refresh as well, for the images went with it", async () => {
        const inputs = await registry();
        const state = await create(inputs);
        await removeObjects(await objectsOf(inputs.project));
        const replaced = { changes: true, replaces: ["instance"] };
        expect(await composeProject.diff(state, inputs, context)).to.deep.equal(replaced);

        const refreshed = await composeProject.read?.(state, context);
        const drift = { pull: "not running", push: "not running", [`${inputs.project}_images`]: "missing" };
        expect(refreshed).to.deep.equal({ ...state, drift });
        expect(await composeProject.diff(refreshed ?? state, inputs, context)).to.deep.equal(replaced);
        await composeProject.delete?.(refreshed ?? state, context);

        expect(composeProject.defaults?.({})).to.not.deep.equal(composeProject.defaults?.({}));
        expect(composeProject.defaults?.(inputs)).to.deep.equal({ instance: inputs.instance });
    });

    it("is replaced under another name or owner, and updated by another definition", async () => {
        const inputs = await registry();
        const state = await create(inputs);
        const diff = (changes: Partial<Inputs>) =>
            composeProject.diff(state, { ...inputs, ...changes }, context);
        expect(await diff({ project: "other" })).to.deep.equal({ changes: true, replaces: ["project"] });
        expect(await diff({ owner: "other" })).to.deep.equal({ changes: true, replaces: ["owner"] });
        expect(await diff({ definition: "other" })).to.deep.equal({ changes: true });
        expect(await diff({ readiness: [] })).to.deep.equal({ changes: true });
    });

    it("takes over new passwords", async () => {
        const inputs = await registry();
        const state = await create(inputs);
        const url = new URL(inputs.readiness[0]?.url ?? "");
        const pushUrl = new URL(inputs.readiness[1]?.url ?? "");
        const next = await registry({
            project: inputs.project,
            owner: inputs.owner,
            pullPort: Number(url.port),
            pushPort: Number(pushUrl.port),
        });
        await composeProject.update?.(state, { ...next, instance: inputs.instance }, context);
    });

    it("takes over what a crash has left, and leaves what is somebody else's", async () => {
        const inputs = await registry();
        await create(inputs);
        const state = await create(inputs);

        const stranger = { ...(await registry({ project: inputs.project })), owner: "stranger" };
        const problem = await problemOf(composeProject.create(stranger, context));
        expect(problem).to.match(/is not this stack's \(container .*pulumi destroy.*down --volumes/);
        await composeProject.delete?.({ ...state, owner: "stranger" }, context);
        const seen = await composeProject.read?.({ ...state, owner: "stranger" }, context);
        expect(seen?.drift).to.include({ pull: "not running", push: "not running" });
        expect(await left(inputs)).to.deep.equal(whole);
        expect(await composeProject.diff(state, inputs, context)).to.deep.equal({ changes: false });
    });

    it("names the container that has the port, and leaves nothing half made", async () => {
        const first = await registry();
        await create(first);
        const port = Number(new URL(first.readiness[0]?.url ?? "").port);
        const second = await registry({ pushPort: port });
        const problem = await problemOf(composeProject.create(second, context));
        expect(problem).to.include(
            `port ${port} is in use by the container ${first.project}-pull-1; stop that, or`,
        );
        expect(problem).to.include("pulumi config set pullPort <port>");
        expect(await left(second)).to.deep.equal([]);
    });

    it("goes on as it was when a change of it doesn't start", async () => {
        const inputs = await registry();
        const state = await create(inputs);
        const { port } = await hold();
        const pushPort = Number(new URL(inputs.readiness[1]?.url ?? "").port);
        const { project, owner } = inputs;
        const next = await registry({ project, owner, pullPort: port, pushPort });
        const problem = await problemOf(composeProject.update?.(state, next, context));
        expect(problem).to.include(`port ${port} is in use by another program`);
        await untilReady(inputs.readiness, context.signal, { silent: 5, wrong: 0 });
        expect(await composeProject.diff(state, inputs, context)).to.deep.equal({ changes: false });
    });

    it("says that another program has the port, and keeps a volume that was there", async () => {
        const { port } = await hold();
        const inputs = await registry({ pullPort: port });
        await docker([
            ...["volume", "create", `${inputs.project}_images`],
            ...[
                "--label",
                `com.docker.compose.project=${inputs.project}`,
                "--label",
                "com.docker.compose.volume=images",
            ],
            ...["--label", `foundation.owner=${inputs.owner}`],
        ]);
        const problem = await problemOf(composeProject.create(inputs, context));
        expect(problem).to.include(`port ${port} is in use by another program`);
        expect(await left(inputs)).to.deep.equal(["volume _images"]);
    });

    it("shows the last words of a service that ends, but no secret", async () => {
        const inputs = await registry();
        const broken = inputs.definition
            .replace("version: 0.1", "version: 9.9")
            // One that is started again and again is known only by its silence, after a minute.
            .replaceAll("restart: unless-stopped", 'restart: "no"');
        expect(broken).to.include("version: 9.9").and.to.not.include("unless-stopped");
        const problem = await problemOf(composeProject.create({ ...inputs, definition: broken }, context));
        expect(problem).to.match(/does not start: /);
        expect(problem).to.match(/ {2}- pu(sh|ll)-1 .*unsupported version/);
        for (const { password } of inputs.readiness) expect(problem).to.not.include(password);
        expect(await left(inputs)).to.deep.equal([]);
    });

    it("leaves nothing when the user interrupts", async () => {
        const inputs = await registry();
        const interrupted = new AbortController();
        // Nobody answers there, so it would wait for a minute.
        const { port, server } = await hold();
        server.close();
        const readiness = [{ url: `http://localhost:${port}/v2/`, username: "nobody", password: "none" }];
        const work = composeProject.create({ ...inputs, readiness }, contextIn("/", [], interrupted.signal));
        const watch = setInterval(() => {
            void left(inputs).then((objects) => {
                if (objects.length === whole.length) interrupted.abort();
            });
        }, 200);
        const problem = await problemOf(work);
        clearInterval(watch);
        expect(problem).to.match(/interrupted/);
        expect(await left(inputs)).to.deep.equal([]);
    });

    it("takes nothing from the user's own Compose settings", async () => {
        const inputs = await registry();
        const definition = `${inputs.definition}\n`.replace(
            /^services:\n/m,
            "services:\n  debug:\n    image: registry:3\n    profiles: [debug]\n",
        );
        const elsewhere = folder({
            ".env": "COMPOSE_PROFILES=debug\nCOMPOSE_PROJECT_NAME=leak\n",
            "compose.yaml": "services: {leak: {image: 'registry:3'}}\n",
        });
        const before = process.cwd();
        process.chdir(elsewhere);
        process.env["COMPOSE_PROFILES"] = "debug";
        try {
            expect((await create({ ...inputs, definition })).services).to.deep.equal(["pull", "push"]);
        } finally {
            process.chdir(before);
            delete process.env["COMPOSE_PROFILES"];
        }
        expect(fs.readdirSync(elsewhere).map((name) => path.basename(name))).to.have.members([
            ".env",
            "compose.yaml",
        ]);
    });

    it("takes the local tags of its images along", async () => {
        const inputs = await registry();
        const imageServer = new URL(inputs.readiness[1]?.url ?? "").host;
        const state = await create({ ...inputs, imageServer });
        await docker(["tag", "registry:3", `${imageServer}/team/base:1`]);
        await composeProject.delete?.(state, context);
        expect(await docker(["image", "ls", "-q", `${imageServer}/team/base`])).to.equal("");
    });

    it("says within seconds that there is no Docker", async () => {
        const inputs = await registry();
        const state = { ...inputs, services: ["pull"], volumes: [], drift: {} };
        // An engine that hangs: it takes the connection, and says nothing.
        const { port } = await hold();
        for (const host of ["unix:///nowhere.sock", `tcp://127.0.0.1:${port}`]) {
            process.env["DOCKER_HOST"] = host;
            const start = performance.now();
            const problems = await Promise.all([
                problemOf(composeProject.diff(state, inputs, context)),
                problemOf(composeProject.create(inputs, context)),
                problemOf(composeProject.delete?.(state, context)),
            ]);
            expect(performance.now() - start).to.be.below(8000);
            for (const problem of problems)
                expect(problem).to.match(/^Docker (is not running|did not answer)/);
            delete process.env["DOCKER_HOST"];
        }
    });
});
