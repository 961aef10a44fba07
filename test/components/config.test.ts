import * as fs from "node:fs";
import { setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { expect } from "chai";
import { parse } from "yaml";
import { loadAzureConfig, parseConfig } from "../../components/config.ts";
import { Problem } from "../../components/problem.ts";
import { oneImage } from "../support/example.ts";

const keyed = (values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`foundation:${key}`, value]));

function problemOf(values: Record<string, string>, secretKeys: string[] = []): string {
    try {
        parseConfig("foundation", keyed(values), secretKeys);
    } catch (error) {
        expect(error).to.be.instanceOf(Problem);
        return (error as Problem).message;
    }
    throw new Error("the configuration was accepted");
}

describe("config", () => {
    it("has the same keys and defaults in Pulumi.yaml as in code", () => {
        const declared = (
            parse(oneImage(fs.readFileSync("Pulumi.yaml", "utf8"))) as {
                config: Record<string, { default?: unknown; value?: unknown; description: string }>;
            }
        ).config;
        const asPulumiKeepsThem = Object.fromEntries(
            Object.entries(declared).map(([key, { default: usual, value = usual }]) => [
                key,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        );
        expect(parseConfig("foundation", keyed(asPulumiKeepsThem))).to.deep.equal(
            parseConfig("foundation", {}),
        );
        const message = problemOf({ nonsense: "1" });
        for (const key of Object.keys(declared)) expect(message).to.match(new RegExp(`\\b${key}\\b`));
        for (const { description } of Object.values(declared))
            expect(description).to.be.a("string").and.not.empty;
    });

    it("takes the names that older configurations have for the engine's builder and for buildx", () => {
        const older = keyed({ builder: "default", imageProvider: "docker-build" });
        expect(parseConfig("foundation", older)).to.deep.equal({
            ...parseConfig("foundation", {}),
            builder: undefined,
        });
    });

    it("reads lists, maps, numbers and booleans from the text that Pulumi keeps", () => {
        const config = parseConfig(
            "foundation",
            keyed({
                platforms: '["linux/amd64","linux/arm64"]',
                buildArgs: '{"BASE_IMAGE":"debian@sha256:abc","QUOTED":"it\'s $5"}',
                pullPort: "6000",
                protect: "false",
            }),
        );
        const [image] = config.images;
        expect(image.platforms).to.deep.equal(["linux/amd64", "linux/arm64"]);
        expect(image.buildArgs).to.deep.equal({ BASE_IMAGE: "debian@sha256:abc", QUOTED: "it's $5" });
        expect(config.pullPort).to.equal(6000);
        expect(config.protect).to.equal(false);
    });

    it("has one image where none is named, in foundation/", () => {
        const { images, apps, root } = parseConfig("foundation", {});
        expect({ images, apps, root }).to.deep.equal({
            images: [
                {
                    name: "foundation",
                    folder: "foundation",
                    context: "foundation",
                    dockerfile: "foundation/Dockerfile",
                    argument: "FOUNDATION_IMAGE",
                    replaces: [],
                    repository: "foundation",
                    target: undefined,
                    buildArgs: {},
                    platforms: [],
                    tag: undefined,
                    rebuild: undefined,
                    secrets: {},
                    ssh: [],
                    extraHosts: {},
                    buildContexts: {},
                    labels: {},
                    cache: { from: [], to: [] },
                },
            ],
            apps: ["apps/*"],
            root: ".",
        });
    });

    it("has each image that is named, with what stands for all that isn't said of it", () => {
        const images = {
            "base-os": {},
            java: {
                folder: "./docker/java/",
                context: ".",
                dockerfile: "docker/Dockerfile.java",
                argument: "BASE_IMAGE",
                repository: "base/java",
            },
        };
        const [first, second] = parseConfig("foundation", keyed({ images: JSON.stringify(images) })).images;
        expect(first).to.deep.include({
            name: "base-os",
            folder: "base-os",
            context: "base-os",
            dockerfile: "base-os/Dockerfile",
            argument: "FOUNDATION_BASE_OS_IMAGE",
            repository: "base-os",
        });
        expect(second).to.deep.include({ ...images.java, name: "java", folder: "docker/java" });
    });

    it("takes the settings of an only image by themselves", () => {
        const { images } = parseConfig(
            "foundation",
            keyed({
                context: ".",
                secrets: '{"pip":{"env":"PIP_TOKEN"},"npm":{"file":"~/.npmrc"}}',
                ssh: '["default"]',
                extraHosts: '{"mirror":"10.0.0.1"}',
                labels: '{"org.example":"x"}',
                cache: '{"to":["type=registry,ref=r/c"]}',
            }),
        );
        expect(images[0]).to.deep.include({
            folder: "foundation",
            context: ".",
            secrets: { pip: { env: "PIP_TOKEN" }, npm: { file: "~/.npmrc" } },
            ssh: ["default"],
            extraHosts: { mirror: "10.0.0.1" },
            labels: { "org.example": "x" },
            cache: { from: [], to: ["type=registry,ref=r/c"] },
        });
    });

    it("refuses what can't be an image's setting, each with where it is written", () => {
        const images = {
            Java: {},
            a: {
                folder: "../a",
                context: "/a",
                dockerfile: "a\\Dockerfile",
                argument: "1A",
                tag: 1.1,
                colour: "red",
                platforms: "x",
            },
            b: { secrets: { pip: {}, npm: { vault: "x" } }, ssh: ["a b"], extraHosts: { h: "there" } },
            c: { labels: { "foundation.tag": "x", "org.x.y": 1 }, buildContexts: { d: "../d" } },
            d: "d",
        };
        expect(
            problemOf({ images: JSON.stringify(images) })
                .split("\n  - ")
                .slice(1),
        ).to.have.members([
            'images.Java: must be lower-case letters and digits, with "-" or "_" between them; remove it where images is written, or with `pulumi config rm --path images.Java`',
            'images.a.folder: must not lead out of the repository, found "../a"; change it where images is written, or with `pulumi config set --path images.a.folder --type string <value>`',
            'images.a.context: must be relative to the repository\'s root, found "/a"; change it where images is written, or with `pulumi config set --path images.a.context --type string <value>`',
            'images.a.dockerfile: must have "/" between its parts, found "a\\\\Dockerfile"; change it where images is written, or with `pulumi config set --path images.a.dockerfile --type string <value>`',
            'images.a.argument: must be letters, digits and "_", the first not a digit, found "1A"; change it where images is written, or with `pulumi config set --path images.a.argument --type string <value>`',
            "images.a.tag: must be a text, found 1.1; change it where images is written, or with `pulumi config set --path images.a.tag --type string <value>`",
            "images.a.colour: is not a setting of an image; allowed are folder, argument, target, platforms, tag, rebuild, repository, replaces, context, dockerfile, buildArgs, secrets, ssh, extraHosts, buildContexts, labels, cache; remove it where images is written, or with `pulumi config rm --path images.a.colour`",
            "images.a.platforms: must be a list of texts, found \"x\"; change it where images is written, or with `pulumi config set --path 'images.a.platforms[0]' <value>`",
            "images.b.secrets.pip: must have one of env, file and config, found {}; change it where images is written, or with `pulumi config set --path images.b.secrets.pip.env --type string <value>`",
            "images.b.secrets.npm.vault: is no place for a secret; allowed are env, file, config; remove it where images is written, or with `pulumi config rm --path images.b.secrets.npm.vault`",
            "images.b.ssh[0]: must be default, or <id>=<path of a key or a socket>, found \"a b\"; change it where images is written, or with `pulumi config set --path 'images.b.ssh[0]' <value>`",
            'images.b.extraHosts.h: must be an IP address or host-gateway, found "there"; change it where images is written, or with `pulumi config set --path images.b.extraHosts.h --type string <value>`',
            'images.c.labels["foundation.tag"]: is how an image tells what it stands on; remove it where images is written, or with `pulumi config rm --path \'images.c.labels["foundation.tag"]\'`',
            'images.c.labels["org.x.y"]: must be a text, found 1; change it where images is written, or with `pulumi config set --path \'images.c.labels["org.x.y"]\' --type string <value>`',
            'images.c.buildContexts.d: must be a folder of the repository, docker-image://<image>, or a URL, found "../d"; change it where images is written, or with `pulumi config set --path images.c.buildContexts.d --type string <value>`',
            'images.d: must be a map of an image\'s settings, found "d"; change it where images is written, or with `pulumi config set --path images.d.folder --type string <value>`',
        ]);
    });

    it("refuses what two images can't share", () => {
        const images = {
            a: { folder: "x", replaces: ["acme/base"] },
            b: { folder: "x", repository: "a", argument: "FOUNDATION_A_IMAGE" },
            "c-d": { replaces: ["a"], buildContexts: { "docker.io/acme/base": "x" } },
            c_d: {},
        };
        expect(
            problemOf({ images: JSON.stringify(images) })
                .split("\n  - ")
                .slice(1),
        ).to.have.members([
            'images.b.folder: must differ from that of a, found "x" for both; give each a folder of its own for its compose.yaml; the Dockerfile may stay where it is (dockerfile, context)',
            'images.b.repository: must differ from that of a, found "a" for both; give each a repository of its own',
            'images.b.argument: must differ from that of a, found "FOUNDATION_A_IMAGE" for both; give each an argument of its own',
            'images.c_d.argument: must differ from that of c-d, found "FOUNDATION_C_D_IMAGE" for both; give each an argument of its own',
            "images.c_d: would have the same variable in .env as c-d, found FOUNDATION_C_D_IMAGE for both; rename one of them",
            'images.c-d.replaces[0]: stands for the image a already, found "a"; leave it out on one side',
            'images.c-d.buildContexts["docker.io/acme/base"]: stands for the image a already, found "docker.io/acme/base"; leave it out on one side',
        ]);
    });

    it("takes the project's own keys as settings of the image called foundation, beside others too", () => {
        const images = '{"foundation":{"folder":"docker/base","target":"slim"},"java":{}}';
        const [base, java] = parseConfig(
            "foundation",
            keyed({ images, rebuild: "may", repository: "foundation" }),
        ).images;
        expect(base).to.deep.include({ folder: "docker/base", target: "slim", rebuild: "may" });
        expect(base).to.have.property("context", "docker/base");
        expect(java).to.deep.include({ rebuild: undefined, repository: "java" });
    });

    it("names the key of an image where it is written", () => {
        const lists = { images: '{"foundation":{"folder":"f"},"java":{}}', imageProvider: "docker" };
        expect(problemOf({ ...lists, rebuild: "may" })).to.include("- rebuild: can't be used");
        const below = '{"foundation":{"rebuild":"may"},"java":{}}';
        expect(problemOf({ ...lists, images: below })).to.include(
            "- images.foundation.rebuild: can't be used",
        );
        const sections = (images: string) =>
            parseConfig("foundation", keyed({ images })).images.map(({ section }) => section);
        expect(sections(lists.images)).to.deep.equal([undefined, "images.java"]);
        expect(sections(below)).to.deep.equal(["images.foundation", "images.java"]);
    });

    it("refuses a setting of the image called foundation that is there twice, or where there is none", () => {
        const images = '{"java":{}}';
        const usual = { repository: "foundation", tag: "", platforms: "[]", buildArgs: "{}" };
        expect(parseConfig("foundation", keyed({ images, ...usual })).images).to.have.length(1);
        expect(
            problemOf({ images, repository: "base", buildArgs: '{"A":"1"}' }).split("\n  - ").slice(1),
        ).to.have.members([
            "repository: is for the image called foundation; images names java; write it as images.java.repository, and remove it with `pulumi config rm repository`",
            "buildArgs: is for the image called foundation; images names java; write it as images.java.buildArgs, and remove it with `pulumi config rm buildArgs`",
        ]);
        expect(problemOf({ images: '{"a":{},"b":{}}', tag: "v1" })).to.include(
            "images names a, b; write it as images.<name>.tag, and",
        );
        expect(problemOf({ images: '{"foundation":{"tag":"v1"}}', tag: "v2" })).to.include(
            "tag: is in images.foundation.tag as well; keep one of them; `pulumi config rm tag` removes this one",
        );
    });

    it("takes the values of secrets from one key, which must be secret, and repeats none", () => {
        const secrets = '{"pip":{"config":"pip"}}';
        const buildSecrets = '{"pip":"hush"}';
        const { buildSecrets: read } = parseConfig("foundation", keyed({ secrets, buildSecrets }), [
            "foundation:buildSecrets",
        ]);
        expect(read).to.deep.equal({ pip: "hush" });
        expect(problemOf({ secrets, buildSecrets })).to.match(
            /buildSecrets\.pip: must be secret; set it with `pulumi config set --secret --path buildSecrets\.pip`$/,
        );
        expect(problemOf({ secrets })).to.match(
            /secrets\.pip: there is no such entry in buildSecrets, found "pip"; set it with `pulumi config set --secret --path buildSecrets\.pip`$/,
        );
        expect(problemOf({ buildSecrets: '{"pip":["hush"]}' }, ["foundation:buildSecrets"]))
            .to.include(
                "buildSecrets.pip: must be a text; change it with `pulumi config set --secret --path buildSecrets.pip --type string <value>`",
            )
            .and.not.include("hush");
    });

    it("takes an empty text for an unset key", () => {
        expect(parseConfig("foundation", keyed({ tag: "", registry: "" }))).to.deep.equal(
            parseConfig("foundation", {}),
        );
    });

    it("passes over the keys of other projects and packages", () => {
        expect(parseConfig("foundation", { "azure-native:location": "westeurope" })).to.deep.equal(
            parseConfig("foundation", {}),
        );
    });

    it("reads the keys of its own project, whatever its name", () => {
        const values = { "acme:pullPort": "6352", "acme:registry": "" };
        expect(parseConfig("acme", values)).to.deep.include({ pullPort: 6352, registry: "local" });
        expect(() => parseConfig("acme", { "acme:foundaton": "x" })).to.throw(Problem, "- foundaton: is not");
    });

    it("refuses keys of a project named foundation in one of another name", () => {
        expect(() => parseConfig("acme", keyed({ pullPort: "6352" }))).to.throw(
            Problem,
            "foundation:pullPort: is of a project named foundation, but this one is named acme; run `pulumi config set pullPort <value>` and `pulumi config rm foundation:pullPort`",
        );
    });

    it("reports every problem at once, each with the key, what was found and what to do", () => {
        const message = problemOf({
            foundaton: "x",
            registry: "docker-hub",
            repository: "Team/Base",
            tag: "-x",
            pullPort: "70000",
            platforms: '"linux/amd64"',
            buildArgs: '{"A":1}',
        });
        expect(message.split("\n")).to.have.length(8);
        expect(message).to.include(
            'registry: must be "local" or "azure" or "existing", found "docker-hub"; change it with `pulumi config set registry <value>`',
        );
        expect(message).to.include("foundaton: is not a key of this project; allowed are registry, ");
        expect(message).to.include("`pulumi config rm foundaton`");
        expect(message).to.match(/repository: .*"Team\/Base"/);
        expect(message).to.match(/tag: .*"-x"/);
        expect(message).to.include("pullPort: must be a port from 1 to 65535, found 70000");
        expect(message).to.include("platforms: must be a list of texts");
        expect(message).to.include("buildArgs.A: must be a text, found 1");
    });

    describe("of an existing registry", () => {
        const existing = { registry: "existing", server: "ghcr.io/acme" };

        it("takes logins whose passwords are secret", () => {
            const values = keyed({
                ...existing,
                pushUsername: "ci",
                pushPassword: "p",
                pullUsername: "dev",
                pullPassword: "q",
            });
            const secrets = ["foundation:pushPassword", "foundation:pullPassword"];
            expect(parseConfig("foundation", values, secrets)).to.deep.include({
                ...{ registry: "existing", server: "ghcr.io/acme" },
                ...{ pushUsername: "ci", pushPassword: "p", pullUsername: "dev", pullPassword: "q" },
            });
        });

        it("refuses a password that anybody can read, without repeating it", () => {
            const message = problemOf({ ...existing, pushUsername: "ci", pushPassword: "hunter2" });
            expect(message)
                .to.include("pushPassword: must be secret")
                .and.include("config set --secret pushPassword");
            expect(message).to.not.include("hunter2");
        });

        it("refuses a secret name, which ends up in plain files", () => {
            const values = { ...existing, pullUsername: "dev", pullPassword: "q" };
            const message = problemOf(values, ["foundation:pullUsername", "foundation:pullPassword"]);
            expect(message).to.include("pullUsername: is secret");
        });

        for (const [title, values, said] of [
            [
                "no server",
                { server: "" },
                "server: must be set for the existing registry, such as ghcr.io/acme",
            ],
            [
                "a scheme",
                { server: "https://ghcr.io/acme" },
                "server: must be a registry's host without https://",
            ],
            ["a part of a name on Docker Hub", { server: "acme/base" }, "server: must be a registry's host"],
            ["a path in upper case", { server: "ghcr.io/Acme" }, "a path in lower case"],
            [
                "another name of Docker Hub",
                { server: "index.docker.io/acme" },
                "must be docker.io/<namespace>",
            ],
            [
                "a name without a password",
                { pushUsername: "ci" },
                "pushPassword: must be set along with pushUsername",
            ],
        ] as const) {
            it(`refuses ${title}`, () => {
                expect(problemOf({ ...existing, ...values })).to.include(said);
            });
        }
    });

    it("tells of maps and lists by item, with the one way in which Pulumi takes each", () => {
        const message = problemOf({
            buildArgs: '{"A":1.1,"B":true,"FOUNDATION_TAG":"x"}',
            replaces: '["base",""]',
            platforms: "linux/amd64",
        });
        expect(message.split("\n  - ").slice(1)).to.have.members([
            "buildArgs.A: must be a text, found 1.1; change it with `pulumi config set --path buildArgs.A --type string <value>`",
            "buildArgs.B: must be a text, found true; change it with `pulumi config set --path buildArgs.B --type string <value>`",
            "buildArgs.FOUNDATION_TAG: is how the image learns its own tag; remove it with `pulumi config rm --path buildArgs.FOUNDATION_TAG`",
            "replaces[1]: must be an image as in FROM, such as acme.azurecr.io/foundation, with or without a tag or a digest, found \"\"; change it with `pulumi config set --path 'replaces[1]' <value>`",
            "platforms: must be a list of texts, found \"linux/amd64\"; change it with `pulumi config set --path 'platforms[0]' <value>`",
        ]);
    });

    for (const [title, values, reason] of [
        ["one port for pull and push", { pullPort: "6000", pushPort: "6000" }, "pushPort: must differ"],
        ["a fixed tag that is the moving one", { tag: "latest" }, "tag: must differ"],
        [
            "several platforms with the docker provider",
            { imageProvider: "docker", platforms: '["a/b","c/d"]' },
            "platforms",
        ],
        [
            "a builder with the docker provider",
            { imageProvider: "docker", builder: "remote" },
            "builder: can't",
        ],
        ["a rebuild with the docker provider", { imageProvider: "docker", rebuild: "1" }, "rebuild: can't"],
        [
            "secrets with the docker provider",
            { imageProvider: "docker", secrets: '{"a":{"env":"A"}}', ssh: '["default"]' },
            "secrets, ssh: can't be used with imageProvider docker",
        ],
        ["an app outside of the repository", { apps: '["../x/*"]' }, "apps[0]: must not lead out"],
        ["an app by an absolute path", { apps: '["!/x"]' }, "apps[0]: must be relative"],
        ["a root that the project doesn't lie in", { root: "../x" }, 'root: must be ".", or ".."'],
        ["a setting of a cache that it hasn't", { cache: '{"too":[]}' }, "cache.too: is not a key of cache"],
        [
            "attestations with the docker provider",
            { imageProvider: "docker", attest: '["sbom"]' },
            "attest: can't",
        ],
        [
            "an attestation that there isn't",
            { attest: '["slsa"]' },
            'attest[0]: must be "provenance" or "sbom"',
        ],
        ["a renewal as long as the lifetime", { tokenLifetimeDays: "30" }, "tokenRenewDays: must be less"],
        [
            "a renewal longer than half of the lifetime",
            { tokenLifetimeDays: "50" },
            "tokenRenewDays: must be at most half of tokenLifetimeDays (50), found 30",
        ],
        [
            "Azure without a registry's name",
            { registry: "azure" },
            "registryName: must be 5 to 50 lower-case letters and digits",
        ],
        [
            "a registry's name that Azure doesn't take",
            { registry: "azure", registryName: "acme-foundation" },
            'found "acme-foundation"; change it with',
        ],
        [
            "a resource group's name that Azure doesn't take",
            { registry: "azure", registryName: "acmefoundation", resourceGroupName: "a/b" },
            "resourceGroupName: must be 1 to 90",
        ],
        [
            "removing old images in another registry",
            { purgeAfterDays: "180" },
            "purgeAfterDays: is an option of registry azure; `foundation retention` removes",
        ],
        [
            "removing old images whose tags are not locked",
            {
                ...{ registry: "azure", registryName: "acmefoundation" },
                purgeAfterDays: "180",
                lockTags: "false",
            },
            "purgeAfterDays: needs lockTags, for without locks images that are in use would be removed, found 180; remove it with",
        ],
        [
            "removing old images that the docker provider doesn't lock",
            {
                ...{ registry: "azure", registryName: "acmefoundation" },
                purgeAfterDays: "180",
                imageProvider: "docker",
            },
            "purgeAfterDays: can't be used with imageProvider docker, which locks no tags",
        ],
        ["a tier that Azure doesn't have", { sku: "Free" }, 'must be "Basic" or "Standard" or "Premium"'],
        [
            "contexts in a form there isn't",
            { contexts: "both" },
            'must be "image" or "service", found "both"',
        ],
        ["a port that is no number", { pushPort: "5051x" }, 'found "5051x"'],
        [
            "a platform that is none",
            { platforms: '["linux/arm/v7","nonsense"]' },
            'platforms[1]: must be <os>/<architecture>, such as linux/amd64 or linux/arm/v7, found "nonsense"',
        ],
        [
            "to replace what no Dockerfile can name",
            { replaces: '["base","https://acme.azurecr.io/foundation"]' },
            'replaces[1]: must be an image as in FROM, such as acme.azurecr.io/foundation, with or without a tag or a digest, found "https://acme.azurecr.io/foundation"',
        ],
        ["a list that isn't JSON", { replaces: "acme/foundation" }, "replaces: must be a list"],
    ] as const) {
        it(`refuses ${title}`, () => {
            expect(problemOf(values)).to.include(reason);
        });
    }

    it("refuses secret values without repeating them", () => {
        const message = problemOf({ repository: "Hunter2", buildArgs: '{"A":"hunter3"}' }, [
            "foundation:repository",
            "foundation:buildArgs",
        ]);
        expect(message).to.include("buildArgs: is secret");
        expect(message).to.include("repository: is secret");
        expect(message).not.to.match(/hunter/i);
    });
});

describe("the configuration of azure-native", () => {
    const secretKeys = process.env["PULUMI_CONFIG_SECRET_KEYS"];

    afterEach(() => {
        setAllConfig({});
        if (secretKeys === undefined) delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
        else process.env["PULUMI_CONFIG_SECRET_KEYS"] = secretKeys;
    });

    it("is passed on without its prefix, apart from the location, and with its secrets apart", () => {
        setAllConfig({
            "azure-native:location": "westeurope",
            "azure-native:tenantId": "tenant",
            "azure-native:clientId": "client",
            "azure-native:clientSecret": "secret by nature",
            "azure-native:environment": "",
            "foundation:registry": "azure",
        });
        process.env["PULUMI_CONFIG_SECRET_KEYS"] = '["azure-native:clientId"]';
        expect(loadAzureConfig()).to.deep.equal({
            location: "westeurope",
            settings: { tenantId: "tenant" },
            secretSettings: { clientId: "client", clientSecret: "secret by nature" },
        });
    });

    it("may be empty", () => {
        expect(loadAzureConfig()).to.deep.equal({ location: undefined, settings: {}, secretSettings: {} });
    });
});
