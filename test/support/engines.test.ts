import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { VARIABLE } from "./engines.ts";
import { temporaryFolders } from "./folder.ts";

describe("onEachEngine", () => {
    const folder = temporaryFolders();

    /** Titles of what passed and of what was skipped, of a file with one suite of one test. */
    function run(handed: string | undefined): { passes: string[]; pending: string[] } {
        const support = pathToFileURL("test/support/engines.ts").href;
        const file = `${folder({
            "a.test.mjs": `import { onEachEngine } from "${support}";
                onEachEngine("a suite", function (engine) {
                    before(() => { if (engine.title.includes("current") && !engine.host) throw new Error("was run"); });
                    it("sees " + engine.host, () => {});
                });`,
        })}/a.test.mjs`;
        const { stdout } = spawnSync(
            process.execPath,
            ["node_modules/mocha/bin/mocha.js", "--no-config", "--reporter", "json", file],
            { encoding: "utf8", env: { ...process.env, [VARIABLE]: handed } },
        );
        const { passes, pending } = JSON.parse(stdout) as Record<
            "passes" | "pending",
            { fullTitle: string }[]
        >;
        return {
            passes: passes.map(({ fullTitle }) => fullTitle),
            pending: pending.map(({ fullTitle }) => fullTitle),
        };
    }

    it("runs a suite on both", () => {
        const engines = [
            { title: "on the machine's Docker" },
            { title: "on a current Docker", host: "unix:///second" },
        ];
        expect(run(JSON.stringify(engines))).to.deep.equal({
            passes: [
                "a suite, on the machine's Docker sees undefined",
                "a suite, on a current Docker sees unix:///second",
            ],
            pending: [],
        });
    });

    it("counts the tests for which there is no engine as skipped", () => {
        const one = JSON.stringify([{ title: "on the machine's Docker" }]);
        for (const handed of [undefined, one]) {
            expect(run(handed)).to.deep.equal({
                passes: ["a suite, on the machine's Docker sees undefined"],
                pending: ["a suite, on a current Docker sees undefined"],
            });
        }
    });
});
