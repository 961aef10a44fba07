import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FoundationImage, type FoundationImageArgs } from "../../components/foundationImage.ts";
import * as docker from "../../components/push/docker.ts";
import { credentialOf } from "../../components/registry.ts";
import { failureOf, mockEngine, valueOf, type Outputs } from "../support/mocks.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const outputs: Outputs = {
    "foundation:index:PushedImage": () => ({ digest }),
    "docker:index/image:Image": ({ inputs }) => ({
        repoDigest: `localhost:6051/foundation@${digest}`,
        ...inputs,
    }),
};

function imageArgs(args: Partial<FoundationImageArgs> = {}): FoundationImageArgs {
    const credential = (username: string) => credentialOf({ username, password: `password of ${username}` });
    return {
        registry: {
            server: pulumi.output("localhost:6050"),
            pushServer: pulumi.output("localhost:6051"),
            pullCredential: credential("puller"),
            pullPasswordExpiresAt: pulumi.output("never"),
            pushCredential: credential("pusher"),
            instance: pulumi.output("instance-1"),
            prefix: "",
            shared: false,
            locksTags: false,
        },
        repository: "team/foundation",
        tag: "content-0123456789ab",
        channel: "stable",
        context: ".foundation/context/test/content-0123456789ab",
        buildArgs: { BASE_IMAGE: "debian:12" },
        platforms: [],
        attest: [],
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

    it("fails when the docker provider's push gives no digest", async () => {
        await mockEngine({ "docker:index/image:Image": () => ({ repoDigest: "localhost:6051/foundation" }) });
        const image = new FoundationImage("foundation", imageArgs({ publish: docker.publish }));
        expect(await failureOf(image.digest)).to.include("the push gave no digest");
    });

    it("is built, pushed and proven by one resource, for which both passwords are secret", async () => {
        const { registered } = await mockEngine(outputs);
        const asked = { target: "slim", platforms: ["linux/arm64"], builder: "remote", rebuild: "2026-11" };
        await valueOf(new FoundationImage("foundation", imageArgs(asked)).digest);

        const [image, ...more] = registered.filter(({ type }) => type === "foundation:index:PushedImage");
        expect(more).to.deep.equal([]);
        expect(image?.secrets).to.have.members(["password", "pushPassword"]);
        expect(image?.inputs).to.deep.equal({
            context: ".foundation/context/test/content-0123456789ab",
            buildArgs: { FOUNDATION_TAG: "content-0123456789ab", BASE_IMAGE: "debian:12" },
            ...asked,
            attest: [],
            repository: "team/foundation",
            tag: "content-0123456789ab",
            channel: "stable",
            server: "localhost:6050",
            username: "puller",
            password: "password of puller",
            pushServer: "localhost:6051",
            pushUsername: "pusher",
            pushPassword: "password of pusher",
            instance: "instance-1",
        });
    });

    it("hands on what is declared, and nothing else that a program in JavaScript gives it", async () => {
        const { registered } = await mockEngine(outputs);
        const given = { ...imageArgs(), buildargs: { A: "1" }, server: "elsewhere.example" };
        await valueOf(new FoundationImage("foundation", given).digest);
        const image = registered.find(({ type }) => type === "foundation:index:PushedImage");
        expect(image?.inputs).to.include({ server: "localhost:6050" }).and.not.have.property("buildargs");
    });

    it("is locked where the registry locks tags", async () => {
        const { registered } = await mockEngine(outputs);
        const { registry } = imageArgs();
        await valueOf(
            new FoundationImage("foundation", imageArgs({ registry: { ...registry, locksTags: true } }))
                .digest,
        );
        const image = registered.find(({ type }) => type === "foundation:index:PushedImage");
        expect(image?.inputs).to.include({ lock: true });
    });

    it("is built on the digests of others, once they are proven", async () => {
        const { registered } = await mockEngine(outputs);
        const base = new FoundationImage("base", imageArgs({ repository: "base" }));
        const parents = [
            { image: base, argument: "BASE", contexts: [] },
            { image: base, contexts: ["base"] },
        ];
        await valueOf(new FoundationImage("java", imageArgs({ parents })).digest);
        const image = registered.find(
            ({ type, name }) => type === "foundation:index:PushedImage" && name === "java",
        );
        expect(image?.inputs["parents"]).to.deep.equal([
            { repository: "base", digest, argument: "BASE", contexts: [] },
            { repository: "base", digest, contexts: ["base"] },
        ]);
    });

    it("has the values of its secrets as a secret of their own", async () => {
        const { registered } = await mockEngine(outputs);
        const asked = { secrets: { pip: { config: "pip" } }, secretValues: { pip: "hush" } };
        await valueOf(new FoundationImage("foundation", imageArgs(asked)).digest);
        const image = registered.find(({ type }) => type === "foundation:index:PushedImage");
        expect(image?.secrets).to.include("secretValues");
    });

    it("says nothing of a builder where none is named, so that it is the engine's own on every machine", async () => {
        const { registered } = await mockEngine(outputs);
        await valueOf(new FoundationImage("foundation", imageArgs()).digest);
        const image = registered.find(({ type }) => type === "foundation:index:PushedImage");
        expect(image?.inputs).not.to.have.property("builder");
    });

    it("goes on from what a stack of the first version has", async () => {
        const { options, watch, settled } = await mockEngine(outputs);
        await valueOf(new FoundationImage("foundation", imageArgs(), watch).digest);
        await settled();
        expect(options.get("foundation")?.aliases).to.deep.equal([{ type: "docker-build:index:Image" }]);
    });

    it("is proven by the pull credential when the docker provider has pushed both of its images", async () => {
        const pushed: string[] = [];
        const { registered } = await mockEngine({
            "docker:index/image:Image": ({ name }) => {
                pushed.push(name);
                return { repoDigest: `localhost:6051/team/foundation@${digest}` };
            },
            "foundation:index:PublishedImage": () => {
                pushed.push("proof");
                return {};
            },
        });
        await valueOf(new FoundationImage("foundation", imageArgs({ publish: docker.publish })).digest);

        expect(pushed).to.deep.equal(["foundation", "foundation-channel", "proof"]);
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
        });
    });

    it("stays in the registry when the docker provider's resource goes, and is pushed again when the registry is new", async () => {
        const { registered, options, watch, settled } = await mockEngine(outputs);
        const image = new FoundationImage("foundation", imageArgs({ publish: docker.publish }), watch);
        await valueOf(image.digest);

        await settled();
        const images = registered.filter(({ type }) => type.startsWith("docker:"));
        expect(images).to.have.length(2);
        for (const { name } of images) {
            const { parent, retainOnDelete, ...more } = options.get(name) ?? {};
            const trigger = more.replacementTrigger as pulumi.Input<string>;
            expect(parent).to.equal(image);
            expect(retainOnDelete).to.equal(true);
            expect(await valueOf(pulumi.output(trigger))).to.equal("instance-1");
        }
    });

    it("is built by the docker provider once for each tag, where that was chosen", async () => {
        const { registered, settled } = await mockEngine(outputs);
        const args = { publish: docker.publish, target: "slim", platforms: ["linux/arm64"] };
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
