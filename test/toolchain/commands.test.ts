import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { nextSteps } from "../../toolchain/bringUp.ts";
import { temporaryFolders } from "../support/folder.ts";

describe("the entry", () => {
    const main = "toolchain/main.js";

    it("names its commands when it is given none of them", () => {
        const { status, stderr } = spawnSync(process.execPath, [main, "nonsense"], { encoding: "utf8" });
        expect(status).to.equal(2);
        expect(stderr).to.equal("usage: node toolchain/main.js start|test|pulumi|deploy|run [arguments]\n");
    });

    it("has nothing in it that an old Node could not read", () => {
        const code = readFileSync(main, "utf8").replaceAll(/^\s*(\/\/|\/\*).*$/gm, "");
        expect(code).to.not.match(/^import |^export |\?\?|\?\.|\bawait\b|`/m);
    });

    it("loads JavaScript alone, and no package, until there is a Node that reads TypeScript", () => {
        const files = new Set(["toolchain/withNode.js", "toolchain/problem.js"]);
        // A set goes on to what is added.
        for (const file of files) {
            for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/ from "([^"]+)";$/gm)) {
                if (!name.startsWith("node:")) files.add(join(dirname(file), name));
            }
        }
        expect(files).to.include("toolchain/parts/node.js");
        expect([...files].filter((file) => !/^(toolchain|components)\/.*\.js$/.test(file))).to.deep.equal([]);
    });
});

describe("the counting reporter", () => {
    const folder = temporaryFolders();

    it("counts what mocha counts", () => {
        const tests = folder({
            "a.cjs":
                'it("passes", () => {}); it("fails", () => { throw new Error("no"); }); it("waits");' +
                'describe("b", () => { it("passes too", () => {}); });',
        });
        const counts = join(tests, "counts.json");
        const { stdout, status } = spawnSync(
            process.execPath,
            [
                "node_modules/mocha/bin/mocha.js",
                ...["--no-config", "--reporter", "./toolchain/countingReporter.js"],
                ...["--reporter-option", `counts=${counts}`, join(tests, "a.cjs")],
            ],
            { encoding: "utf8" },
        );
        expect(status).to.equal(1);
        expect(JSON.parse(readFileSync(counts, "utf8"))).to.deep.equal({
            passes: 2,
            failures: 1,
            pending: 1,
        });
        expect(stdout).to.include("passes too");
    });
});

describe("nextSteps", () => {
    const steps = nextSteps({ foundation: "docker/base", app: "apps/shop", pulumi: "npm run pulumi --" });

    it("names the app, the foundation and the command as they are here", () => {
        expect(steps).to.include("(cd apps/shop && docker compose up)");
        expect(steps).to.include("(cd docker/base && docker compose build)");
        expect(steps).to.include("npm run pulumi -- destroy");
    });

    it("builds the app again on the way back, too", () => {
        expect(steps).to.match(
            /docker\/base && docker compose pull\).*\n +\(cd apps\/shop && docker compose up --build\)/,
        );
    });
});
