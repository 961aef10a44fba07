import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { publishedImage } from "../../../../components/resources/publishedImage/implementation.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { contextIn } from "../../../support/context.ts";
import { smallRegistries } from "../../../support/registry.ts";

describe("PublishedImage", () => {
    const folder = temporaryFolders();
    const registry = smallRegistries();

    const state = {
        server: "localhost:5050",
        repository: "foundation",
        tag: "content-1",
        digest: `sha256:${"ab".repeat(32)}`,
        username: "puller",
        password: "its password",
        pushServer: "localhost:5051",
        instance: "instance-1",
    };

    it("is proven again after each push, also of the same image to a new store", async () => {
        const changes = async (news: Partial<typeof state>) =>
            (await publishedImage.diff(state, { ...state, ...news }, contextIn("/"))).changes;
        expect(await changes({ password: "another" })).to.equal(false);
        expect(await changes({ digest: "sha256:cd" })).to.equal(true);
        expect(await changes({ instance: "instance-2" })).to.equal(true);
    });

    it("is there once it is proven, and not before", async () => {
        const images = { "foundation:content-1": state.digest };
        const { server } = await registry({ images, username: "puller", password: state.password });
        const inputs = { ...state, server, pushServer: server };
        const other = { ...inputs, digest: "sha256:cd" };
        const context = contextIn("/");
        const id = `${server}/foundation`;
        expect(await publishedImage.create(inputs, context)).to.deep.equal({ id, state: inputs });
        expect(await publishedImage.update?.(other, inputs, context)).to.deep.equal(inputs);
        const unproven = [
            publishedImage.create(other, context),
            publishedImage.update?.(inputs, other, context),
        ];
        for (const work of unproven) {
            expect(await Promise.resolve(work).catch(String)).to.match(/should be sha256:cd after the push/);
        }
    });

    it("takes the stack's copies of the build context along when it goes", async () => {
        const root = folder({
            ".foundation/context/dev/content-1/Dockerfile": "FROM scratch\n",
            ".foundation/context/prod/content-1/Dockerfile": "FROM scratch\n",
        });
        await publishedImage.delete?.(state, contextIn(root));
        expect(fs.readdirSync(path.join(root, ".foundation/context"))).to.deep.equal(["prod"]);
    });
});
