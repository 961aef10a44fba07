import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { run } from "../../../cli/commands/graph.ts";
import { Problem } from "../../../components/problem.ts";
import { commandSetting } from "../../support/commandSetting.ts";
import { plainEngine } from "../../support/docker.ts";

describe("foundation graph", () => {
    const { docker, output, clone } = commandSetting();

    it("is written as a page, once its folder is there", async () => {
        docker(
            [{ to: "compose version *", prints: "2.40.0" }],
            [{ path: "/images/json", body: [] }, ...plainEngine],
        );
        const here = clone({ image: "localhost:5050/foundation:1", digest: "sha256:1" });
        const html = path.join(here.root, "docs/graph.html");
        const draw = () => run({ clone: here, options: { html } });
        const found = await draw().catch((error: unknown) => error);
        expect(found).to.be.instanceOf(Problem);
        expect((found as Problem).message).to.match(
            /graph\.html can't be written \(.*\); name a file in a folder that exists and is yours$/,
        );
        fs.mkdirSync(path.join(here.root, "docs"));
        expect(await draw()).to.equal(0);
        expect(output()).to.equal(`Written to ${html}`);
        expect(fs.readFileSync(html, "utf8")).to.include("localhost:5050/foundation:1");
    });
});
