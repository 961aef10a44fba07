import { expect } from "chai";
import { PushedImage, type Inputs } from "../../../../components/resources/pushedImage/pushedImage.ts";
import { mockEngine } from "../../../support/mocks.ts";

const inputs: Inputs = {
    context: "context",
    buildArgs: {},
    platforms: [],
    attest: [],
    repository: "foundation",
    tag: "content-1",
    channel: "latest",
    server: "localhost:5050",
    pushServer: "localhost:5051",
    instance: "1",
};

describe("PushedImage", () => {
    it("has no output for what isn't set, each of which takes its time", async () => {
        const { watch, settled } = await mockEngine();
        const image = new PushedImage("image", { ...inputs, target: "web", rebuild: undefined }, watch);
        await settled();
        expect(image).to.have.property("target");
        expect(image).not.to.have.property("rebuild");
    });

    it("gives its passwords and secrets to the engine as secrets, and nothing else", async () => {
        const { registered, settled } = await mockEngine();
        const given = {
            ...inputs,
            ...{ username: "puller", password: "the pull password" },
            ...{ pushUsername: "pusher", pushPassword: "the push password" },
            secretValues: { pip: "hush" },
        };
        new PushedImage("image", given);
        await settled();
        expect(registered).to.deep.equal([
            {
                type: "foundation:index:PushedImage",
                name: "image",
                inputs: given,
                secrets: ["password", "pushPassword", "secretValues"],
            },
        ]);
    });

    it("has no password and no secret where none is given", async () => {
        const { registered, settled } = await mockEngine();
        new PushedImage("image", inputs);
        await settled();
        expect(registered.map((image) => [image.inputs, image.secrets])).to.deep.equal([[inputs, []]]);
    });
});
