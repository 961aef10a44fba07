import { expect } from "chai";
import { readStatus, type SimpleStatus } from "../support/status.ts";
import { onEachEngine } from "../support/engines.ts";
import { Sandbox } from "../support/sandbox.ts";

/**
 * Puts Docker into each state that a developer's machine can be in, and compares what `status` says with what the
 * images themselves have in /etc/foundation-release.
 */
onEachEngine("foundation status, on a developer's machine", function (engine) {
    this.timeout(600_000);
    let sandbox: Sandbox;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true, engine });
        sandbox.write(
            "foundation/Dockerfile",
            [
                "FROM debian:bookworm-slim",
                "COPY content /etc/foundation-release",
                "ARG FOUNDATION_TAG",
                'RUN echo "TAG=${FOUNDATION_TAG}" >> /etc/foundation-release',
                "",
            ].join("\n"),
        );
        await sandbox.run("rm", ["-r", "apps"]);
        sandbox.write(
            "apps/one/Dockerfile",
            'FROM foundation\nSTOPSIGNAL SIGKILL\nRUN touch /one\nCMD ["sleep", "600"]\n',
        );
        sandbox.write(
            "apps/two/Dockerfile",
            'ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\nSTOPSIGNAL SIGKILL\nRUN touch /two\nCMD ["sleep", "600"]\n',
        );
        for (const folder of ["foundation", "apps/one", "apps/two"]) {
            const project = `${sandbox.stack}-${folder.replace("apps/", "")}`;
            sandbox.write(`${folder}/.env`, `COMPOSE_PROJECT_NAME=${project}\n`);
        }
        await sandbox.up();
        await sandbox.login();
    });

    after(async () => {
        await sandbox.dispose();
    });

    async function status(env: Record<string, string> = {}): Promise<SimpleStatus> {
        const { output } = await sandbox.run("node", ["cli/foundation.cjs", "status", "--json"], { env });
        return readStatus(output);
    }

    async function check(): Promise<number> {
        return (await sandbox.run("node", ["cli/foundation.cjs", "status", "--check"])).exitCode;
    }

    /** The tag that a foundation was built with, by what it says itself in an image or a container. */
    async function truth(...where: string[]): Promise<string> {
        const text = await sandbox.docker(...where, "/etc/foundation-release");
        return /^TAG=(.*)$/m.exec(text)?.[1] ?? "";
    }
    const ofImage = (image: string) => truth("run", "--rm", "--entrypoint", "cat", image);
    // Its image may be gone.
    const ofContainer = (name: string) => truth("exec", name, "cat");

    const tagOf = (image: string): string => image.split(":").at(-1) ?? "";
    const imageOf = (app: string): string => `${sandbox.stack}-${app}-${app}`;

    /** The state that this tag comes to. */
    function stateOf(tag: string, official: string): string {
        if (tag === "local") return "override";
        return tag === official ? "official" : "older";
    }

    /** Compares all that status says of what is built with what the images say; gives the states of the apps. */
    async function compared(env: Record<string, string> = {}): Promise<SimpleStatus> {
        const found = await status(env);
        const official = tagOf(found.foundation.image);
        for (const app of found.apps) {
            if (app.built === null) continue;
            expect(app.built.base.state, app.folder).to.equal(stateOf(await ofImage(app.image), official));
            for (const container of app.containers.filter(({ running }) => running)) {
                expect(container.base.state, container.name).to.equal(
                    stateOf(await ofContainer(container.name), official),
                );
            }
        }
        return found;
    }

    const compose = async (folder: string, ...args: string[]): Promise<void> => {
        const { output, exitCode } = await sandbox.run("docker", ["compose", ...args], {
            cwd: sandbox.path(folder),
        });
        expect(exitCode, output).to.equal(0);
    };
    const override = async (content: string): Promise<void> => {
        sandbox.write("foundation/content", `${content}\n`);
        await compose("foundation", "build");
    };
    const states = ({ apps: all }: SimpleStatus): (string | undefined)[] =>
        all.map(({ built }) => built?.base.state);

    it("has nothing pulled and nothing built after the clone", async () => {
        const found = await compared();
        expect(found.foundation.local.state).to.equal("absent");
        expect(found.foundation.changes).to.deep.equal({ state: "none" });
        expect(found.foundation.registry.state).to.equal("current");
        expect(states(found)).to.deep.equal([undefined, undefined]);
        expect(await check()).to.equal(0);
    });

    it("knows an app's foundation that was never pulled, from the registry", async () => {
        await compose("apps/one", "up", "--detach");
        const found = await compared();
        expect(found.foundation.local.state).to.equal("absent");
        expect(found.apps[0]).to.deep.include({ upToDate: true, command: null });
        expect(found.apps[0]?.built?.base).to.deep.include({ state: "official", evidence: "layers" });
    });

    it("knows it without a login, too, from the label that the app has inherited", async () => {
        const found = await compared({ DOCKER_CONFIG: sandbox.path(".no-login") });
        expect(found.foundation.registry.state).to.equal("no-login");
        expect(found.apps[0]?.built?.base).to.deep.include({ state: "official", evidence: "label" });
    });

    it("knows the official one once it is pulled", async () => {
        await compose("foundation", "pull");
        const found = await compared();
        expect(found.foundation.local.state).to.equal("official");
        expect(states(found)).to.deep.equal(["official", undefined]);
    });

    it("sees an override, which files it comes from, and an app that was built before it", async () => {
        await override("mine");
        const found = await compared();
        expect(found.foundation.local.state).to.equal("override");
        expect(found.foundation.changes).to.deep.include({ state: "changed", files: ["content"] });
        expect(found.apps[0]).to.deep.include({
            next: "override",
            upToDate: false,
            command: "cd apps/one && docker compose up --build",
        });
        expect(await check()).to.equal(0);
    });

    it("sees an app that was built after it, and a container that was started before", async () => {
        await compose("apps/one", "build");
        const found = await compared();
        expect(states(found)).to.deep.equal(["override", undefined]);
        expect(found.apps[0]?.containers.map(({ current, base }) => [current, base.state])).to.deep.equal([
            [false, "official"],
        ]);
        expect(found.apps[0]?.command).to.equal("cd apps/one && docker compose up");
        expect(await check()).to.equal(1);
    });

    it("is at rest when its command was run", async () => {
        await compose("apps/one", "up", "--detach");
        const found = await compared();
        expect(found.apps[0]).to.deep.include({ upToDate: true, command: null });
    });

    it("tells an override from the one before it", async () => {
        await override("mine again");
        await compose("apps/two", "build");
        const found = await compared();
        expect(states(found)).to.deep.equal(["override", "override"]);
        expect(found.apps.map(({ upToDate }) => upToDate)).to.deep.equal([false, true]);
    });

    it("tells it by a setting alone, which makes no layer", async () => {
        const dockerfile = sandbox.read("foundation/Dockerfile");
        sandbox.write("foundation/Dockerfile", `${dockerfile}ENV SETTING=on\n`);
        await compose("foundation", "build");
        sandbox.write("foundation/Dockerfile", dockerfile);
        const found = await compared();
        expect(found.apps.map(({ upToDate }) => upToDate)).to.deep.equal([false, false]);
        expect(states(found)).to.deep.equal(["override", "override"]);
    });

    it("sees a worker beside an app that is on an override, and no database", async () => {
        sandbox.write(
            "apps/two/compose.override.yaml",
            [
                "services:",
                "  worker:",
                "    build:",
                "      context: .",
                "      args: { FOUNDATION_IMAGE: '${FOUNDATION_IMAGE}' }",
                "  database:",
                "    image: debian:bookworm-slim",
                "    command: sleep 600",
                "    stop_signal: SIGKILL",
                "",
            ].join("\n"),
        );
        await compose("apps/two", "up", "--detach", "worker", "database");
        const [, two] = (await compared()).apps;
        expect(
            two?.containers.map(({ service, current, base }) => [service, current, base.state]),
        ).to.deep.equal([["worker", true, "override"]]);
        await compose("apps/two", "rm", "--stop", "--force", "worker", "database");
        await sandbox.run("rm", ["apps/two/compose.override.yaml"]);
    });

    it("sees that pulling brings the official one back, and leaves the apps as they were", async () => {
        await compose("foundation", "pull");
        const found = await compared();
        expect(found.foundation.local.state).to.equal("official");
        expect(states(found)).to.deep.equal(["override", "override"]);
        expect(found.apps.map(({ next }) => next)).to.deep.equal(["official", "official"]);
    });

    it("reverts what pulling leaves behind, and says so before", async () => {
        await override("mine, once more");
        await compose("apps/two", "build");
        const planned = await sandbox.run("node", ["cli/foundation.cjs", "revert", "--dry-run"]);
        expect(planned.output)
            .to.include(imageOf("two"))
            .and.include("cd apps/one && docker compose up --build");
        expect((await status()).foundation.local.state).to.equal("override");

        const { output, exitCode } = await sandbox.run("node", ["cli/foundation.cjs", "revert"]);
        expect(exitCode, output).to.equal(0);
        const found = await compared();
        expect(found.foundation.local.state).to.equal("official");
        expect(states(found)).to.deep.equal(["override", undefined]);
    });

    it("sees a newer official one in the registry before its files are here", async () => {
        await compose("apps/one", "up", "--detach", "--build");
        await compose("apps/two", "build");
        const files = [
            "foundation.lock.json",
            ...["foundation", "apps/one", "apps/two"].map((folder) => `${folder}/.env`),
        ];
        const before = files.map((file) => sandbox.read(file));
        sandbox.write("foundation/content", "the next official one\n");
        await sandbox.up();
        const after = files.map((file) => sandbox.read(file));
        files.forEach((file, index) => {
            sandbox.write(file, before[index] ?? "");
        });
        expect((await compared()).foundation.registry.state).to.equal("newer");
        files.forEach((file, index) => {
            sandbox.write(file, after[index] ?? "");
        });
    });

    it("knows the older official one for what it is when the new files have come", async () => {
        const found = await compared();
        expect(found.foundation.local.state).to.equal("older");
        expect(states(found)).to.deep.equal(["older", "older"]);
        expect(found.apps.map(({ next, upToDate }) => [next, upToDate])).to.deep.equal([
            ["official", false],
            ["official", false],
        ]);
        expect(await check()).to.equal(1);
    });

    it("knows an override that a new official one has left behind", async () => {
        await override("mine of the second");
        await compose("apps/two", "build");
        const former = (await status()).foundation.image;
        sandbox.write("foundation/content", "the third official one\n");
        await sandbox.up();
        // So that only the override is left of the former ones.
        const older = (await sandbox.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}"))
            .split("\n")
            .filter(
                (image) =>
                    image.startsWith(`localhost:${sandbox.pullPort}/`) &&
                    !image.endsWith(":<none>") &&
                    image !== former,
            );
        await sandbox.docker("image", "rm", ...older);

        const found = await compared();
        expect(found.foundation.local).to.include({ state: "superseded", tag: tagOf(former) });
        expect(found.apps[1]?.built?.base.state).to.equal("override");
        expect(found.apps[1]).to.include({ next: "official", upToDate: false });

        const { output } = await sandbox.run("node", ["cli/foundation.cjs", "revert"]);
        expect(output).to.include(`${former}: your own, under a name that the registry has too`);
        expect((await compared()).foundation.local.state).to.equal("official");
    });

    it("says of an app that doesn't name the foundation what pulumi up says", async () => {
        sandbox.write("apps/three/Dockerfile", "FROM debian:bookworm-slim\n");
        const found = (await status()).apps.find(({ folder }) => folder === "apps/three");
        const [said = ""] = /apps\/three\/Dockerfile: .*/.exec((await sandbox.tryPreview()).output) ?? [];
        expect(found?.problem).to.include(said).and.include("the foundation cannot be found");
        expect(found).to.include({ command: null, next: "unknown" });
        expect(await check()).to.equal(1);
        await sandbox.run("rm", ["-r", "apps/three"]);
    });

    it("takes what was pulled for neither official nor older when it isn't what was published", async () => {
        const files = sandbox.read("foundation.lock.json");
        sandbox.write("foundation.lock.json", files.replace(/sha256:[0-9a-f]+/, `sha256:${"0".repeat(64)}`));
        const { foundation, apps } = await status();
        expect([foundation.local.state, foundation.registry.state]).to.deep.equal(["moved", "moved"]);
        expect(apps.map(({ next, command }) => [next, command])).to.deep.equal([
            ["moved", null],
            ["moved", null],
        ]);
        const { output, exitCode } = await sandbox.run("node", ["cli/foundation.cjs", "revert"]);
        expect(output).to.include("Not done: what was pulled").and.not.include("Done: the next build");
        expect(exitCode).to.equal(1);
        sandbox.write("foundation.lock.json", files);
    });
});
