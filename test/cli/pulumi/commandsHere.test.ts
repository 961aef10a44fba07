import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { commandsHere } from "../../../cli/pulumi/commandsHere.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("a command that a message names", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const script = { "package.json": '{ "scripts": { "start": "x", "pulumi": "node pulumi.js" } }' };

    /** A PATH with a `pulumi` on it. */
    function withPulumi(): string {
        const bin = folder({ pulumi: "", "pulumi.exe": "" });
        fs.chmodSync(path.join(bin, "pulumi"), 0o755);
        return [bin, folder()].join(path.delimiter);
    }

    for (const [title, files, onPath, command] of [
        ["is pulumi where that is on PATH", script, true, "pulumi"],
        ["is the script of package.json where it isn't", script, false, "npm run pulumi --"],
        ["is that of the package where there is neither", {}, false, "npx foundation pulumi"],
        [
            "is the script where the state is its own, for which it has the passphrase",
            { ...script, ".foundation/state/x": "" },
            true,
            "npm run pulumi --",
        ],
    ] as const) {
        it(title, () => {
            setEnvironment("PATH", onPath ? withPulumi() : folder());
            expect(commandsHere(folder(files))("run `pulumi up`")).to.equal(`run \`${command} up\``);
        });
    }

    it("is put into each place where a text names it, and nowhere else", () => {
        const root = folder({ ...script, ".foundation/state/x": "" });
        expect(
            commandsHere(root)(
                "start it with `pulumi up`; `pulumi config set a b` and pulumi, or `npm start`",
            ),
        ).to.equal(
            "start it with `npm run pulumi -- up`; `npm run pulumi -- config set a b` and pulumi, or `npm start`",
        );
    });

    it("is the package's own where the project has no script for it", () => {
        expect(commandsHere(folder())("log in with `foundation login`")).to.equal(
            "log in with `npx foundation login`",
        );
    });

    it("is a script that this repository has", () => {
        setEnvironment("PATH", folder());
        expect(commandsHere(process.cwd())("run `pulumi up`, see `foundation status`")).to.equal(
            "run `npm run pulumi -- up`, see `npm run foundation -- status`",
        );
        expect(fs.readFileSync("package.json", "utf8")).to.include('"pulumi":').and.include('"foundation":');
    });
});
