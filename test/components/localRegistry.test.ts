import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { LocalRegistry } from "../../components/localRegistry.ts";
import { registryCompose } from "../../components/render/registryCompose.ts";
import { failureOf, mockEngine, valueOf, type Outputs } from "../support/mocks.ts";

const args = { project: "foundation-registry-test", pullPort: 6050, pushPort: 6051 };
const outputs: Outputs = {
    "foundation:index:HtpasswdUser": ({ inputs }) => ({
        password: `password of ${String(inputs["username"])}`,
        htpasswd: `${String(inputs["username"])}:hash`,
    }),
    "foundation:index:ComposeProject": () => ({ instance: "instance-1" }),
};

describe("LocalRegistry", () => {
    it("runs one Compose project whose users are made for it", async () => {
        const { registered, options, watch, settled } = await mockEngine(outputs);
        const registry = new LocalRegistry("registry", args, watch);
        await settled();

        expect(registered.map(({ type, name }) => [type, name])).to.have.deep.members([
            ["foundation:index:LocalRegistry", "registry"],
            ["foundation:index:HtpasswdUser", "registry-puller"],
            ["foundation:index:HtpasswdUser", "registry-pusher"],
            ["foundation:index:ComposeProject", "registry-compose"],
        ]);
        for (const name of ["registry-puller", "registry-pusher", "registry-compose"]) {
            expect(options.get(name)?.parent).to.equal(registry);
        }
        const compose = registered.find(({ name }) => name === "registry-compose");
        expect(compose?.secrets).to.have.members(["definition", "readiness"]);
        expect(compose?.inputs).to.deep.equal({
            project: "foundation-registry-test",
            owner: "registry-puller-id",
            definition: registryCompose({
                ...args,
                owner: "registry-puller-id",
                pullHtpasswd: "foundation-pull:hash",
                pushHtpasswd: "foundation-push:hash",
            }),
            readiness: [
                {
                    url: "http://localhost:6050/v2/",
                    username: "foundation-pull",
                    password: "password of foundation-pull",
                },
                {
                    url: "http://localhost:6051/v2/",
                    username: "foundation-push",
                    password: "password of foundation-push",
                },
            ],
            imageServer: "localhost:6051",
        });
    });

    it("pulls from one port and pushes to the other, with a credential for each", async () => {
        await mockEngine(outputs);
        const registry = new LocalRegistry("registry", args);

        expect(await valueOf(registry.server)).to.equal("localhost:6050");
        expect(await valueOf(registry.pushServer)).to.equal("localhost:6051");
        expect(await valueOf(registry.pullPasswordExpiresAt)).to.equal("never");
        expect(await valueOf(pulumi.output(registry.pullCredential))).to.deep.equal({
            username: "foundation-pull",
            password: "password of foundation-pull",
        });
        expect((await valueOf(pulumi.output(registry.pushCredential))).username).to.equal("foundation-push");
    });

    it("keeps credentials and all that is made of them secret", async () => {
        const { options, watch, settled } = await mockEngine(outputs);
        const registry = new LocalRegistry("registry", args, watch);
        await settled();

        expect(await pulumi.isSecret(registry.pullCredential.password)).to.equal(true);
        expect(await pulumi.isSecret(registry.pushCredential.password)).to.equal(true);
        expect(await pulumi.isSecret(registry.server)).to.equal(false);
        for (const name of ["registry-puller", "registry-pusher"]) {
            expect(options.get(name)?.additionalSecretOutputs).to.have.members(["password", "htpasswd"]);
        }
    });

    it("tells in a preview where to pull from, and not yet where to push", async () => {
        await mockEngine(outputs, true);
        const registry = new LocalRegistry("registry", args);
        expect(await valueOf(registry.server)).to.equal("localhost:6050");
        expect(await failureOf(registry.pushServer)).to.equal("the output is unknown");
    });
});
