import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import {
    dockerConfigFolder,
    loginStore,
    readLogin,
    unreadableConfig,
} from "../../../components/oci/dockerLogin.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { hurried } from "../../support/hurry.ts";
import { withEnvironment } from "../../toolchain/support.ts";

const server = "registry.example:5000";
const auth = btoa("user:pa:ss");
const ofFile = { username: "user", password: "pa:ss" };

describe("Docker's login on this machine", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const { DOCKER_CONFIG: usual, PATH: usualPath = "" } = process.env;

    afterEach(() => {
        if (usual === undefined) delete process.env["DOCKER_CONFIG"];
        else process.env["DOCKER_CONFIG"] = usual;
        process.env["PATH"] = usualPath;
    });

    function configure(config: object | string): string {
        const text = typeof config === "string" ? config : JSON.stringify(config);
        return (process.env["DOCKER_CONFIG"] = folder({ "config.json": text }));
    }

    for (const [title, key] of [
        ["its name", server],
        ["a URL, as older Dockers wrote it", `https://${server}/v1/`],
        ["a URL without TLS", `http://${server}`],
    ] as const) {
        it(`is read from the file, under ${title}`, async () => {
            configure({ auths: { [key]: { auth } } });
            expect(await readLogin(server)).to.deep.equal(ofFile);
            expect(loginStore(server)).to.deep.equal({ kind: "plain" });
        });
    }

    it("is that of Docker Hub under the name of its first API", async () => {
        configure({ auths: { "https://index.docker.io/v1/": { auth } } });
        expect(await readLogin("docker.io")).to.deep.equal(ofFile);
    });

    it("may have name and password in the open, as somebody has written it", async () => {
        configure({ auths: { [server]: { username: "user", password: "pa:ss" } } });
        expect(await readLogin(server)).to.deep.equal(ofFile);
    });

    it("is that of the environment, which Docker prefers to the file and to helpers", async () => {
        const other = { auths: { [server]: { auth: btoa("ci:token") } } };
        for (const config of [{ auths: { [server]: { auth } } }, { credsStore: "nowhere" }]) {
            configure(config);
            setEnvironment("DOCKER_AUTH_CONFIG", JSON.stringify(other));
            expect(await readLogin(server)).to.deep.equal({ username: "ci", password: "token" });
        }
        configure({ auths: { [server]: { auth } } });
        for (const unusable of ["{", JSON.stringify({ auths: {} })]) {
            setEnvironment("DOCKER_AUTH_CONFIG", unusable);
            expect(await readLogin(server)).to.deep.equal(ofFile);
        }
    });

    it("may be an identity token", async () => {
        configure({ auths: { [server]: { auth: btoa("0000:"), identitytoken: "long" } } });
        expect(await readLogin(server)).to.deep.equal({ username: "0000", identityToken: "long" });
    });

    for (const [title, config] of [
        ["no entry", { auths: { "other.example": { auth } } }],
        ["an entry without a login", { auths: { [server]: {} } }],
        ["nothing", {}],
        ["no JSON", "{"],
        ["something else than Docker writes", { auths: [1] }],
    ] as const) {
        it(`is none where the file has ${title}`, async () => {
            configure(config);
            expect(await readLogin(server)).to.equal(undefined);
        });
    }

    it("is missed with a file that isn't as Docker writes it", () => {
        configure({});
        expect(unreadableConfig()).to.equal(undefined);
        for (const config of ["{", { auths: [1] }]) {
            expect(unreadableConfig()).to.equal(undefined);
            const home = configure(config);
            expect(unreadableConfig()).to.equal(path.join(home, "config.json"));
            fs.rmSync(path.join(home, "config.json"));
        }
    });

    it("is in the home folder where a variable for another is empty", () => {
        process.env["DOCKER_CONFIG"] = "";
        expect(dockerConfigFolder()).to.equal(path.join(os.homedir(), ".docker"));
    });

    it("is none where there is no file", async () => {
        process.env["DOCKER_CONFIG"] = folder();
        expect(await readLogin(server)).to.equal(undefined);
    });

    describe("with a helper", function () {
        before(function () {
            // The helper is a shell script.
            if (process.platform === "win32") this.skip();
        });

        function install(name: string, script: string): void {
            const file = `docker-credential-${name}`;
            const bin = folder({ [file]: `#!/bin/sh\n${script}\n` });
            fs.chmodSync(path.join(bin, file), 0o755);
            process.env["PATH"] = `${bin}${path.delimiter}${usualPath}`;
        }

        it("is what the helper has for this server, and nothing that the file has", async () => {
            install(
                "vault",
                'read -r asked; [ "$1" = get ] && printf \'{"Username":"me","Secret":"from %s"}\' "$asked"',
            );
            configure({ auths: { [server]: { auth } }, credsStore: "vault" });
            expect(await readLogin(server)).to.deep.equal({
                username: "me",
                password: `from ${server}`,
            });
            expect(loginStore(server)).to.deep.equal({ kind: "helper", name: "vault" });
        });

        it("is that of the server's own helper rather than of the one for all", async () => {
            install("cloud", 'printf \'{"Username":"<token>","Secret":"long"}\'');
            configure({ credHelpers: { [server]: "cloud" }, credsStore: "not-there" });
            expect(await readLogin(server)).to.deep.equal({ username: "<token>", identityToken: "long" });
        });

        it("is that of the file where the server has no helper by name", async () => {
            configure({ auths: { [server]: { auth } }, credHelpers: { [server]: "" }, credsStore: "vault" });
            expect(await readLogin(server)).to.deep.equal(ofFile);
            expect(loginStore(server)).to.deep.equal({ kind: "plain" });
        });

        it("is none where the helper answers with nothing", async () => {
            install("vault", 'printf \'{"Username":"","Secret":""}\'');
            configure({ credsStore: "vault" });
            expect(await readLogin(server)).to.equal(undefined);
        });

        it("is what a shell has started on Windows, where helpers may be scripts", async () => {
            const bin = folder({ shell: '#!/bin/sh\nprintf \'{"Username":"me","Secret":"%s"}\' "$2"\n' });
            fs.chmodSync(path.join(bin, "shell"), 0o755);
            configure({ credsStore: "gcloud" });
            const { platform } = process;
            const { comspec } = process.env;
            Object.defineProperty(process, "platform", { value: "win32" });
            process.env["comspec"] = path.join(bin, "shell");
            try {
                expect(await readLogin(server)).to.include({ password: "docker-credential-gcloud get" });
            } finally {
                Object.defineProperty(process, "platform", { value: platform });
                if (comspec === undefined) delete process.env["comspec"];
                else process.env["comspec"] = comspec;
            }
        });

        it("is asked of no helper whose name is more than a name to a shell", async () => {
            const home = configure({ credsStore: "x & calc" });
            const error: unknown = await readLogin(server).catch((fault: unknown) => fault);
            expect((error as Problem).message)
                .to.include(
                    `the credential helper for ${server} has a name that no program has, found "x & calc"; `,
                )
                .and.include(path.join(home, "config.json"));
            install("calc", 'printf \'{"Username":"me","Secret":"mine"}\'');
            for (const [config, login] of [
                [{ credsStore: "calc" }, { username: "me", password: "mine" }],
                [{}, undefined],
            ] as const) {
                configure(config);
                expect(await readLogin(server)).to.deep.equal(login);
            }
        });

        it("is not waited for without end", async () => {
            install("vault", "exec sleep 60");
            configure({ credsStore: "vault" });
            const asked = hurried(40, () => readLogin(server));
            const error: unknown = await asked.catch((fault: unknown) => fault);
            expect((error as Problem).message).to.include("fails (no answer in 20 seconds); see whether");
        });

        it("is none where the helper has none", async () => {
            install("vault", "echo credentials not found in native keychain; exit 1");
            configure({ auths: { [server]: { auth } }, credsStore: "vault" });
            expect(await readLogin(server)).to.equal(undefined);
        });

        for (const [title, script, reason] of [
            ["fails", "echo the keychain is locked; exit 1", "fails (the keychain is locked)"],
            ["answers nonsense", "echo hello", "fails (it answers with something else than a login)"],
            ["is not there", undefined, "is not installed, or not on the PATH; install it"],
        ] as const) {
            it(`is a problem that names the helper where it ${title}`, async () => {
                if (script !== undefined) install("vault", script);
                const home = configure({ credsStore: "vault" });
                const error: unknown = await readLogin(server).catch((fault: unknown) => fault);
                expect(error).to.be.instanceOf(Problem);
                expect((error as Problem).message)
                    .to.include(`docker-credential-vault, which has Docker's login for ${server},`)
                    .and.include(reason)
                    .and.include(path.join(home, "config.json"));
                install("vault", 'printf \'{"Username":"me","Secret":"mine"}\'');
                expect(await readLogin(server)).to.include({ password: "mine" });
                fs.writeFileSync(
                    path.join(home, "config.json"),
                    JSON.stringify({ auths: { [server]: { auth } } }),
                );
                expect(await readLogin(server)).to.deep.equal(ofFile);
            });
        }
    });
});
