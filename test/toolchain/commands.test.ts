import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { nextSteps } from "../../toolchain/bringUp.ts";
import { temporaryFolders } from "../support/folder.ts";

/** What a file imports at once, directly or not, beside Node's own. */
function imported(start: string): readonly string[] {
    const files = new Set([start]);
    // A set goes on to what is added.
    for (const file of files) {
        if (!existsSync(file)) continue;
        for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/ from "([^"]+)";$/gm)) {
            if (!name.startsWith("node:")) files.add(name.startsWith(".") ? join(dirname(file), name) : name);
        }
    }
    return [...files];
}

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

    it("loads JavaScript alone until there is a Node that reads TypeScript", () => {
        expect(imported("toolchain/bootstrap.js").filter((file) => !file.endsWith(".js"))).to.deep.equal([]);
    });

    it("loads no package until the set-up has installed them", () => {
        const files = globSync("toolchain/commands/*.ts").flatMap(imported);
        expect(files).to.include("toolchain/parts/packages.ts");
        expect(files.filter((file) => !/^(toolchain|components)\//.test(file))).to.deep.equal([]);
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
                ...["--no-config", "--reporter", "./toolchain/countingReporter.ts"],
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
