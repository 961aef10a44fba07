import { expect } from "chai";
import { composeHeedsEnvFile } from "../../components/docker/builder.ts";
import { readStatus, type SimpleStatus } from "../support/status.ts";
import { onEachEngine } from "../support/engines.ts";
import { Sandbox } from "../support/sandbox.ts";
import { createSecondBuilder } from "../support/secondBuilder.ts";

/**
 * The two commands of an override, whichever builder is the current one. app1 names the foundation by build argument,
 * app2 by named context.
 */
onEachEngine("a foundation of one's own", function (engine) {
    this.timeout(600_000);
    const apps = ["apps/app1", "apps/app2"] as const;
    let sandbox: Sandbox;
    let removeBuilder: (() => Promise<void>) | undefined;
    let heeded = false;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true, engine });
        for (const folder of ["foundation", ...apps]) {
            const project = `${sandbox.stack}-${folder.replace("apps/", "")}`;
            sandbox.write(`${folder}/.env`, `COMPOSE_PROJECT_NAME=${project}\n`);
        }
        await sandbox.up();
        await sandbox.login();
        removeBuilder = await createSecondBuilder(sandbox, `${sandbox.stack}-builder`);
        heeded = composeHeedsEnvFile((await sandbox.docker("compose", "version", "--short")).trim());
    });

    after(async () => {
        try {
            await removeBuilder?.();
        } finally {
            await sandbox.dispose();
        }
    });

    /** What is in an app's image of the foundation's only file. */
    async function contentOf(app: string): Promise<string> {
        const name = app.replace("apps/", "");
        const image = `${sandbox.stack}-${name}-${name}`;
        const container = (await sandbox.docker("create", "--quiet", image)).trim();
        try {
            // As a tar archive, of which the text is a part.
            return await sandbox.docker("cp", `${container}:/content`, "-");
        } finally {
            await sandbox.docker("rm", container);
        }
    }

    async function status(env: Record<string, string>): Promise<SimpleStatus> {
        const { output } = await sandbox.run("node", ["cli/foundation.cjs", "status", "--json"], { env });
        return readStatus(output);
    }

    async function override(env: Record<string, string>, content: string): Promise<void> {
        sandbox.write("foundation/content", content);
        for (const folder of ["foundation", ...apps]) {
            const { output, exitCode } = await sandbox.run("docker", ["compose", "build"], {
                cwd: sandbox.path(folder),
                env,
            });
            expect(exitCode, output).to.equal(0);
        }
    }

    const situations = [
        { title: "with the engine's builder", second: false, context: false },
        { title: "with a docker-container builder as the current one", second: true, context: false },
        { title: "with a docker-container builder, in another Docker context", second: true, context: true },
    ];
    for (const { title, second, context } of situations) {
        it(`is what apps are built on ${title}`, async function () {
            if (second && (removeBuilder === undefined || !heeded)) this.skip();
            const name = `${sandbox.stack}-context`;
            const env: Record<string, string> = context ? { DOCKER_CONTEXT: name } : {};
            if (context) {
                const host = await sandbox.docker(
                    "context",
                    "inspect",
                    "--format",
                    "{{.Endpoints.docker.Host}}",
                );
                await sandbox.docker("context", "create", name, "--docker", `host=${host.trim()}`);
            }
            const builder = second ? `${sandbox.stack}-builder` : "default";
            const { output } = await sandbox.run("docker", ["buildx", "use", builder], { env });
            expect(output).to.equal("");

            const content = `mine ${title}\n`;
            await override(env, content);
            for (const app of apps) expect(await contentOf(app)).to.include(content);

            const found = await status(env);
            expect(found.foundation.local.state).to.equal("override");
            expect(found.builder.seesLocalImages).to.equal(true);
            expect(found.apps.map(({ next, upToDate }) => ({ next, upToDate }))).to.deep.equal([
                { next: "override", upToDate: true },
                { next: "override", upToDate: true },
            ]);
        });
    }

    it("is not silently ignored where the builder can't be chosen: status says so, and the command", async function () {
        if (removeBuilder === undefined) this.skip();
        // What a Compose does that takes no variables of buildx from .env.
        const env = {
            BUILDX_CONFIG: `${sandbox.env["DOCKER_CONFIG"] ?? ""}/buildx`,
            BUILDX_BUILDER: `${sandbox.stack}-builder`,
        };
        const found = await status(env);
        expect(found.foundation.local.state).to.equal("override");
        expect(found.builder).to.include({ driver: "docker-container", seesLocalImages: false });
        expect(found.apps.map(({ next }) => next)).to.deep.equal(["official", "official"]);
        expect(found.warnings.join()).to.match(/can't see local images.*docker buildx use/);

        const { output, exitCode } = await sandbox.run("docker", ["compose", "build"], {
            cwd: sandbox.path("apps/app1"),
            env,
        });
        expect(exitCode, output).to.equal(0);
        expect(await contentOf("apps/app1")).to.include("official\n");
        const [app1] = (await status(env)).apps;
        expect(app1?.built?.base.state).to.equal("official");
    });
});
