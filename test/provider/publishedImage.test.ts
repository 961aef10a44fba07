import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { publishedImage } from "../../provider/publishedImage.ts";
import { temporaryFolders } from "../support/folder.ts";
import { contextIn } from "./context.ts";

describe("PublishedImage", () => {
    const folder = temporaryFolders();

    it("takes the stack's copies of the build context along when it goes", async () => {
        const root = folder({
            ".foundation/context/dev/content-1/Dockerfile": "FROM scratch\n",
            ".foundation/context/prod/content-1/Dockerfile": "FROM scratch\n",
        });
        const state = {
            server: "localhost:5050",
            repository: "foundation",
            tag: "content-1",
            digest: `sha256:${"ab".repeat(32)}`,
            username: "puller",
            password: "its password",
            pushServer: "localhost:5051",
        };
        await publishedImage.delete?.(state, contextIn(root));
        expect(fs.readdirSync(path.join(root, ".foundation/context"))).to.deep.equal(["prod"]);
    });
});
