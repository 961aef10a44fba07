import { delimiter } from "node:path";
import { expect } from "chai";
import { readStackOutputs } from "../../../cli/pulumi/stackOutputs.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("the outputs of a stack", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    async function messageFor(outputs: object): Promise<string> {
        const bin = folder();
        fakeProgram(bin, "pulumi", `echo '${JSON.stringify(outputs)}'`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        const found: unknown = await readStackOutputs(folder(), "acme/shop/dev").catch(
            (error: unknown) => error,
        );
        expect(found).to.be.instanceOf(Problem);
        return (found as Problem).message;
    }

    it("are none before the first deployment", async () => {
        expect(await messageFor({})).to.equal(
            "the stack acme/shop/dev has published no foundation yet; run `pulumi up`",
        );
    });

    it("are those of foundation(), which a program of one's own may have kept to itself", async () => {
        expect(await messageFor({ cidr: "10.0.0.0/16", images: {} })).to.match(
            /^the stack acme\/shop\/dev lacks outputs that foundation\(\) returns, found cidr, images; export all /,
        );
    });
});
