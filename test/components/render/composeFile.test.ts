import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";

import {
    appCompose,
    foundationCompose,
    imageableName,
    overrideCompose,
    projectName,
    serviceName,
    type Uses,
} from "../../../components/render/composeFile.ts";
import { isMarked } from "../../../components/render/composeMark.ts";
import { repositoryProblem } from "../../../components/render/imageReference.ts";
import { appText, foundation, foundationText, published } from "../../support/emitted.ts";
import { expectGolden } from "../../support/golden.ts";

const reference = `\${FOUNDATION_IMAGE:-${published}}`;
const nothing = { buildArg: false, contexts: [] };

describe("foundationCompose", () => {
    it("is this file when nothing is configured", () => {
        expect(foundationText({ buildArgs: {} }, "foundation-1a2b3c")).to.equal(
            [
                "# Written by `pulumi up` of the foundation project. Do not edit: put changes in compose.override.yaml.",
                "#",
                "#   docker compose build   your own foundation, from the files in this folder",
                "#   docker compose pull    back to the official one",
                "",
                "name: foundation-1a2b3c",
                "services:",
                "  foundation:",
                `    image: ${reference}`,
                "    build:",
                '      context: "."',
                "      args:",
                "        FOUNDATION_TAG: local",
                "      labels:",
                "        foundation.tag: local",
                "      cache_from:",
                `        - ${reference}`,
                "",
            ].join("\n"),
        );
    });

    it("has the target and the arguments, sorted, where they are configured", () => {
        const buildArgs = { ZONE: "eu", DEBIAN: "bookworm", HASH: "a#b 'c' \"d\": {e}", PRICE: "$5 ${X}" };
        const text = foundationText({ target: "base", buildArgs }, "p");
        expectGolden(new URL("./golden/foundation.compose.txt", import.meta.url), text);
        expect(text).to.equal(
            foundationText(
                { target: "base", buildArgs: Object.fromEntries(Object.entries(buildArgs).reverse()) },
                "p",
            ),
        );
    });

    it("says that it was built locally, whatever the arguments are", () => {
        const text = foundationText({ buildArgs: { FOUNDATION_TAG: "v1", A: "1" } }, "p");
        expect(parse(text)).to.have.nested.property("services.foundation.build.args").that.deep.equals({
            A: "1",
            FOUNDATION_TAG: "local",
        });
    });

    it("does not change the arguments it is given", () => {
        const buildArgs = Object.freeze({ B: "$", A: "" });
        expect(foundationText(Object.freeze({ buildArgs }), "p")).to.contain('A: ""\n        B: $$\n');
    });

    it("has what the official build has besides, with the places of secrets and no value", () => {
        const text = foundationText(
            {
                buildArgs: {},
                secrets: {
                    pip: { env: "PIP_TOKEN" },
                    npm: { file: "secrets/npm" },
                    home: { file: "~/.npmrc" },
                    stack: { config: "my-token" },
                },
                ssh: ["default"],
                extraHosts: { mirror: "10.0.0.1" },
                buildContexts: { lib: "lib", os: "docker-image://debian" },
                labels: { "org.example": "$5" },
                cache: { from: ["type=registry,ref=r/c"] },
            },
            "p",
        );
        const parsed = parse(text) as { services: { foundation: { build: object } }; secrets: object };
        expect(parsed.services.foundation.build).to.deep.equal({
            context: ".",
            args: { FOUNDATION_TAG: "local" },
            additional_contexts: {
                lib: "../lib",
                os: "docker-image://debian",
                "folder-of-secret-npm": "../secrets",
                "folder-of-secret-home": "~",
            },
            secrets: ["pip", "npm", "home", "stack"],
            ssh: ["default"],
            extra_hosts: { mirror: "10.0.0.1" },
            labels: { "org.example": "$$5", "foundation.tag": "local" },
            cache_from: [reference, "type=registry,ref=r/c"],
        });
        expect(parsed.secrets).to.deep.equal({
            pip: { environment: "PIP_TOKEN" },
            npm: { file: "../secrets/npm" },
            home: { file: "~/.npmrc" },
            stack: { environment: "FOUNDATION_SECRET_MY_TOKEN" },
        });
    });

    it("lets Compose's builder read the folders of secrets outside of its own, by their paths as Compose knows them", () => {
        const place = (file: string): unknown => {
            const text = foundationText({ buildArgs: {}, secrets: { S: { file } } }, "p");
            const { secrets, services } = parse(text) as {
                secrets: { S: { file: string } };
                services: { foundation: { build: { additional_contexts?: Record<string, string> } } };
            };
            const contexts = services.foundation.build.additional_contexts;
            return [secrets.S.file, contexts?.["folder-of-secret-s"]];
        };
        const cases: Readonly<Record<string, readonly [string, string | undefined]>> = {
            "foundation/token": ["token", undefined],
            "foundation/sub/token": ["sub/token", undefined],
            "foundation/a~/token": ["a~/token", undefined],
            "foundation/a../token": ["a../token", undefined],
            "foundation/ab:token": ["ab:token", undefined],
            token: ["../token", ".."],
            "/token": ["/token", "/"],
            "/run/a/token": ["/run/a/token", "/run/a"],
            "C:/Users/me/token": ["C:/Users/me/token", "C:/Users/me"],
            "~/.a/token": ["~/.a/token", "~/.a"],
            "1:/token": ["../1:/token", "../1:"],
        };
        for (const [file, expected] of Object.entries(cases)) {
            expect(place(file), file).to.deep.equal(expected);
        }
    });

    it("never wraps a long value", () => {
        const value = "word ".repeat(2000).trim();
        expect(foundationText({ buildArgs: { A: value } }, "p")).to.contain(`        A: ${value}\n`);
    });
});

describe("appCompose", () => {
    it("is this file for an app that takes the build argument only, whatever contexts are", () => {
        const file = [
            "# Written by `pulumi up` of the foundation project. Do not edit: put changes in compose.override.yaml.",
            "#",
            "#   docker compose up           build if needed, and run",
            "#   docker compose up --build   after a change to the app or to the foundation",
            "",
            "name: app1-1a2b3c",
            "services:",
            "  app1:",
            "    build:",
            '      context: "."',
            "      args:",
            `        FOUNDATION_IMAGE: ${reference}`,
            "",
        ].join("\n");
        for (const form of ["image", "service"] as const) {
            const app = { service: "app1", use: { buildArg: true, contexts: [] } };
            expect(appText(app, form, "app1-1a2b3c")).to.equal(file);
        }
    });

    it("names a context for every reference the Dockerfile has", () => {
        const contexts = ["foundation", "acme.azurecr.io/foundation:v3", "localhost:5000/base"];
        const app = { service: "app2", use: { buildArg: true, contexts } };
        for (const [form, name] of [
            ["image", "app"],
            ["service", "app-service"],
        ] as const) {
            const golden = new URL(`./golden/${name}.compose.txt`, import.meta.url);
            expectGolden(golden, appText(app, form, "app2-1a2b3c"));
        }
    });
});

describe("a foundation on top of another", () => {
    it("has its context and its Dockerfile where they are, and is handed the other as an app is", () => {
        const java = {
            name: "java",
            folder: "docker/java",
            context: ".",
            dockerfile: "docker/java/Dockerfile.jre",
            argument: "BASE_IMAGE",
        };
        const uses = new Map([["foundation", { buildArg: true, contexts: ["foundation"] }]]);
        const setting = { foundations: [foundation, java], contexts: "service" } as const;
        expectGolden(
            new URL("./golden/chain.compose.txt", import.meta.url),
            foundationCompose({ ...java, buildArgs: { A: "1" } }, uses, setting, "java-1a2b3c"),
        );
    });
});

describe("an app on two foundations", () => {
    it("is handed each by its own variable and in a service of its own", () => {
        const java = { name: "java", argument: "BASE_IMAGE" };
        const uses = new Map([
            ["java", { buildArg: true, contexts: ["java"] }],
            ["foundation", { buildArg: true, contexts: ["acme/base"] }],
        ]);
        const setting = { foundations: [foundation, java], contexts: "service" } as const;
        expectGolden(
            new URL("./golden/two.compose.txt", import.meta.url),
            appCompose("web", new Map([["web", uses]]), setting, "web-1a2b3c"),
        );
    });
});

describe("an app with services that an override adds", () => {
    it("has its own alone built from its folder", () => {
        const uses: Uses = new Map([["foundation", { buildArg: true, contexts: [] }]]);
        const services = new Map([
            ["web", uses],
            ["job", uses],
            ["tool", new Map()],
        ]);
        const text = appCompose("web", services, { foundations: [foundation], contexts: "image" }, "p");
        const build = { args: { FOUNDATION_IMAGE: "${FOUNDATION_IMAGE:-$<foundation.image>}" } };
        expect(parse(text)).to.deep.equal({
            name: "p",
            services: { web: { build: { context: ".", ...build } }, job: { build } },
        });
    });
});

describe("what is merged into a Compose file of the user's", () => {
    const setting = { foundations: [foundation], contexts: "service" } as const;
    const uses = new Map<string, Uses>([
        ["web", new Map([["foundation", { buildArg: true, contexts: ["acme.azurecr.io/base"] }]])],
        ["job", new Map([["foundation", { buildArg: false, contexts: ["foundation"] }]])],
        ["tool", new Map()],
    ]);

    it("is an entry for each service that uses a foundation, with one context for all, and nothing else", () => {
        const text = overrideCompose({ uses, others: ["db"], owner: "shop" }, setting);
        expectGolden(new URL("./golden/override.compose.txt", import.meta.url), text);
        expect(isMarked(text)).to.equal(true);
    });

    it("has no service with the name of one of theirs", () => {
        const others = ["foundation-shop", "foundation-shop-image"];
        const text = overrideCompose({ uses, others, owner: "shop" }, setting);
        expect(parse(text))
            .to.have.property("services")
            .that.has.all.keys("web", "job", "foundation-shop-image-image");
    });

    it("has their service build the foundation under its official name, or one of its own do so", () => {
        const image = { ...foundation, buildArgs: { A: "1" }, target: "slim" };
        const theirs = { foundation: image, services: ["base"], added: false };
        expectGolden(
            new URL("./golden/official.compose.txt", import.meta.url),
            overrideCompose({ uses: new Map(), official: theirs, others: [], owner: "base" }, setting),
        );
        const added = { foundation: image, services: ["foundation"], added: true };
        const text = overrideCompose(
            { uses: new Map(), official: added, others: [], owner: "base" },
            setting,
        );
        expect(parse(text)).to.have.nested.property("services.foundation.build.context", ".");
    });

    it("declares the secrets of the foundation's build, and has other services as they are", () => {
        const image = { ...foundation, buildArgs: {}, secrets: { pip: { env: "PIP" } } };
        const official = { foundation: image, services: ["base"], added: false };
        const text = overrideCompose({ uses, official, others: [], owner: "shop" }, setting);
        const { services, secrets } = parse(text) as {
            readonly services: Record<string, { image?: string; build: object }>;
            readonly secrets: object;
        };
        expect(secrets).to.deep.equal({ pip: { environment: "PIP" } });
        expect(services).to.have.all.keys("base", "web", "job", "foundation-shop");
        expect(services["base"]).to.have.nested.property("build.secrets").that.deep.equals(["pip"]);
        expect(services["web"]).to.have.all.keys("build");
        expect(services["web"]?.build).to.have.all.keys("args", "additional_contexts");
    });
});

describe("every compose file of ours", () => {
    const texts = [
        foundationText({ buildArgs: {} }, "p"),
        appText({ service: "a", use: nothing }, "image", "p"),
    ];

    it("bears the mark, also with CRLF", () => {
        for (const text of texts) {
            expect(isMarked(text)).to.equal(true);
            expect(isMarked(text.replaceAll("\n", "\r\n"))).to.equal(true);
        }
    });

    it("names its project, and has no obsolete version", () => {
        for (const text of texts) expect(parse(text)).to.have.all.keys("name", "services");
    });
});

describe("serviceName", () => {
    const cases: readonly (readonly [string, string])[] = [
        ["app1", "app1"],
        ["My App", "myapp"],
        ["_-app", "app"],
        ["a_b-c", "a_b-c"],
        ["web.v2", "webv2"],
        ["1st", "1st"],
        ["Über", "ber"],
        ["äöü", ""],
        ["-_", ""],
        ["", ""],
    ];
    for (const [folder, name] of cases) {
        it(`makes ${JSON.stringify(name)} of the folder ${JSON.stringify(folder)}`, () => {
            expect(serviceName(folder)).to.equal(name);
        });
    }

    it("is told from that of another repository in the project's name", () => {
        expect(projectName("web", "1a2b3c")).to.equal("web-1a2b3c");
    });

    it("makes nothing that Compose would refuse or change again", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme" }), (folder) => {
                const name = serviceName(folder);
                expect(name).to.match(/^([a-z0-9][a-z0-9_-]*)?$/);
                expect(serviceName(name)).to.equal(name);
            }),
        );
    });
});

describe("a service's name in that of an image", () => {
    for (const [service, name] of [
        ["web", "web"],
        ["a_b__c-d--e---f", "a_b__c-d--e---f"],
        ["a___b", "a-b"],
        ["a_-b", "a-b"],
        ["a-_b", "a-b"],
        ["a__-b", "a-b"],
        ["a-__b", "a-b"],
        ["web-", "web"],
        ["web_-_", "web"],
        ["web--", "web"],
        ["a".repeat(101), "a".repeat(100)],
        [`${"a".repeat(99)}-b`, "a".repeat(99)],
    ] as const) {
        it(`has ${service.slice(0, 20)} as ${name.slice(0, 20)}, which Docker takes`, () => {
            expect(imageableName(service)).to.equal(name);
            expect(repositoryProblem(name)).to.equal(undefined);
        });
    }
});
