import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { temporaryFolders } from "../support/folder.ts";

const project = path.dirname(path.dirname(import.meta.dirname));

describe("the foundation command", () => {
    const folder = temporaryFolders();
    const run = async (args: readonly string[], root = project) => {
        const launcher = path.join(root, "cli/foundation.cjs");
        const options = { all: true, cwd: root, reject: false } as const;
        const { all, exitCode } = await execa("node", [launcher, ...args], options);
        return { output: all, exitCode };
    };

    for (const args of [[], ["help"], ["--help"], ["status", "--help"], ["login", "-h"]]) {
        it(`says how it is used when asked with ${JSON.stringify(args)}`, async () => {
            const { output, exitCode } = await run(args);
            expect(exitCode, output).to.equal(0);
            expect(output).to.match(/^usage: foundation <command>/);
        });
    }

    for (const [args, said] of [
        [["nope"], /^unknown command "nope"; the commands are status, /],
        [["constructor"], /^unknown command "constructor"; /],
        [["status", "--jsn"], /^status: unknown option '--jsn'; its options are --json, --check$/],
        [["status", "extra"], /^status: unexpected argument 'extra'; its options are /],
        [["doctor", "--json"], /^doctor: unknown option '--json'; it has no options$/],
        [["sync", "--stack"], /^sync: option '--stack <value>' argument missing; its options are --stack$/],
        [["sync", "--stack", "--json"], /^sync: option '--stack' argument is ambiguous; /],
        [["verify", "--stack="], /^verify: option '--stack' is empty; its options are --json, --stack$/],
        [["graph", "--html", ""], /^graph: option '--html' is empty; its options are --html$/],
    ] as const) {
        it(`says in one sentence what is wrong with ${JSON.stringify(args)}`, async () => {
            const { output, exitCode } = await run(args);
            expect(exitCode, output).to.equal(2);
            expect(output.replace(/^foundation: /, "")).to.match(said);
            expect(output.split("\n")).to.have.lengthOf(1);
        });
    }

    it("says that its packages are missing", async () => {
        const root = folder();
        for (const name of ["cli", "components", "toolchain", "package.json", "Pulumi.yaml"]) {
            fs.cpSync(path.join(project, name), path.join(root, name), { recursive: true });
        }
        const { output, exitCode } = await run(["doctor"], root);
        expect(exitCode, output).to.equal(2);
        expect(output).to.equal(
            "foundation: the npm packages are missing; install them with `npm ci`, or run `npm start`",
        );
    });
});
