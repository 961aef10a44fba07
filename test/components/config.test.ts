import * as fs from "node:fs";
import { setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { expect } from "chai";
import { parse } from "yaml";
import { loadAzureConfig, loadConfig, mainImage, parseConfig } from "../../components/config.ts";
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
            "images.a.platforms: must be a list of texts, found \"x\"; remove it where images is written, or with `pulumi config rm --path images.a.platforms`, and set it with `pulumi config set --path 'images.a.platforms[0]' <value>`",
            "images.b.secrets.pip: must have one of env, file and config, found {}; remove it where images is written, or with `pulumi config rm --path images.b.secrets.pip`, and set it with `pulumi config set --path images.b.secrets.pip.env --type string <value>`",
            "images.b.secrets.npm.vault: is no place for a secret; allowed are env, file, config; remove it where images is written, or with `pulumi config rm --path images.b.secrets.npm.vault`",
            "images.b.ssh[0]: must be default, or <id>=<path of a key or a socket>, found \"a b\"; change it where images is written, or with `pulumi config set --path 'images.b.ssh[0]' <value>`",
            'images.b.extraHosts.h: must be an IP address or host-gateway, found "there"; change it where images is written, or with `pulumi config set --path images.b.extraHosts.h --type string <value>`',
            'images.c.labels["foundation.tag"]: is how an image tells what it stands on; remove it where images is written, or with `pulumi config rm --path \'images.c.labels["foundation.tag"]\'`',
            'images.c.labels["org.x.y"]: must be a text, found 1; change it where images is written, or with `pulumi config set --path \'images.c.labels["org.x.y"]\' --type string <value>`',
            'images.c.buildContexts.d: must be a folder of the repository, docker-image://<image>, or a URL, found "../d"; change it where images is written, or with `pulumi config set --path images.c.buildContexts.d --type string <value>`',
            'images.d: must be a map of an image\'s settings, found "d"; remove it where images is written, or with `pulumi config rm --path images.d`, and set it with `pulumi config set --path images.d.folder --type string <value>`',
        ]);
    });

    it("has the images in one order, whichever Pulumi or a file of its has them in", () => {
        const named = (images: object): unknown =>
            parseConfig("foundation", keyed({ images: JSON.stringify(images) })).images;
        const written = named({ zulu: { folder: "z" }, alpha: {}, "b-9": {} });
        expect(written).to.deep.equal(named({ alpha: {}, "b-9": {}, zulu: { folder: "z" } }));
        expect(written).to.have.nested.property("[0].name", "alpha");
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

    for (const [told, remedy, before, after] of [
        [
            "images.b.folder: must differ from that of a",
            "give each a folder of its own for its compose.yaml; the Dockerfile may stay where it is",
            { a: { folder: "docker" }, b: { folder: "docker" } },
            {
                a: { folder: "docker" },
                b: { folder: "docker/b", context: "docker", dockerfile: "docker/Dockerfile" },
            },
        ],
        [
            "images.b.repository: must differ from that of a",
            "give each a repository of its own",
            { a: {}, b: { repository: "a" } },
            { a: {}, b: { repository: "b" } },
        ],
        [
            "images.b.argument: must differ from that of a",
            "give each an argument of its own",
            { a: { argument: "BASE" }, b: { argument: "BASE" } },
            { a: { argument: "BASE" }, b: { argument: "BASE_B" } },
        ],
        [
            "images.c_d: would have the same variable in .env as c-d",
            "rename one of them",
            { "c-d": {}, c_d: { argument: "OTHER" } },
            { "c-d": {}, e: { argument: "OTHER" } },
        ],
        [
            "images.b.replaces[0]: stands for the image a already",
            "leave it out on one side",
            { a: { replaces: ["acme/base"] }, b: { replaces: ["acme/base"] } },
            { a: { replaces: ["acme/base"] }, b: {} },
        ],
        [
            "images.b.tag: must differ from channel",
            "choose another, or have it made from content by leaving it out",
            { a: {}, b: { tag: "latest" } },
            { a: { tag: "v1" }, b: {} },
        ],
    ] as const) {
        it(`takes images of which was told "${told}", with the remedy: ${remedy}`, () => {
            expect(problemOf({ images: JSON.stringify(before) }))
                .to.include(told)
                .and.include(`; ${remedy}`);
            const { images } = parseConfig("foundation", keyed({ images: JSON.stringify(after) }));
            expect(images).to.have.lengthOf(2);
        });
    }

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
        const written = '{"a":{"tag":"v1"},"java":{"repository":"base","buildArgs":{"A":"1"}}}';
        const [a, java] = parseConfig("foundation", keyed({ images: written, ...usual })).images;
        expect(a.tag).to.equal("v1");
        expect(java).to.deep.include({ repository: "base", buildArgs: { A: "1" } });
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
        const ours = { "acme:pullPort": "6352" };
        for (const values of [keyed({ pullPort: "6352" }), { ...keyed({ pullPort: "6352" }), ...ours }]) {
            expect(() => parseConfig("acme", values)).to.throw(
                Problem,
                "foundation:pullPort: is of a project named foundation, but this one is named acme; run `pulumi config set pullPort <value>` and `pulumi config rm foundation:pullPort`",
            );
        }
        expect(parseConfig("acme", ours).pullPort).to.equal(6352);
    });

    it("names the key that was meant, with how it is set, and how a list of another project's is", () => {
        expect(problemOf({ pulPort: "1" })).to.include(
            "remove it with `pulumi config rm pulPort`, and if pullPort is meant, `pulumi config set pullPort <value>`",
        );
        expect(problemOf({ Replace: "x" })).to.include("`pulumi config set --path 'replaces[0]' <value>`");
        expect(() => parseConfig("acme", keyed({ replaces: '["x"]' }))).to.throw(
            Problem,
            "run `pulumi config set --path 'replaces[0]' <value>` and `pulumi config rm foundation:replaces`",
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
        expect(message).to.include(
            "remove it with `pulumi config rm foundaton`; what the program reads itself has",
        );
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
            expect(problemOf({ ...existing, pullUsername: "dev", pullPassword: "q" })).to.match(
                /- pullPassword: must be secret; set it with `pulumi config set --secret pullPassword`$/,
            );
        });

        it("refuses a secret name, which ends up in plain files", () => {
            const values = { ...existing, pullUsername: "dev", pullPassword: "q" };
            const message = problemOf(values, ["foundation:pullUsername", "foundation:pullPassword"]);
            expect(message).to.include(
                "pullUsername: is secret, but would end up in plain files and image history; set it without --secret",
            );
        });

        for (const [title, values, said] of [
            [
                "no server",
                { server: "" },
                "server: must be set for the existing registry, such as ghcr.io/acme, found none; set it with `pulumi config set server <host>[:<port>][/<path>]`",
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
                "pushPassword: must be set along with pushUsername, found none; set it with `pulumi config set --secret pushPassword <value>`",
            ],
            [
                "a password without a name",
                { pullPassword: "q" },
                "pullUsername: must be set along with pullPassword, found none; set it with `pulumi config set pullUsername <value>`",
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

    const useBuildx = "build with buildx, as with `pulumi config set imageProvider buildx`";
    const docker = { imageProvider: "docker" };
    const azure = { registry: "azure", registryName: "acmefoundation" };

    for (const [title, values, ...findings] of [
        [
            "one port for pull and push",
            { pullPort: "6000", pushPort: "6000" },
            "pushPort: must differ from pullPort, found 6000 for both; choose another with `pulumi config set pushPort <port>`",
        ],
        [
            "a fixed tag that is the moving one",
            { tag: "latest" },
            'tag: must differ from channel, which moves, found "latest" for both; choose another, or have it made from content by leaving it out',
        ],
        [
            "several platforms with the docker provider",
            { ...docker, platforms: '["a/b","c/d"]' },
            `platforms: must be at most one with imageProvider docker, found 2; ${useBuildx}`,
        ],
        [
            "a builder with the docker provider",
            { ...docker, builder: "remote" },
            `builder: can't be used with imageProvider docker; ${useBuildx}`,
        ],
        [
            "a rebuild with the docker provider",
            { ...docker, rebuild: "1" },
            `rebuild: can't be used with imageProvider docker; ${useBuildx}`,
        ],
        [
            "with the docker provider what only buildx can",
            {
                ...docker,
                ...{ secrets: '{"a":{"env":"A"}}', ssh: '["default"]', extraHosts: '{"a":"10.0.0.1"}' },
                ...{ buildContexts: '{"a":"b"}', labels: '{"a":"b"}', cache: '{"to":["type=gha"]}' },
            },
            `secrets, ssh, extraHosts, buildContexts, labels, cache: can't be used with imageProvider docker; ${useBuildx}`,
        ],
        [
            "attestations with the docker provider",
            { ...docker, attest: '["sbom"]' },
            `attest: can't be used with imageProvider docker; ${useBuildx}`,
        ],
        [
            "an attestation that there isn't",
            { attest: '["slsa"]' },
            'attest[0]: must be "provenance" or "sbom", found "slsa"; change it with `pulumi config set --path \'attest[0]\' <value>`',
        ],
        [
            "a provider that there isn't",
            { imageProvider: "podman" },
            'imageProvider: must be "buildx" or "docker", found "podman"; change it with `pulumi config set imageProvider <value>`',
        ],
        ...(
            [
                ["../x/*", "must not lead out of the repository"],
                ["a\\..", "must not lead out of the repository"],
                ["!/x", "must be relative to the repository's root"],
                ["\\x", "must be relative to the repository's root"],
                ["C:/x", "must be relative to the repository's root"],
                ["!", "must not be empty"],
            ] as const
        ).map(
            ([app, wrong]) =>
                [
                    `an app as ${app}`,
                    { apps: JSON.stringify([app]) },
                    `apps[0]: ${wrong}, found ${JSON.stringify(app)}; change it with \`pulumi config set --path 'apps[0]' <value>\``,
                ] as const,
        ),
        ...["../x", ".../", "x/..", "..x"].map(
            (root) =>
                [
                    `a root as ${root}, in which the project doesn't lie`,
                    { root },
                    `root: must be ".", or ".." for each folder between the root and the project, found "${root}"; change it with \`pulumi config set root <value>\``,
                ] as const,
        ),
        [
            "a setting of a cache that it hasn't",
            { cache: '{"too":[]}' },
            "cache.too: is not a key of cache; allowed are from, to; remove it with `pulumi config rm --path cache.too`",
        ],
        [
            "a cache that is a text",
            { cache: "type=gha" },
            "cache: must have the lists from and to, found \"type=gha\"; change it with `pulumi config set --path 'cache.from[0]' <value>`",
        ],
        ...(
            [
                ["images", "names of images to their settings", "images.<name>.folder"],
                ["buildArgs", "names of build arguments to texts", "buildArgs.<name>"],
                ["secrets", "ids of secrets to where they are", "secrets.<id>.env"],
                ["extraHosts", "host names to addresses", "extraHosts.<host>"],
                ["buildContexts", "names to folders, images or URLs", "buildContexts.<name>"],
                ["labels", "names of labels to texts", "labels.<name>"],
            ] as const
        ).map(
            ([key, names, item]) =>
                [
                    `a list for the map ${key}`,
                    { [key]: '["A=1"]' },
                    `${key}: must be a map from ${names}, found ["A=1"]; change it with \`pulumi config set --path ${item} --type string <value>\``,
                ] as const,
        ),
        [
            "a renewal as long as the lifetime",
            { tokenLifetimeDays: "30" },
            "tokenRenewDays: must be less than tokenLifetimeDays (30), found 30; lower it with `pulumi config set tokenRenewDays <days>`",
        ],
        [
            "a renewal longer than half of the lifetime",
            { tokenLifetimeDays: "59" },
            "tokenRenewDays: must be at most half of tokenLifetimeDays (59), found 30; lower it with `pulumi config set tokenRenewDays <days>`; a token has two passwords, so a third would end one that is still valid",
        ],
        [
            "more days than a token may live",
            { tokenLifetimeDays: "3651" },
            "tokenLifetimeDays: must be a number of days from 1 to 3650, found 3651; change it with `pulumi config set tokenLifetimeDays <value>`",
        ],
        [
            "no time for a renewal",
            { tokenRenewDays: "0" },
            "tokenRenewDays: must be a number of days from 1 to 3649, found 0; change it with `pulumi config set tokenRenewDays <value>`",
        ],
        [
            "Azure without a registry's name",
            { registry: "azure" },
            'registryName: must be 5 to 50 lower-case letters and digits, unique in all of Azure, found ""; change it with `pulumi config set registryName <value>`',
        ],
        [
            "a registry's name that Azure doesn't take",
            { registry: "azure", registryName: "acme-foundation" },
            'registryName: must be 5 to 50 lower-case letters and digits, unique in all of Azure, found "acme-foundation"; change it with `pulumi config set registryName <value>`',
        ],
        [
            "a resource group's name that Azure doesn't take",
            { ...azure, resourceGroupName: "a/b" },
            "resourceGroupName: must be 1 to 90 letters, digits, '_', '-', '.' and parentheses (90 bytes in UTF-8), without a '.' at the end, found \"a/b\"; change it with `pulumi config set resourceGroupName <value>`",
        ],
        [
            "removing old images in another registry",
            { purgeAfterDays: "180" },
            "purgeAfterDays: is an option of registry azure; `foundation retention` removes old images from any, found 180; remove it with `pulumi config rm purgeAfterDays`",
        ],
        [
            "removing old images whose tags are not locked",
            { ...azure, purgeAfterDays: "180", lockTags: "false" },
            "purgeAfterDays: needs lockTags, for without locks images that are in use would be removed, found 180; remove it with `pulumi config rm purgeAfterDays`",
        ],
        [
            "removing old images that the docker provider doesn't lock",
            { ...azure, ...docker, purgeAfterDays: "180" },
            "purgeAfterDays: can't be used with imageProvider docker, which locks no tags, found 180; remove it with `pulumi config rm purgeAfterDays`",
        ],
        [
            "a tier that Azure doesn't have",
            { sku: "Free" },
            'sku: must be "Basic" or "Standard" or "Premium", found "Free"; change it with `pulumi config set sku <value>`',
        ],
        [
            "contexts in a form there isn't",
            { contexts: "both" },
            'contexts: must be "image" or "service", found "both"; change it with `pulumi config set contexts <value>`',
        ],
        ...(
            [
                ["5051x", '"5051x"'],
                ["x5051", '"x5051"'],
                ["0", "0"],
                ["65536", "65536"],
            ] as const
        ).map(
            ([pushPort, found]) =>
                [
                    `a port as ${pushPort}`,
                    { pushPort },
                    `pushPort: must be a port from 1 to 65535, found ${found}; change it with \`pulumi config set pushPort <value>\``,
                ] as const,
        ),
        ...["linux", "/linux/x", "linux/a/b/c", "linux/x,y", "linux/x y"].map(
            (platform) =>
                [
                    `a platform as ${platform}`,
                    { platforms: JSON.stringify(["linux/arm/v7", platform]) },
                    `platforms[1]: must be <os>/<architecture>, such as linux/amd64 or linux/arm/v7, found "${platform}"; change it with \`pulumi config set --path 'platforms[1]' <value>\``,
                ] as const,
        ),
        [
            "to replace what no Dockerfile can name",
            { replaces: '["base","https://acme.azurecr.io/foundation"]' },
            "replaces[1]: must be an image as in FROM, such as acme.azurecr.io/foundation, with or without a tag or a digest, found \"https://acme.azurecr.io/foundation\"; change it with `pulumi config set --path 'replaces[1]' <value>`",
        ],
        [
            "a list that isn't JSON",
            { replaces: "acme/foundation" },
            "replaces: must be a list of texts, found \"acme/foundation\"; change it with `pulumi config set --path 'replaces[0]' <value>`",
        ],
        [
            "a secret from two places, and one from none",
            { secrets: '{"a":{"env":"A","file":"b"},"b":{"env":"1"},"c":"d"}' },
            'secrets.a: must have one of env, file and config, found {"env":"A","file":"b"}; remove it with `pulumi config rm --path secrets.a`, and set it with `pulumi config set --path secrets.a.env --type string <value>`',
            'secrets.b.env: must be letters, digits and "_", the first not a digit, found "1"; change it with `pulumi config set --path secrets.b.env --type string <value>`',
            'secrets.c: must be { env: <variable> }, { file: <path> } or { config: <name in buildSecrets> }, found "d"; remove it with `pulumi config rm --path secrets.c`, and set it with `pulumi config set --path secrets.c.env --type string <value>`',
        ],
        [
            "a path that leads out, or is none of the repository's",
            { context: "a/../..", dockerfile: "C:/a" },
            'context: must not lead out of the repository, found "a/../.."; change it with `pulumi config set context <value>`',
            'dockerfile: must be relative to the repository\'s root, found "C:/a"; change it with `pulumi config set dockerfile <value>`',
        ],
        [
            "a host without an address, and an agent without a name",
            { extraHosts: '{"a":"host-gateway","b":"::1","c":"1.2.3"}', ssh: '["default","a=/x","=b","a="]' },
            "ssh[2]: must be default, or <id>=<path of a key or a socket>, found \"=b\"; change it with `pulumi config set --path 'ssh[2]' <value>`",
            "ssh[3]: must be default, or <id>=<path of a key or a socket>, found \"a=\"; change it with `pulumi config set --path 'ssh[3]' <value>`",
            'extraHosts.c: must be an IP address or host-gateway, found "1.2.3"; change it with `pulumi config set --path extraHosts.c --type string <value>`',
        ],
        [
            "an image that has the name of nothing, and one that learns its tag by its base's argument",
            { images: '{"scratch":{},"a":{"argument":"FOUNDATION_TAG"}}' },
            "images.scratch: is what a Dockerfile starts from to start from nothing; remove it where images is written, or with `pulumi config rm --path images.scratch`",
            'images.a.argument: is how the image learns its own tag, found "FOUNDATION_TAG"; change it where images is written, or with `pulumi config set --path images.a.argument --type string <value>`',
        ],
        [
            "a build context that no FROM can name",
            { buildContexts: '{"A B":"x"}' },
            'buildContexts["A B"]: must be a name or an image as in FROM; remove it with `pulumi config rm --path \'buildContexts["A B"]\'`',
        ],
        [
            "a choice between yes and no that is neither",
            { protect: "yes" },
            'protect: must be "true" or "false", found "yes"; change it with `pulumi config set protect <value>`',
        ],
    ] as const) {
        it(`refuses ${title}`, () => {
            expect(problemOf(values).split("\n  - ")).to.deep.equal([
                "the configuration can't be used",
                ...findings,
            ]);
        });
    }

    for (const [key, refused, value] of [
        ["registryName", "acme-foundation", "acmefoundation2"],
        ["resourceGroupName", "a/b", "a_b-(c).d"],
    ] as const) {
        it(`takes another ${key} where Azure doesn't take the one that was there`, () => {
            const set = `change it with \`pulumi config set ${key} <value>\``;
            expect(problemOf({ ...azure, [key]: refused })).to.include(set);
            expect(parseConfig("foundation", keyed({ ...azure, [key]: value }))).to.have.property(key, value);
        });
    }

    it("takes what is at the very end of what is allowed", () => {
        const ends = { pullPort: "1", pushPort: "65535", tokenLifetimeDays: "60", root: "../../" };
        expect(parseConfig("foundation", keyed(ends))).to.deep.include({
            ...{ pullPort: 1, pushPort: 65535, tokenLifetimeDays: 60, tokenRenewDays: 30, root: "../.." },
        });
        expect(parseConfig("foundation", keyed({ ...azure, purgeAfterDays: "3650" }))).to.deep.include({
            ...{ purgeAfterDays: 3650, lockTags: true, registryName: "acmefoundation" },
        });
        const paths = { context: "..a/./b/", dockerfile: "a/../b" };
        expect(parseConfig("foundation", keyed(paths)).images[0]).to.deep.include({
            ...{ context: "..a/b", dockerfile: "b" },
        });
        const builds = '{"a":"docker-image://b","c":"./d/","e":"https://f.example/../g"}';
        expect(
            parseConfig("foundation", keyed({ buildContexts: builds })).images[0].buildContexts,
        ).to.deep.equal({
            ...{ a: "docker-image://b", c: "d", e: "https://f.example/../g" },
        });
    });

    it("takes a builder and attestations with buildx, one platform with docker, and each way with .env", () => {
        const values = { builder: "far", attest: '["provenance","sbom"]', envFiles: "symlink" };
        expect(parseConfig("foundation", keyed(values))).to.deep.include({
            ...{ builder: "far", attest: ["provenance", "sbom"], envFiles: "symlink" },
        });
        const one = keyed({ ...docker, platforms: '["linux/arm64"]', envFiles: "none", root: "../../.." });
        expect(parseConfig("foundation", one)).to.deep.include({
            ...{ imageProvider: "docker", envFiles: "none", root: "../../.." },
        });
        const groups = { registry: "local", resourceGroupName: "a/b" };
        expect(parseConfig("foundation", keyed(groups))).to.deep.include(groups);
    });

    it("has the image called foundation stand for all, or else the first", () => {
        const main = (images: object) =>
            mainImage(parseConfig("foundation", keyed({ images: JSON.stringify(images) }))).name;
        expect(main({ java: {}, foundation: {} })).to.equal("foundation");
        expect(main({ java: {}, node: {} })).to.equal("java");
    });

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

describe("the configuration of the stack that is deployed", () => {
    const secretKeys = process.env["PULUMI_CONFIG_SECRET_KEYS"];

    afterEach(() => {
        setAllConfig({});
        if (secretKeys === undefined) delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
        else process.env["PULUMI_CONFIG_SECRET_KEYS"] = secretKeys;
    });

    it("is read with what is secret in it", () => {
        setAllConfig({
            "acme:registry": "existing",
            "acme:server": "ghcr.io/acme",
            "acme:pushUsername": "ci",
            "acme:pushPassword": "p",
        });
        process.env["PULUMI_CONFIG_SECRET_KEYS"] = '["acme:pushPassword"]';
        expect(loadConfig("acme")).to.deep.include({ server: "ghcr.io/acme", pushPassword: "p" });
        delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
        expect(() => loadConfig("acme")).to.throw(Problem, "pushPassword: must be secret");
    });

    it("of azure-native is passed on without its prefix, apart from the location, and with its secrets apart", () => {
        setAllConfig({
            "azure-native:location": "westeurope",
            "azure-native:tenantId": "tenant",
            "azure-native:clientId": "client",
            "azure-native:clientSecret": "secret by nature",
            "azure-native:clientCertificatePassword": "as well",
            "azure-native:oidcToken": "so",
            "azure-native:oidcRequestToken": "too",
            "azure-native:environment": "",
            "foundation:registry": "azure",
        });
        process.env["PULUMI_CONFIG_SECRET_KEYS"] = '["azure-native:clientId"]';
        expect(loadAzureConfig()).to.deep.equal({
            location: "westeurope",
            settings: { tenantId: "tenant" },
            secretSettings: {
                clientId: "client",
                clientSecret: "secret by nature",
                clientCertificatePassword: "as well",
                oidcToken: "so",
                oidcRequestToken: "too",
            },
        });
    });

    it("of azure-native may be empty", () => {
        expect(loadAzureConfig()).to.deep.equal({ location: undefined, settings: {}, secretSettings: {} });
    });
});
