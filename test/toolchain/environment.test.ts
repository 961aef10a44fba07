import { readdirSync, readFileSync, statSync } from "node:fs";
import { expect } from "chai";
import { ensurePassphrase } from "../../toolchain/environment.js";
import { withoutSalt } from "../../toolchain/stack.js";
import { temporaryFolders } from "../support/folder.ts";

describe("ensurePassphrase", () => {
    const folder = temporaryFolders();

    it("makes one that nobody else may read, and keeps it", async () => {
        const home = folder();
        const file = await ensurePassphrase(home);
        const passphrase = readFileSync(file, "utf8");
        expect(passphrase.trim()).to.have.lengthOf.at.least(40);
        expect(statSync(file).mode & 0o777).to.equal(0o600);
        expect(readFileSync(await ensurePassphrase(home), "utf8")).to.equal(passphrase);
    });

    it("agrees with another that makes one at the same time", async () => {
        const home = folder();
        const files = await Promise.all([
            ensurePassphrase(home),
            ensurePassphrase(home),
            ensurePassphrase(home),
        ]);
        expect(new Set(files.map((file) => readFileSync(file, "utf8"))).size).to.equal(1);
        expect(readdirSync(home)).to.deep.equal(["passphrase"]);
    });

    it("makes no new one for state that an old one encrypted", async () => {
        const home = folder({ "state/.pulumi/stacks/foundation/dev.json": "{}" });
        const failure = await ensurePassphrase(home).catch((error: unknown) => error);
        expect(failure).to.have.property("message").that.includes("put it back");
        expect(readdirSync(home)).to.deep.equal(["state"]);
    });
});

describe("withoutSalt", () => {
    const config = "config:\n  foundation:registry: local\n";
    const salt = "encryptionsalt: v1:abc=:v1:def\n";

    it("takes out the salt that a run has added", async () => {
        expect(await withoutSalt(config, config + salt)).to.equal(config);
        expect(await withoutSalt(config, salt + config)).to.equal(config);
        expect(await withoutSalt("", salt)).to.equal("");
    });

    it("keeps a salt that was there before", async () => {
        expect(await withoutSalt(config + salt, config + salt)).to.equal(config + salt);
    });

    it("keeps the salt that the file's own secrets need", async () => {
        const secret = "config:\n  foundation:x:\n    secure: v1:abc\n";
        expect(await withoutSalt(config, secret + salt)).to.equal(secret + salt);
    });

    it("keeps what else a run has changed", async () => {
        expect(await withoutSalt(config, `${config}  foundation:tag: v1\n${salt}`)).to.equal(
            `${config}  foundation:tag: v1\n`,
        );
    });

    it("undoes what a run has only written in another way", async () => {
        const numbers = "# ours\nconfig:\n    pullPort: 6050\n    foundation:platforms: [a, b]\n";
        const rewritten =
            '# ours\nconfig:\n  foundation:pullPort: "6050"\n  foundation:platforms:\n    - a\n    - b\n';
        expect(await withoutSalt(numbers, rewritten + salt)).to.equal(numbers);
    });
});
