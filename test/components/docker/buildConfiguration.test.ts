import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { withBuildConfiguration, type ServerLogin } from "../../../components/docker/buildConfiguration.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("a build's Docker configuration", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const login = { server: "acme.example", username: "u", password: "p" };
    const auth = Buffer.from("u:p").toString("base64");

    interface Config {
        readonly auths: Record<string, unknown>;
        readonly credHelpers: Record<string, unknown>;
    }

    /** What a build finds, by the user's own configuration. */
    async function seen(users: object, pulls = true, ...logins: ServerLogin[]) {
        const home = folder({
            "users/config.json": JSON.stringify(users),
            "users/contexts/meta/x": "context",
        });
        setEnvironment("DOCKER_CONFIG", path.join(home, "users"));
        for (const name of ["BUILDX_CONFIG", "DOCKER_TLS_VERIFY"]) setEnvironment(name, undefined);
        return withBuildConfiguration(
            path.join(home, "builds"),
            logins.length === 0 ? [login] : logins,
            () => pulls,
            ({ folder, env }) =>
                Promise.resolve({
                    home,
                    env,
                    config: JSON.parse(fs.readFileSync(path.join(folder, "config.json"), "utf8")) as Config,
                    context: fs.readFileSync(path.join(folder, "contexts/meta/x"), "utf8"),
                }),
        );
    }

    it("is the user's, but for the login to push with", async () => {
        const users = {
            currentContext: "desktop",
            proxies: { default: {} },
            cliPluginsExtraDirs: ["/plugins"],
        };
        const { home, env, config, context } = await seen(users);
        expect(config).to.deep.equal({
            ...users,
            auths: { "acme.example": { auth } },
            credHelpers: { "acme.example": "" },
        });
        expect(context).to.equal("context");
        expect(env["BUILDX_CONFIG"]).to.equal(path.join(home, "users", "buildx"));
    });

    it("keeps the shell from choosing another platform, or adding labels for the commit", async () => {
        setEnvironment("DOCKER_DEFAULT_PLATFORM", "linux/arm64");
        setEnvironment("BUILDX_GIT_LABELS", "full");
        const { env } = await seen({});
        expect(env).to.include({ DOCKER_DEFAULT_PLATFORM: undefined, BUILDX_GIT_LABELS: undefined });
    });

    it("keeps the user's credential helpers, but not for the server that is pushed to", async () => {
        const users = { credsStore: "desktop", credHelpers: { "acme.example": "acr", "other.example": "x" } };
        const { config } = await seen(users);
        expect(config).to.include({ credsStore: "desktop" });
        expect(config.credHelpers).to.deep.equal({ "acme.example": "", "other.example": "x" });
    });

    it("has the push login where the user has another to the same server, in the environment too", async () => {
        setEnvironment(
            "DOCKER_AUTH_CONFIG",
            '{"auths":{"acme.example":{"auth":"y"},"other.example":{"auth":"z"}}}',
        );
        const { config, env } = await seen({ auths: { "acme.example": { auth: "x" } } });
        expect(config.auths).to.deep.equal({ "acme.example": { auth }, "other.example": { auth: "z" } });
        expect(env).to.have.property("DOCKER_AUTH_CONFIG", undefined);
    });

    it("has the login of the environment, which outranks a helper of the user's", async () => {
        setEnvironment("DOCKER_AUTH_CONFIG", JSON.stringify({ auths: { "https://acme.example": { auth } } }));
        const { config } = await seen({ credsStore: "desktop" }, false, { server: "acme.example" });
        expect(config.auths).to.deep.equal({ "https://acme.example": { auth } });
        expect(config).to.deep.include({ credsStore: "desktop", credHelpers: { "acme.example": "" } });
    });

    it("has the user's own login to push with where none is given, and what keeps it", async () => {
        const users = {
            auths: {
                "https://acme.example/v2/": { auth: "x", identitytoken: "t" },
                "other.example": { auth: "y" },
            },
            credHelpers: { "acme.example": "acr" },
        };
        const { config } = await seen(users, false, { server: "acme.example" });
        expect(config).to.deep.equal({
            ...users,
            auths: { "https://acme.example/v2/": { auth: "x", identitytoken: "t" } },
        });
    });

    it("has the push login to Docker Hub under the name that Docker looks for", async () => {
        const { config } = await seen({ credsStore: "desktop" }, true, { ...login, server: "docker.io" });
        expect(config.auths).to.deep.equal({ "https://index.docker.io/v1/": { auth } });
        expect(config.credHelpers).to.deep.equal({ "https://index.docker.io/v1/": "" });
    });

    it("has the logins to several servers, of which the user's helpers know nothing", async () => {
        const other = { server: "other.example", username: "u", password: "p" };
        const { config } = await seen({ credsStore: "desktop" }, true, other, login);
        expect(config.auths).to.deep.equal({ "other.example": { auth }, "acme.example": { auth } });
        expect(config.credHelpers).to.deep.equal({ "other.example": "", "acme.example": "" });
    });

    it("has the user's own login to a server beside a given one to another", async () => {
        const users = { auths: { "other.example": { auth: "x" }, "third.example": { auth: "y" } } };
        const { config } = await seen(users, false, { server: "other.example" }, login);
        expect(config.auths).to.deep.equal({ "other.example": { auth: "x" }, "acme.example": { auth } });
    });

    it("has none of the logins that the build has no use for", async () => {
        const { config } = await seen({ auths: { "other.example": { auth: "x" } } }, false);
        expect(Object.keys(config.auths)).to.deep.equal(["acme.example"]);
    });

    it("says where the user's certificates and builders are, where no variable or an empty one does", async () => {
        expect((await seen({})).env).not.to.have.property("DOCKER_CERT_PATH");
        setEnvironment("DOCKER_TLS_VERIFY", "1");
        for (const name of ["BUILDX_CONFIG", "DOCKER_CERT_PATH"]) setEnvironment(name, "");
        const home = folder({ "users/config.json": "{}" });
        setEnvironment("DOCKER_CONFIG", path.join(home, "users"));
        await withBuildConfiguration(
            path.join(home, "builds"),
            [login],
            () => true,
            ({ env }) => {
                expect(env["DOCKER_CERT_PATH"]).to.equal(path.join(home, "users"));
                expect(env["BUILDX_CONFIG"]).to.equal(path.join(home, "users", "buildx"));
                return Promise.resolve();
            },
        );
    });

    it("goes with what a killed process has left, and leaves what a living one uses", async () => {
        const dead = spawnSync(process.execPath, ["--eval", ""]).pid;
        const home = folder({
            [`builds/${dead}-abc/config.json`]: "{}",
            [`builds/${process.ppid}-abc/config.json`]: "{}",
        });
        setEnvironment("DOCKER_CONFIG", path.join(home, "users"));
        const builds = path.join(home, "builds");
        const during = await withBuildConfiguration(
            builds,
            [login],
            () => true,
            () => Promise.resolve(fs.readdirSync(builds)),
        );
        expect(during.filter((name) => name.startsWith(`${process.pid}-`))).to.have.length(1);
        expect(during).to.include(`${process.ppid}-abc`).and.not.include(`${dead}-abc`);
        expect(fs.readdirSync(builds)).to.deep.equal([`${process.ppid}-abc`]);
    });

    it("is given to many builds at once, without a warning of Node's", async () => {
        const home = folder();
        setEnvironment("DOCKER_CONFIG", path.join(home, "users"));
        const warnings: unknown[] = [];
        const warned = (warning: unknown) => warnings.push(warning);
        process.on("warning", warned);
        const build = () =>
            withBuildConfiguration(
                path.join(home, "builds"),
                [login],
                () => true,
                () => setImmediate(),
            );
        await Promise.all(Array.from({ length: 20 }, build));
        await setImmediate();
        process.off("warning", warned);
        expect(warnings).to.deep.equal([]);
    });

    it("goes when the process ends in the middle of the build", () => {
        const home = folder();
        const module = new URL("../../../components/docker/buildConfiguration.ts", import.meta.url);
        const program = `
            import { withBuildConfiguration } from ${JSON.stringify(module.href)};
            import * as fs from "node:fs";
            await withBuildConfiguration("builds", [{ server: "s", username: "u", password: "p" }], () => true, async ({ folder }) => {
                if (fs.existsSync(folder + "/config.json")) process.exit(3);
            });`;
        const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
            cwd: home,
            encoding: "utf8",
        });
        expect(status, stderr).to.equal(3);
        expect(fs.readdirSync(path.join(home, "builds"))).to.deep.equal([]);
    });
});
