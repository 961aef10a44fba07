import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { expect } from "chai";
import { pulumi } from "../../toolchain/stack.ts";
import { temporaryFolders } from "../support/folder.ts";
import { fakeProgram, withEnvironment } from "./support.ts";

describe("pulumi with the passphrase of a clone", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const config = "config:\n  foundation:registry: local\n";
    const salt = "encryptionsalt: v1:abc\n";

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    /** The files after a run that creates the stacks `dev` and `test`, and ends with this code. */
    async function files(passphrase: string | undefined) {
        const project = folder({ "Pulumi.yaml": "name: x\n", "Pulumi.test.yaml": config });
        const bin = folder();
        fakeProgram(
            bin,
            "pulumi",
            `for file in Pulumi.*.yaml Pulumi.dev.yaml; do printf '${salt}' >>$file; done; exit 3`,
        );
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        setEnvironment("PULUMI_CONFIG_PASSPHRASE_FILE", passphrase ?? `${project}/.foundation/passphrase`);
        expect(await pulumi(project, ["up"])).to.equal(3);
        return ["yaml", "dev.yaml", "test.yaml"].map((name) =>
            readFileSync(`${project}/Pulumi.${name}`, "utf8"),
        );
    }

    it("tells the program how it is typed, for messages", async () => {
        const bin = folder();
        fakeProgram(bin, "pulumi", `test "$FOUNDATION_PULUMI" = "$1"`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        expect(await pulumi(folder(), ["npx foundation pulumi"])).to.equal(0);
        const scripts = folder({ "package.json": '{ "scripts": { "pulumi": "x" } }' });
        expect(await pulumi(scripts, ["npm run pulumi --"])).to.equal(0);
    });

    it("leaves its salt in no stack's file, which is everybody's", async () => {
        expect(await files(undefined)).to.deep.equal(["name: x\n", "", config]);
    });

    it("keeps the salt of a passphrase that others have, too", async () => {
        expect(await files("/shared")).to.deep.equal(["name: x\n", salt, config + salt]);
    });
});
