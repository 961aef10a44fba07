import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FoundationImage, type FoundationImageArgs } from "../../components/foundationImage.ts";
import * as docker from "../../components/push/docker.ts";
import * as dockerBuild from "../../components/push/dockerBuild.ts";
import { failureOf, mockEngine, valueOf, type Outputs } from "../support/mocks.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const outputs: Outputs = {
    "docker-build:index:Image": () => ({ digest }),
    "docker:index/image:Image": ({ inputs }) => ({
        repoDigest: `localhost:6051/foundation@${digest}`,
        ...inputs,
    }),
};

function imageArgs(args: Partial<FoundationImageArgs> = {}): FoundationImageArgs {
    const credential = (username: string) => pulumi.secret({ username, password: `password of ${username}` });
    return {
        registry: {
            server: pulumi.output("localhost:6050"),
            pushServer: pulumi.output("localhost:6051"),
            pullCredential: credential("puller"),
            pullPasswordExpiresAt: pulumi.output("never"),
            pushCredential: credential("pusher"),
            instance: pulumi.output("instance-1"),
        },
        repository: "team/foundation",
        tag: "content-0123456789ab",
        channel: "stable",
        context: ".foundation/context/test/content-0123456789ab",
        buildArgs: { BASE_IMAGE: "debian:12" },
        platforms: [],
        builder: "default",
        push: dockerBuild.push,
        ...args,
    };
}

describe("FoundationImage", () => {
    it("is named by the server that developers pull from", async () => {
        await mockEngine(outputs);
        const image = new FoundationImage("foundation", imageArgs());

        expect(await valueOf(image.image)).to.equal("localhost:6050/team/foundation:content-0123456789ab");
        expect(await valueOf(image.channelImage)).to.equal("localhost:6050/team/foundation:stable");
        expect(await valueOf(image.digest)).to.equal(digest);
        expect(await valueOf(image.pinnedImage)).to.equal(
            `localhost:6050/team/foundation:content-0123456789ab@${digest}`,
        );
    });

    it("tells in a preview what it will be called, and not what it will hold", async () => {
        await mockEngine(outputs, true);
        const image = new FoundationImage("foundation", imageArgs());

        expect(await valueOf(image.image)).to.equal("localhost:6050/team/foundation:content-0123456789ab");
        expect(await failureOf(image.digest)).to.equal("the output is unknown");
    });

    it("fails when a push gives no digest", async () => {
        await mockEngine(outputs);
        const image = new FoundationImage("foundation", imageArgs({ push: () => pulumi.output("") }));
        expect(await failureOf(image.digest)).to.include("the push gave no digest");
    });

    it("is built by docker-build with the engine's own builder, and pushed under both tags", async () => {
        const { registered } = await mockEngine(outputs);
        await valueOf(new FoundationImage("foundation", imageArgs()).digest);

        const [image] = registered.filter(({ type }) => type === "docker-build:index:Image");
        expect(image?.inputs).to.deep.equal({
            context: { location: ".foundation/context/test/content-0123456789ab" },
            tags: [
                "localhost:6051/team/foundation:content-0123456789ab",
                "localhost:6051/team/foundation:stable",
            ],
            push: true,
            registries: [{ address: "localhost:6051", username: "pusher", password: "password of pusher" }],
            buildArgs: { FOUNDATION_TAG: "content-0123456789ab", BASE_IMAGE: "debian:12" },
            platforms: [],
            cacheTo: [{ inline: {} }],
            exec: true,
            builder: { name: "default" },
            buildOnPreview: false,
            network: "default",
        });
        expect(image?.secrets).to.include("registries");
    });

    it("is built once before the push, so that a fault in its Dockerfile is told in the builder's words", async () => {
        const { registered } = await mockEngine(outputs);
        await valueOf(new FoundationImage("foundation", imageArgs({ target: "slim" })).digest);

        const order = registered.map(({ type }) => type);
        expect(order.indexOf("foundation:index:CheckedBuild")).to.be.lessThan(
            order.indexOf("docker-build:index:Image"),
        );
        const [checked] = registered.filter(({ type }) => type === "foundation:index:CheckedBuild");
        expect(checked?.secrets).to.deep.equal(["password"]);
        expect(checked?.inputs).to.deep.equal({
            context: ".foundation/context/test/content-0123456789ab",
            builder: "default",
            buildArgs: { FOUNDATION_TAG: "content-0123456789ab", BASE_IMAGE: "debian:12" },
            platforms: [],
            noCache: false,
            target: "slim",
            server: "localhost:6051",
            repository: "team/foundation",
            username: "pusher",
            password: "password of pusher",
        });
    });

    it("counts as published when the pull credential finds it", async () => {
        const { registered } = await mockEngine(outputs);
        await valueOf(new FoundationImage("foundation", imageArgs()).digest);

        const published = registered.find(({ type }) => type === "foundation:index:PublishedImage");
        expect(published?.secrets).to.deep.equal(["password"]);
        expect(published?.inputs).to.deep.equal({
            server: "localhost:6050",
            repository: "team/foundation",
            tag: "content-0123456789ab",
            digest,
            username: "puller",
            password: "password of puller",
            pushServer: "localhost:6051",
            instance: "instance-1",
            builder: "default",
        });
    });

    it("passes target, platforms, builder and the wish for a fresh build on", async () => {
        const { registered } = await mockEngine(outputs);
        const args = { target: "slim", platforms: ["linux/arm64"], builder: "remote", rebuild: "2026-11" };
        await valueOf(new FoundationImage("foundation", imageArgs(args)).digest);

        const [checked] = registered.filter(({ type }) => type === "foundation:index:CheckedBuild");
        expect(checked?.inputs).to.include({ target: "slim", builder: "remote", noCache: true });
        // What was just built without the cache is what the push finds in it.
        const [image] = registered.filter(({ type }) => type === "docker-build:index:Image");
        expect(image?.inputs).to.include({ target: "slim" }).and.not.have.property("noCache", true);
        expect(image?.inputs).to.deep.include({ platforms: ["linux/arm64"], builder: { name: "remote" } });
    });

    for (const [provider, push] of [
        ["docker-build", dockerBuild.push],
        ["docker", docker.push],
    ] as const) {
        it(`stays in the registry when ${provider}'s resource goes, and is pushed again when the registry is new`, async () => {
            const { registered, options, watch, settled } = await mockEngine(outputs);
            const image = new FoundationImage("foundation", imageArgs({ push }), watch);
            await valueOf(image.digest);

            await settled();
            const images = registered.filter(({ type }) => /^docker/.test(type));
            expect(images).not.to.be.empty;
            for (const { name } of images) {
                const { parent, retainOnDelete, ...more } = options.get(name) ?? {};
                const trigger = more.replacementTrigger as pulumi.Input<string>;
                expect(parent).to.equal(image);
                expect(retainOnDelete).to.equal(true);
                expect(await valueOf(pulumi.output(trigger))).to.equal("instance-1");
            }
        });
    }

    it("is built by the docker provider once for each tag, where that was chosen", async () => {
        const { registered, settled } = await mockEngine(outputs);
        const args = { push: docker.push, target: "slim", platforms: ["linux/arm64"] };
        const image = new FoundationImage("foundation", imageArgs(args));

        expect(await valueOf(image.digest)).to.equal(digest);
        await settled();
        const expected = (imageName: string) => ({
            imageName,
            build: {
                context: ".foundation/context/test/content-0123456789ab",
                dockerfile: ".foundation/context/test/content-0123456789ab/Dockerfile",
                args: { FOUNDATION_TAG: "content-0123456789ab", BASE_IMAGE: "debian:12" },
                builderVersion: "BuilderBuildKit",
                target: "slim",
                platform: "linux/arm64",
            },
            registry: { server: "localhost:6051", username: "pusher", password: "password of pusher" },
            buildOnPreview: false,
            skipPush: false,
        });
        const images = registered.filter(({ type }) => type === "docker:index/image:Image");
        expect(images.map(({ inputs }) => inputs)).to.deep.equal([
            expected("localhost:6051/team/foundation:content-0123456789ab"),
            expected("localhost:6051/team/foundation:stable"),
        ]);
    });
});
