import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { run } from "../../../cli/commands/graph.ts";
import { Problem } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { standInDocker } from "../../support/docker.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { capturedOutput } from "../../support/output.ts";
import { emit, projectIn } from "../../support/project.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("foundation graph", () => {
    const folder = temporaryFolders();
    const docker = standInDocker(folder);
    const setEnvironment = withEnvironment();
    const output = capturedOutput();

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    it("is written as a page, once its folder is there", async () => {
        docker(
            [{ to: "compose version *", prints: "2.40.0" }],
            [
                { path: "/version", body: { ApiVersion: "1.45", Os: "linux", Arch: "amd64" } },
                { path: "/info", body: { DriverStatus: [] } },
                { path: "/containers/json", body: [] },
                { path: "/images/json", body: [] },
            ],
        );
        setEnvironment("DOCKER_CONFIG", folder());
        const root = projectIn(folder);
        emit(root, { image: "localhost:5050/foundation:1", digest: "sha256:1", stack: "dev" });
        const html = path.join(root, "docs/graph.html");
        const draw = () => run({ clone: new Clone(root), options: { html } });
        const found = await draw().catch((error: unknown) => error);
        expect(found).to.be.instanceOf(Problem);
        expect((found as Problem).message).to.match(
            /graph\.html can't be written \(.*\); name a file in a folder that exists and is yours$/,
        );
        fs.mkdirSync(path.join(root, "docs"));
        expect(await draw()).to.equal(0);
        expect(output()).to.equal(`Written to ${html}`);
        expect(fs.readFileSync(html, "utf8")).to.include("localhost:5050/foundation:1");
    });
});
