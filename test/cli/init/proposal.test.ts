import { expect } from "chai";
import {
    foundationsIn,
    imageName,
    leftOut,
    passedBy,
    proposedApps,
    proposedFolders,
    unbuilt,
} from "../../../cli/init/proposal.ts";
import { survey } from "../../../cli/init/survey.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("what init proposes", () => {
    const folder = temporaryFolders();

    const propose = async (files: Readonly<Record<string, string>>, named?: readonly string[]) => {
        const found = await survey(folder(files));
        const foundations = foundationsIn(found, named ?? proposedFolders(found));
        return { foundations, apps: proposedApps(found, foundations) };
    };
    const names = async (files: Readonly<Record<string, string>>): Promise<string[]> =>
        (await propose(files)).foundations.map(({ folder }) => folder);

    it("is foundation/ as it is, and the folders beside each other as one glob", async () => {
        const { foundations, apps } = await propose({
            "foundation/Dockerfile": "FROM debian\n",
            "apps/one/Dockerfile": "FROM foundation\n",
            "apps/two/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\n",
        });
        expect(foundations).to.deep.equal([
            {
                name: "foundation",
                folder: "foundation",
                dockerfile: "foundation/Dockerfile",
                context: "foundation",
                argument: "FOUNDATION_IMAGE",
                replaces: [],
            },
        ]);
        expect(apps).to.deep.equal(["apps/*"]);
    });

    it("is an image that two others start from, which its folder's name gives away", async () => {
        const { foundations, apps } = await propose({
            "docker/base/Dockerfile": "FROM debian\n",
            "services/web/Dockerfile": "ARG TAG=1\nFROM ghcr.io/acme/base:${TAG}\n",
            "worker/Dockerfile": "FROM node AS build\nFROM ghcr.io/acme/base\n",
            "tool/Dockerfile": "FROM alpine\n",
        });
        expect(foundations).to.have.lengthOf(1);
        expect(foundations[0]).to.deep.include({ name: "base", replaces: ["ghcr.io/acme/base"] });
        expect(apps).to.deep.equal(["services/web", "worker"]);
    });

    it("has a glob for folders beside each other only where it takes in no other Dockerfile", async () => {
        const files = {
            "docker/base/Dockerfile": "FROM debian\n",
            "services/api/Dockerfile": "FROM acme/base\n",
            "services/web/Dockerfile": "FROM acme/base\n",
        };
        expect((await propose(files)).apps).to.deep.equal(["services/*"]);
        const proxy = { "services/proxy/Dockerfile": "FROM nginx\n" };
        expect((await propose({ ...files, ...proxy })).apps).to.deep.equal(["services/api", "services/web"]);
    });

    it("has the Compose project for an app that is built from elsewhere, by what it extends as well", async () => {
        const { apps } = await propose({
            "docker/base/Dockerfile": "FROM debian\n",
            "docker/api/Dockerfile": "FROM acme/base\n",
            "docker/web/Dockerfile": "FROM acme/base\n",
            "common.yml":
                "services: { service: { build: { context: ., dockerfile: docker/api/Dockerfile } } }\n",
            "services/api/compose.yaml":
                "services: { api: { extends: { file: ../../common.yml, service: service } } }\n",
            "services/web/compose.yaml": "services: { web: { build: ../../docker/web } }\n",
        });
        expect(apps).to.deep.equal(["services/*"]);
    });

    it("has each Compose project that builds an app, by what it includes as well", async () => {
        const { apps } = await propose({
            "docker/base/Dockerfile": "FROM debian\n",
            "compose.yaml": "include: [stack/api.yml, services/web/compose.yaml]\n",
            "stack/api.yml": "services: { api: { build: ../api } }\n",
            "api/Dockerfile": "FROM acme/base\n",
            "services/web/compose.yaml": "services: { web: { build: . } }\n",
            "services/web/Dockerfile": "FROM acme/base\n",
        });
        expect(apps).to.deep.equal([".", "services/web"]);
    });

    it("has what each service hands over to one Dockerfile that several are built from", async () => {
        const service = (image: string) => `{ build: { context: app, args: { BASE: "acme/${image}:1" } } }`;
        const { foundations } = await propose({
            "docker/one/Dockerfile": "FROM debian\n",
            "docker/two/Dockerfile": "FROM debian\n",
            "compose.yaml": `services: { api: ${service("one")}, job: ${service("two")} }\n`,
            "app/Dockerfile": "ARG BASE\nFROM ${BASE}\n",
            "tool/Dockerfile": "FROM acme/one\nCOPY --from=acme/two / /\n",
        });
        expect(foundations.map(({ name, replaces }) => [name, replaces])).to.deep.equal([
            ["one", ["acme/one"]],
            ["two", ["acme/two"]],
        ]);
    });

    it("is an image that the name of its Dockerfile gives away, and says which other one its folder has", async () => {
        const found = await survey(
            folder({
                "images/builder.Dockerfile": "FROM debian\n",
                "images/Dockerfile.runtime": "FROM debian\n",
                "a/Dockerfile": "FROM acme/builder AS build\nFROM acme/runtime\n",
                "b/Dockerfile": "FROM acme/builder AS build\nFROM acme/runtime\n",
            }),
        );
        const foundations = foundationsIn(found, proposedFolders(found));
        expect(foundations.map(({ name, replaces }) => [name, replaces])).to.deep.equal([
            ["runtime", ["acme/runtime"]],
        ]);
        expect(leftOut(found, foundations)).to.deep.equal(["images/builder.Dockerfile"]);
    });

    it("is an image that Compose builds under the name, whatever its folder is called", async () => {
        const { foundations, apps } = await propose({
            "compose.yaml":
                "services:\n  x:\n    image: acme/runtime:3\n    build: { context: ., dockerfile: docker/Dockerfile.rt }\n" +
                "  web: { build: web }\n",
            "docker/Dockerfile.rt": "FROM debian\n",
            "web/Dockerfile": "FROM acme/runtime:3\n",
            "batch/Dockerfile": "FROM acme/runtime:3\n",
        });
        expect(foundations[0]).to.deep.include({
            dockerfile: "docker/Dockerfile.rt",
            context: ".",
            replaces: ["acme/runtime"],
        });
        // The Compose project is what one works with.
        expect(apps).to.deep.equal([".", "batch"]);
    });

    it("is an image that Compose or its Dockerfile's name gives away, also to Dockerfiles beside it", async () => {
        const beside = {
            "docker/base.Dockerfile": "FROM debian\n",
            "docker/web.Dockerfile": "FROM acme/base AS build\nFROM acme/base\n",
            "docker/job.Dockerfile": "FROM acme/base\n",
            "compose.yaml":
                "services:\n  web: { build: { context: ., dockerfile: docker/web.Dockerfile, target: build } }\n" +
                "  job: { build: { context: ., dockerfile: docker/job.Dockerfile } }\n",
        };
        const { foundations, apps } = await propose(beside);
        expect(foundations.map(({ dockerfile, replaces }) => [dockerfile, replaces])).to.deep.equal([
            ["docker/base.Dockerfile", ["acme/base"]],
        ]);
        expect(apps).to.deep.equal(["."]);
        // Its folder's name is that of all of them.
        expect(
            await names({
                "docker/Dockerfile": "FROM debian\n",
                "docker/a.Dockerfile": "FROM acme/docker\n",
                "docker/b.Dockerfile": "FROM acme/docker\n",
            }),
        ).to.deep.equal([]);
    });

    it("is the image whose name says most, where the name of another ends alike", async () => {
        const { foundations } = await propose({
            "images/base/Dockerfile": "FROM debian\n",
            "images/java-base/Dockerfile": "FROM debian\n",
            "images/rt/Dockerfile": "FROM debian\n",
            "compose.yaml": "services: { x: { image: acme/our-base, build: images/rt } }\n",
            "a/Dockerfile": "FROM acme/base AS a\nFROM acme/java-base AS b\nFROM acme/our-base\n",
            "b/Dockerfile": "FROM acme/base AS a\nFROM acme/java-base AS b\nFROM acme/our-base\n",
        });
        expect(foundations.map(({ name, replaces }) => [name, replaces])).to.deep.equal([
            ["base", ["acme/base"]],
            ["java-base", ["acme/java-base"]],
            ["rt", ["acme/our-base"]],
        ]);
    });

    it("is the base of what its folder is called, and the repository's own with an owner before it", async () => {
        const found = await survey(
            folder({
                "ops/ruby/Dockerfile": "FROM debian\n",
                "base/Dockerfile": "FROM debian\n",
                "a/Dockerfile": "FROM ghcr.io/acme/ruby-base:3 AS a\nFROM acme/shopbase\n",
                "b/Dockerfile": "FROM ruby-base AS a\nFROM acme/shopbase\n",
            }),
        );
        const shop = { ...found, name: "shop" };
        expect(foundationsIn(shop, proposedFolders(shop)).map(({ replaces }) => replaces)).to.deep.equal([
            ["acme/shopbase"],
            ["ghcr.io/acme/ruby-base", "ruby-base"],
        ]);
    });

    it("is what such an image starts from as well, which nobody else publishes", async () => {
        expect(
            await names({
                "docker/depends/Dockerfile": "FROM debian\n",
                "docker/base/Dockerfile": "FROM acme/depends\n",
                "docker/model/Dockerfile": "FROM acme/base\n",
                "a/Dockerfile": "FROM acme/model\n",
                "b/Dockerfile": "FROM acme/model\n",
            }),
        ).to.deep.equal(["docker/base", "docker/depends", "docker/model"]);
    });

    it("is the Dockerfile of a folder that others start from, whatever comes before it", async () => {
        const { foundations, apps } = await propose({
            "Dockerfile.development": "ARG FROM_IMAGE\nFROM $FROM_IMAGE\n",
            "Dockerfile.updater-core": "FROM ubuntu:24.04\n",
            "a/Dockerfile": "FROM ghcr.io/acme/acme-updater-core\n",
            "b/Dockerfile": "FROM ghcr.io/acme/acme-updater-core\n",
        });
        expect(foundations).to.have.lengthOf(1);
        expect(foundations[0]).to.deep.include({
            dockerfile: "Dockerfile.updater-core",
            argument: "FOUNDATION_UPDATER_CORE_IMAGE",
        });
        expect(apps).to.deep.equal(["a", "b"]);
    });

    it("is an image with the repository's name before its folder's", async () => {
        const found = await survey(
            folder({
                "docker/Base/Dockerfile": "FROM debian\n",
                "a/Dockerfile": "FROM shopbase:latest\n",
                "b/Dockerfile": "FROM shop-base\n",
                "c/Dockerfile": "FROM database\n",
            }),
        );
        expect(foundationsIn({ ...found, name: "shop" }, ["docker/Base"])[0]?.replaces).to.deep.equal([
            "shop-base",
            "shopbase",
        ]);
    });

    it("is called by its folder as well where its Dockerfile says a version alone", async () => {
        const { foundations } = await propose({
            "images/node/22.Dockerfile": "FROM debian\n",
            "a/Dockerfile": "FROM acme/node-22\n",
            "b/Dockerfile": "FROM acme/node-22\n",
            "c/Dockerfile": "FROM acme/ubuntu-22\n",
        });
        expect(foundations[0]).to.deep.include({ name: "node-22", replaces: ["acme/node-22"] });
    });

    it("is built where what it copies is", async () => {
        const { foundations } = await propose({
            Gemfile: "",
            "lib/a": "",
            "docker/base/Dockerfile": "FROM debian\nCOPY --from=x /y /y\nCOPY Gemfile* Gemfile lib/ /app/\n",
            "docker/other/Dockerfile": "FROM debian\nCOPY . own /app/\n",
            "docker/other/own": "",
            "a/Dockerfile": "FROM acme/base AS b\nFROM acme/other\n",
            "b/Dockerfile": "FROM acme/base AS b\nFROM acme/other\n",
        });
        expect(foundations.map(({ context }) => context)).to.deep.equal([".", "docker/other"]);
    });

    it("has no folder of a foundation for an app", async () => {
        const { apps } = await propose({
            "base/Dockerfile": "FROM debian\n",
            "base/Dockerfile.debug": "FROM acme/base\n",
            "base/compose.yaml":
                "services: { debug: { build: { context: ., dockerfile: Dockerfile.debug } } }\n",
            "a/Dockerfile": "FROM acme/base\n",
            "b/Dockerfile": "FROM acme/base\n",
        });
        expect(apps).to.deep.equal(["a", "b"]);
    });

    it("leaves to the person what nothing builds as it is", async () => {
        const found = await survey(
            folder({
                "base/Dockerfile": "FROM debian\n",
                lib: "",
                "a/Dockerfile": "FROM acme/base\nCOPY lib /lib\n",
                "b/3.12.Dockerfile": "FROM acme/base\n",
                "c/Dockerfile": "FROM acme/base\n",
                "docker-compose-build.yml": "services: { c: { build: c } }\n",
                "docker-compose-test.yml": "services: { db: { image: postgres } }\n",
                "docker-compose.override.yml": "services: { c: { build: c } }\n",
            }),
        );
        const foundations = foundationsIn(found, proposedFolders(found));
        expect(unbuilt(found, foundations)).to.deep.equal({
            unnamed: ["b/3.12.Dockerfile"],
            fromRoot: ["a/Dockerfile"],
        });
        expect(passedBy(found, foundations)).to.deep.equal(["docker-compose-build.yml"]);
        expect(proposedApps(found, foundations)).to.deep.equal(["a", "c"]);
    });

    it("is no image of Docker Hub's that a folder shares the name with", async () => {
        expect(
            await names({
                "nginx/Dockerfile": "FROM nginx\n",
                "python/Dockerfile": "FROM debian\n",
                "a/Dockerfile": "FROM nginx\nCOPY --from=python:3.12 /x /x\n",
                "b/Dockerfile": "FROM nginx\nCOPY --from=python:3.12 /x /x\n",
            }),
        ).to.deep.equal([]);
    });

    it("is nothing that a single one starts from", async () => {
        expect(
            await names({ "base/Dockerfile": "FROM debian\n", "a/Dockerfile": "FROM acme/base\n" }),
        ).to.deep.equal([]);
    });

    it("is what Compose names in a build argument, by the variables of its .env as well", async () => {
        const { foundations } = await propose({
            "images/runtime/Dockerfile": "FROM debian\n",
            "compose.yaml": [
                "x-build: &build { context: ., args: { BASE_IMAGE: '${HOST}/runtime:${TAG:-1}' } }",
                "services:",
                "  a: { build: { <<: *build, dockerfile: a/Dockerfile } }",
                "  b: { build: { <<: *build, dockerfile: b/Dockerfile } }",
            ].join("\n"),
            ".env": "HOST=ghcr.io/acme\n",
            "a/Dockerfile": "ARG BASE_IMAGE=scratch\nFROM ${BASE_IMAGE}\n",
            "b/Dockerfile": "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n",
        });
        expect(foundations).to.have.lengthOf(1);
        expect(foundations[0]).to.deep.include({ name: "runtime", replaces: ["ghcr.io/acme/runtime"] });
    });

    it("is never in the place of a name that is none, as nothing sets its variables", async () => {
        const from = "ARG HOST\nARG TAG\nFROM ";
        const { foundations } = await propose({
            "base/Dockerfile": "FROM debian\n",
            "a/Dockerfile": `${from}\${HOST}/base:\${TAG}\n`,
            "b/Dockerfile": `${from}acme/base:\${TAG}\n`,
            "c/Dockerfile": `${from}acme/base\n`,
        });
        expect(foundations[0]?.replaces).to.deep.equal(["acme/base"]);
    });

    it("takes an argument without a default for the one foundation that is named", async () => {
        const files = {
            "images/python/Dockerfile": "FROM python:3.12\n",
            "services/x/Dockerfile": "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n",
        };
        const { foundations, apps } = await propose(files, ["images/python"]);
        expect(foundations[0]).to.deep.include({ name: "python", argument: "BASE_IMAGE" });
        expect(apps).to.deep.equal(["services/x"]);
    });

    it("is not stopped by a file that nobody can read", async () => {
        const found = await survey(folder({ "a/Dockerfile": "FROM\n", "compose.yaml": "services: [\n" }));
        expect(found.dockerfiles[0]?.problem).to.be.a("string");
        expect(found.projects[0]?.problem).to.be.a("string");
    });

    it("names a foundation as the configuration allows", () => {
        expect(imageName("docker/Base_Image 2.")).to.equal("base-image-2");
        expect(imageName(".")).to.equal("foundation");
    });
});
