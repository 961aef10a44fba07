import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { onEachEngine, takesServices } from "../support/engines.ts";
import { Sandbox, succeeded, type Ran } from "../support/sandbox.ts";

interface Found {
    readonly images: readonly {
        readonly folder: string | null;
        readonly local: { readonly state: string };
    }[];
    readonly services: readonly {
        readonly folder: string;
        readonly built: { readonly base: { readonly state: string } } | null;
    }[];
}

/** One repository publishes a foundation; another one, which has no Pulumi project, builds its apps on it. */
onEachEngine("a repository whose foundation is published from another one", function (engine) {
    this.timeout(600_000);
    let sandbox: Sandbox;
    let shop: string;

    before(async () => {
        sandbox = await Sandbox.create({ smallFoundation: true, engine });
        fs.writeFileSync(
            sandbox.path("foundation/Dockerfile"),
            [
                "FROM debian:bookworm-slim",
                "COPY content /etc/foundation-release",
                "ARG FOUNDATION_TAG",
                'RUN echo "TAG=${FOUNDATION_TAG}" >> /etc/foundation-release',
                "",
            ].join("\n"),
        );
        await sandbox.up();
        await sandbox.login();

        shop = path.join(sandbox.root, "shop");
        const release = 'CMD ["cat", "/etc/foundation-release"]\n';
        const files = {
            "foundation.json": JSON.stringify({
                name: "shop",
                apps: ["services/*"],
                images: { foundation: { argument: "BASE_IMAGE" } },
                contexts: takesServices(engine) ? "service" : "image",
            }),
            "services/api/Dockerfile": `FROM foundation\n${release}`,
            "services/web/docker-compose.yml": "services: { site: { build: . } }\n",
            "services/web/Dockerfile": `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n${release}`,
        };
        for (const [name, text] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(shop, name)), { recursive: true });
            fs.writeFileSync(path.join(shop, name), text);
        }
        for (const app of ["api", "web"]) {
            // So that nothing of it stays.
            const own = `COMPOSE_PROJECT_NAME=${sandbox.stack}-${app}\n`;
            fs.writeFileSync(path.join(shop, "services", app, ".env"), own);
        }
    });

    after(async () => {
        for (const app of ["api", "web"]) await docker(app, "compose", "down").catch(() => undefined);
        await sandbox.dispose();
    });

    const tryFoundation = (...args: string[]): Promise<Ran> =>
        sandbox.run("node", [sandbox.path("cli/foundation.cjs"), ...args], { cwd: shop });
    const foundation = async (...args: string[]): Promise<string> =>
        succeeded(await tryFoundation(...args), `foundation ${args.join(" ")}`);
    const docker = async (app: string, ...args: string[]): Promise<string> => {
        const cwd = path.join(shop, "services", app);
        return succeeded(await sandbox.run("docker", args, { cwd }), `docker ${args.join(" ")} for ${app}`);
    };
    const sync = (): Promise<string> => foundation("sync", "--from", "../project/foundation.lock.json");
    /** The foundation that an app runs on, by what it says itself. */
    const runsOn = async (app: string, ...args: string[]): Promise<string | undefined> =>
        /TAG=(\S+)/.exec(await docker(app, "compose", "up", ...args))?.[1];
    const published = async (): Promise<string> =>
        (await sandbox.outputs())["image"]?.split(":").at(-1) ?? "";
    const states = async () => {
        const { images, services } = JSON.parse(await foundation("status", "--json")) as Found;
        return {
            foundation: images.map(({ folder, local }) => [folder, local.state]),
            services: services.map(({ folder, built }) => [folder, built?.base.state]),
        };
    };

    it("gets what its apps need from the other one's manifest, and runs them on what is published", async () => {
        expect(await sync()).to.match(/5 written, 0 already as stack e2e-\w+ has them/);
        const tag = await published();
        expect(await runsOn("api")).to.equal(tag);
        expect(await runsOn("web")).to.equal(tag);
    });

    it("gets the same, byte for byte, from the outputs of its stack", async () => {
        const stack = `organization/foundation/${sandbox.stack}`;
        expect(await foundation("sync", "--from", stack)).to.match(/0 written, 5 already as stack/);
    });

    it("has a status, and nothing that only the other one can do", async () => {
        expect(await states()).to.deep.equal({
            foundation: [[null, "absent"]],
            services: [
                ["services/api", "official"],
                ["services/web", "official"],
            ],
        });
        expect((await tryFoundation("status", "--check")).exitCode).to.equal(0);
        const { output, exitCode } = await tryFoundation("verify");
        expect(exitCode).to.equal(2);
        expect(output).to.include("are published from another one; do this there");
        const { output: diagnosis } = await tryFoundation("doctor");
        expect(diagnosis).to.match(/^ok +Compose files/m);
        expect(diagnosis).to.not.match(/^(fail|\w+ +Pulumi)/m);
    });

    it("has a graph of its apps, on what the other one publishes", async () => {
        const graph = await foundation("graph");
        const nodes = [...graph.matchAll(/^ +(f\w+)\["(.*?)(?:<br\/>(.*?))?(?:<br\/>.*)?"\]/gm)];
        expect(nodes.map(([, node, title, detail]) => [node, title, detail])).to.deep.equal([
            ["f0", "Official", await published()],
            ["f0a0", "services/api", undefined],
            ["f0a1", "services/web", undefined],
        ]);
    });

    it("logs in with the credential that is the other one's, where that is handed over", async () => {
        const { output, exitCode } = await tryFoundation("login");
        expect(exitCode).to.equal(2);
        expect(output).to.match(/an output of the stack e2e-\w+, which is another repository's/);
        const { pullUsername = "", pullPassword = "" } = await sandbox.outputs();
        const env = { FOUNDATION_PULL_USERNAME: pullUsername, FOUNDATION_PULL_PASSWORD: pullPassword };
        const command = [sandbox.path("cli/foundation.cjs"), "login"];
        const given = await sandbox.run("node", command, { cwd: shop, env });
        expect(succeeded(given, "login")).to.include(`Logged in to localhost:${sandbox.pullPort}`);
        // Or taken from its state, by whoever has that.
        const stack = `organization/foundation/${sandbox.stack}`;
        expect(await foundation("login", "--stack", stack)).to.include("Logged in to ");
    });

    it("runs on an override that is built in the other one on this machine, and goes back", async () => {
        const before = sandbox.read("foundation/content");
        sandbox.write("foundation/content", "mine\n");
        await sandbox.compose("foundation", "build");
        sandbox.write("foundation/content", before);
        expect(await runsOn("api", "--build")).to.equal("local");
        expect(await runsOn("web", "--build")).to.equal("local");
        expect(await states()).to.deep.equal({
            foundation: [[null, "override"]],
            services: [
                ["services/api", "override"],
                ["services/web", "override"],
            ],
        });
        const text = (await foundation("status")).replaceAll(/\s+/g, " ");
        expect(text).to.include(`back to the official one: docker pull localhost:${sandbox.pullPort}/`);

        for (const app of ["api", "web"]) await docker(app, "compose", "down");
        await foundation("revert");
        const tag = await published();
        expect(await runsOn("api", "--build")).to.equal(tag);
        expect(await runsOn("web", "--build")).to.equal(tag);
    });

    it("follows what is published next", async () => {
        const before = await published();
        sandbox.write("foundation/content", "the next\n");
        await sandbox.up();
        const tag = await published();
        expect(tag).to.not.equal(before);
        expect(await foundation("status")).to.include("has a newer one");
        await sync();
        expect(await runsOn("api", "--build")).to.equal(tag);
        expect(await runsOn("web", "--build")).to.equal(tag);
    });
});
