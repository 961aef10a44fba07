// What Compose itself reads from our texts. It needs the client only, no engine.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { execa } from "execa";
import fc from "fast-check";

import { readDockerfile } from "../../../components/render/dockerfile.ts";
import { blockProblem, withBlock } from "../../../components/render/envFile.ts";
import { registryCompose } from "../../../components/render/registryCompose.ts";
import { appText, blockFor, foundationText, published, type Published } from "../../support/emitted.ts";

const values: Published = { image: "localhost:5050/foundation:v2", digest: "sha256:01", stack: "dev" };
const echo =
    'services: {echo: {image: "${FOUNDATION_IMAGE?}", labels: {digest: "${FOUNDATION_DIGEST?}", stack: "${FOUNDATION_STACK?}"}}}\n';

interface Service {
    readonly image: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ports: readonly unknown[];
    readonly scale: number;
    readonly build: {
        readonly context: string;
        readonly target: string;
        readonly args: Readonly<Record<string, string>>;
        readonly additional_contexts: Readonly<Record<string, string>>;
    };
}

interface Config {
    readonly name: string;
    readonly services: Readonly<Record<string, Service>>;
    readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

describe("docker compose config", function () {
    this.timeout(60_000);
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "foundation-compose-"));
    });

    afterEach(async () => {
        await rm(folder, { recursive: true });
    });

    /** What Compose makes of a compose.yaml with a .env beside it. `env` is latin1, one character per byte. */
    async function config(compose: string, env: string, shell: Record<string, string> = {}): Promise<Config> {
        await writeFile(join(folder, "compose.yaml"), compose);
        await writeFile(join(folder, ".env"), env, "latin1");
        const { stdout } = await execa("docker", ["compose", "config", "--format", "json"], {
            cwd: folder,
            env: {
                // The shell's own values would win over the file's.
                FOUNDATION_IMAGE: undefined,
                FOUNDATION_DIGEST: undefined,
                FOUNDATION_STACK: undefined,
                COMPOSE_FILE: undefined,
                COMPOSE_PROJECT_NAME: undefined,
                ...shell,
            },
        });
        // What Compose prints is a Compose file again: its dollars are doubled.
        return JSON.parse(stdout.replaceAll("$$", "$")) as Config;
    }

    function bytes(text: string): string {
        return Buffer.from(text, "utf8").toString("latin1");
    }

    async function readBack(env: string): Promise<Published> {
        const { image = "", labels } = (await config(echo, env)).services["echo"] ?? {};
        return { image, digest: labels?.["digest"] ?? "", stack: labels?.["stack"] ?? "" };
    }

    it("reads the three values of a .env back as they were, whatever characters they have", async () => {
        const hostile = [
            "$HOME ${HOME} $$ $(id) `id`",
            "it's \"quoted\" 'twice'",
            " # not a comment ",
            "\\n \\t \\$ a\\b \\\\ c",
            "Ünïcödé 日本語 🐳",
            "=a=b export X=1",
            "-leading {brace} [bracket] * & ! | > %",
            "x".repeat(20_000),
            "",
        ];
        for (const value of hostile) {
            const all = { image: `i${value}`, digest: value, stack: `${value}.` };
            expect(await readBack(bytes(blockFor(all))), value.slice(0, 50)).to.deep.equal(all);
        }
    });

    it("reads any single line back that the block accepts", async () => {
        const nasty = fc.constantFrom(..."'\"\\$#= \t{}`\u0085\u2028\u00A0é🐳a".split(/(?:)/u));
        const line = fc.oneof(
            fc.string({ unit: nasty }),
            fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n\0]/g, "")),
        );
        const acceptable = line.map((text) => text.replace(/\\+(?='|$)/g, ""));
        await fc.assert(
            fc.asyncProperty(acceptable, acceptable, acceptable, async (image, digest, stack) => {
                const all = { image, digest, stack };
                const read = await readBack(bytes(blockFor({ ...all, image: `i${image}` })));
                expect(read).to.deep.equal({ ...all, image: `i${image}` });
            }),
            { numRuns: 40 },
        );
    });

    it("reads the block beside any of the user's lines, and with CRLF", async () => {
        const users = [
            "A=1",
            "A=1\r\nB='two'\r\n",
            "\u00EF\u00BB\u00BFA=1\n",
            "# caf\u00E9 in latin1\nA=1\n",
            'MULTI="one\ntwo"\n',
            "export A=1\n\n\nB: yaml style\n",
        ];
        for (const text of users) {
            const env = withBlock(text, blockFor(values));
            expect(await readBack(env), JSON.stringify(text)).to.deep.equal(values);
            expect(
                await readBack(env.replace(/\r?\n/g, "\r\n")),
                `${JSON.stringify(text)} CRLF`,
            ).to.deep.equal(values);
        }
    });

    it("lets a line of the user's own after the block win, and the shell over both", async () => {
        const env = withBlock("FOUNDATION_IMAGE=mine\n", blockFor(values));
        expect(blockProblem(env)).to.equal(undefined);
        expect((await readBack(env)).image).to.equal("mine");
        expect((await config(echo, env, { FOUNDATION_IMAGE: "shell" })).services["echo"]?.image).to.equal(
            "shell",
        );
    });

    it("reads the foundation's image and build arguments back, whatever characters they have", async () => {
        const hostile = {
            dollar: "$HOME ${X:-y} $$",
            quotes: 'it\'s "q"',
            comment: "a #b",
            spaces: " a  b ",
            lines: "a\nb\n\n",
            empty: "",
            octal: "0777",
            binary: "0b1",
            underscore: "1_000",
            float: "1.10",
            date: "2001-01-01",
            sexagesimal: "1:30",
            yes: "yes",
            null: "null",
            tilde: "~",
            merge: "<<",
            colon: "a: b",
            long: "x".repeat(20_000),
        };
        const text = foundationText({ target: "t's", buildArgs: hostile }, "p");
        const { foundation } = (await config(text, blockFor(values))).services;
        expect(foundation?.image).to.equal(values.image);
        expect(foundation?.build.target).to.equal("t's");
        expect(foundation?.build.args).to.deep.equal({ ...hostile, FOUNDATION_TAG: "local" });
    });

    it("reads any build argument back as it was", async () => {
        const scalar = fc.constantFrom(
            ..."0b1xo_.:-+eEyYnN~<>=!&*%@`|{}[],?#\r\u009F'\"$ \t\n\u0085\u2028\uFEFFé🐳".split(/(?:)/u),
        );
        const value = fc
            .oneof(fc.string({ unit: scalar, size: "medium" }), fc.string({ unit: "binary" }))
            .map((text) => text.replaceAll("\0", ""));
        const buildArgs = fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,9}$/), value, {
            minKeys: 20,
            maxKeys: 60,
        });
        await fc.assert(
            fc.asyncProperty(buildArgs, async (args) => {
                const text = foundationText({ buildArgs: args }, "p");
                const { foundation } = (await config(text, blockFor(values))).services;
                expect(foundation?.build.args).to.deep.equal({ ...args, FOUNDATION_TAG: "local" });
            }),
            { numRuns: 20 },
        );
    });

    it("gives an app's build the foundation in every way its Dockerfile asks for", async () => {
        const reading = readDockerfile(
            "ARG FOUNDATION_IMAGE\nFROM $FOUNDATION_IMAGE\nFROM foundation\nFROM localhost:5000/a/b:v3\n",
            {
                foundations: [
                    { name: "foundation", argument: "FOUNDATION_IMAGE", replaces: ["localhost:5000/a/b"] },
                ],
                stages: "all",
            },
        );
        const use = "uses" in reading ? reading.uses.get("foundation") : undefined;
        if (use === undefined) throw new Error("the foundation is not used");
        const { name, services } = await config(
            appText({ service: "app1", use }, "image", "app1-1a2b3c"),
            blockFor(values),
        );
        expect(name).to.equal("app1-1a2b3c");
        expect(services["app1"]?.build).to.deep.include({
            args: { FOUNDATION_IMAGE: values.image },
            additional_contexts: {
                foundation: `docker-image://${values.image}`,
                "localhost:5000/a/b:v3": `docker-image://${values.image}`,
            },
        });
    });

    it("has the service that is a context built on the foundation, and never started", async () => {
        const use = { buildArg: false, contexts: ["foundation", "localhost:5000/a/b:v3"] };
        const text = appText({ service: "app1", use }, "service", "p");
        const { app1, "foundation-app1": helper } = (await config(text, blockFor(values))).services;
        expect(app1?.build.additional_contexts).to.deep.equal({
            foundation: "service:foundation-app1",
            "localhost:5000/a/b:v3": "service:foundation-app1",
        });
        expect(helper?.scale).to.equal(0);
        expect(helper?.build).to.deep.include({
            dockerfile_inline: "ARG FOUNDATION_IMAGE=scratch\nFROM ${FOUNDATION_IMAGE}\n",
            args: { FOUNDATION_IMAGE: values.image },
        });
    });

    for (const env of ["", "FOUNDATION_IMAGE=\n"]) {
        it(`builds on what was published with the .env ${JSON.stringify(env)}`, async () => {
            const use = { buildArg: true, contexts: ["foundation"] };
            const { foundation } = (await config(foundationText({ buildArgs: {} }, "p"), env)).services;
            expect(foundation?.image).to.equal(published);
            const image = (await config(appText({ service: "a", use }, "image", "p"), env)).services;
            expect(image["a"]?.build.args).to.deep.equal({ FOUNDATION_IMAGE: published });
            expect(image["a"]?.build.additional_contexts).to.deep.equal({
                foundation: `docker-image://${published}`,
            });
            const service = (await config(appText({ service: "a", use }, "service", "p"), env)).services;
            expect(service["foundation-a"]?.build.args).to.deep.equal({ FOUNDATION_IMAGE: published });
        });
    }

    it("has the last word on the project's name from the user's own file, .env or shell", async () => {
        const text = appText({ service: "app1", use: { buildArg: true, contexts: [] } }, "image", "ours");
        const env = blockFor(values);
        expect((await config(text, env)).name).to.equal("ours");
        await writeFile(join(folder, "compose.override.yaml"), "name: theirs\n");
        expect((await config(text, env)).name).to.equal("theirs");
        const own = `COMPOSE_PROJECT_NAME=from-env\n${env}`;
        expect((await config(text, own)).name).to.equal("from-env");
        expect((await config(text, own, { COMPOSE_PROJECT_NAME: "from-shell" })).name).to.equal("from-shell");
    });

    it("merges the user's compose.override.yaml into the app", async () => {
        await writeFile(join(folder, "compose.override.yaml"), 'services: {app1: {ports: ["8080:80"]}}\n');
        const { services } = await config(
            appText({ service: "app1", use: { buildArg: true, contexts: [] } }, "image", "p"),
            blockFor(values),
        );
        expect(services["app1"]?.ports).to.have.length(1);
        expect(services["app1"]?.build.args).to.deep.equal({ FOUNDATION_IMAGE: values.image });
    });

    it("hands the registry its password lines and its owner as they are", async () => {
        const line = "pull'er:$2b$05$If8WZJvB2ceLJqaZEF7CnO4YhBXBTq38ebU9V5h3GrXhrV2cN/JUi";
        const owner = 'C:\\Users\\$me\\it\'s # "mine"';
        const text = registryCompose({
            project: "foundation-test",
            owner,
            pullPort: 5050,
            pushPort: 5051,
            pullHtpasswd: line,
            pushHtpasswd: line.toUpperCase(),
        });
        const { name, services, configs } = await config(text, "");
        expect(name).to.equal("foundation-test");
        expect(configs["pull-htpasswd"]?.content).to.equal(`${line}\n`);
        expect(configs["push-htpasswd"]?.content).to.equal(`${line.toUpperCase()}\n`);
        expect(services["pull"]?.labels["foundation.owner"]).to.equal(owner);
        expect(services["pull"]?.ports).to.deep.equal([
            { mode: "ingress", host_ip: "127.0.0.1", target: 5000, published: "5050", protocol: "tcp" },
        ]);
    });
});
