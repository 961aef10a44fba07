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
});
