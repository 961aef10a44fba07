import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { commands } from "../../cli/commands.ts";
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

    for (const args of [[], ["help"], ["--help"], ["-h"]]) {
        it(`says how it is used when asked with ${JSON.stringify(args)}`, async () => {
            const { output, exitCode } = await run(args);
            expect(exitCode, output).to.equal(0);
            expect(output).to.match(/^usage: foundation <command>/);
        });
    }

    for (const [name, command] of Object.entries(commands)) {
        it(`says how ${name} is used, with an example that it takes`, async () => {
            const { output, exitCode } = await run([name, "--help"]);
            expect(exitCode, output).to.equal(0);
            expect(output).to.include(`usage: foundation ${name}`);
            for (const option of Object.keys(command.options)) expect(output).to.include(`  --${option}`);
            const words = command.example.split(" ").slice(1);
            expect(words[0]).to.equal(name);
            const known = [
                ...Object.keys(command.options).map((option) => `--${option}`),
                ...Object.keys(command.actions ?? {}),
            ];
            for (const word of words.slice(1)) if (word.startsWith("-")) expect(known).to.include(word);
        });
    }

    it("says how a command is used after the word help as well", async () => {
        const { output } = await run(["status", "--help"]);
        for (const help of ["help", "--help", "-h"]) {
            expect(await run([help, "status"])).to.deep.equal({ output, exitCode: 0 });
        }
    });

    it("says its version, which is the package's", async () => {
        const { version } = JSON.parse(
            fs.readFileSync(path.join(project, "components/package.json"), "utf8"),
        ) as {
            version: string;
        };
        expect(await run(["--version"])).to.deep.equal({ output: version, exitCode: 0 });
    });

    for (const [args, said] of [
        [["nope"], /^unknown command "nope"; the commands are init, /],
        [["--check", "status"], /^no command before "--check"; the commands are init, /],
        [["constructor"], /^unknown command "constructor"; /],
        [["status", "--jsn"], /^status: unknown option '--jsn'; its options are --json, --check$/],
        [["status", "extra"], /^status: unexpected argument 'extra'; its options are /],
        [["doctor", "--json"], /^doctor: unknown option '--json'; it has no options$/],
        [["status", "--json=x"], /^status: option '--json' does not take an argument; its options are /],
        [["sync", "--stack"], /^sync: --stack needs a value, found none; say --stack STACK$/],
        [["sync", "--stack", "--from"], /^sync: --stack needs a value, found "--from"; say --stack STACK$/],
        [["graph", "--html", "-x"], /^graph: --html needs a value, found "-x"; say --html FILE$/],
        [["verify", "--stack="], /^verify: --stack needs a value, found ""; say --stack STACK$/],
        [["deploy"], /^deploy: takes one action, found none; say preview or up$/],
        [["deploy", "down", "--stack", "x"], /^deploy: takes one action, found "down"; say preview or up$/],
        [["deploy", "up"], /^deploy: --stack is missing; /],
        [["deploy", "up", "--stack", "x", "--comment", "f"], /^deploy up: --comment is for preview alone; /],
        [["retention", "--keep", "-1"], /^retention: --keep must say how many .*, found "-1"; say /],
        [["retention", "--keep", "-x"], /^retention: --keep must say how many .*, found "-x"; say /],
        [["retention", "--keep", "--yes"], /^retention: --keep needs a value, found "--yes"; say /],
        [["help", "nope"], /^unknown command "nope"; /],
        [["graph", "--html", ""], /^graph: --html needs a value, found ""; say --html FILE$/],
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
        for (const name of ["doctor", "status"]) {
            const { output, exitCode } = await run([name], root);
            expect(exitCode, output).to.equal(2);
            expect(output).to.equal(
                "foundation: the npm packages are missing; install them with `npm ci`, or run `npm start`",
            );
        }
        fs.symlinkSync(path.join(project, "node_modules"), path.join(root, "node_modules"));
        expect((await run(["status"], root)).output).to.match(
            /foundation\/\.env is missing; get the emitted/,
        );
    });
});
