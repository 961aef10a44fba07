import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { readStackConfig } from "../../../components/workspace/stackConfig.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("readStackConfig", () => {
    const folder = temporaryFolders();

    it("takes what Pulumi keeps as a secret for one", () => {
        const root = folder({
            "Pulumi.yaml": "name: acme\n",
            "Pulumi.prod.yaml": [
                "config:",
                "  acme:registry: existing",
                "  acme:server: ghcr.io/acme",
                "  acme:pushUsername: ci",
                "  acme:pushPassword:",
                "    secure: v1:abc",
                "",
            ].join("\n"),
        });
        expect(readStackConfig(root, "prod")).to.include({ registry: "existing", pushUsername: "ci" });
    });

    it("takes what Pulumi.yaml has for a key, be it with a description or the value itself", () => {
        const root = folder({
            "Pulumi.yaml": [
                "name: acme",
                "config:",
                "  channel: stable",
                "  acme:apps: [services/*]",
                "  protect: false",
                "  pullPort: { default: 6050 }",
                "  tag: { type: string, value: v1 }",
                "  target: { type: string }",
                "",
            ].join("\n"),
            "Pulumi.dev.yaml": "config: { acme:tag: v2 }\n",
        });
        const config = readStackConfig(root, "dev");
        expect(config).to.deep.include({ channel: "stable", apps: ["services/*"], protect: false });
        expect(config.pullPort).to.equal(6050);
        expect(config.images[0]).to.include({ tag: "v2", target: undefined });
    });

    it("takes numbers and dates for what Pulumi takes them for", () => {
        const root = folder({
            "Pulumi.yaml": "name: acme\nconfig: { channel: 1.10 }\n",
            "Pulumi.dev.yaml": [
                "config:",
                "  acme:tag: 010",
                "  acme:rebuild: 2024-1-31",
                "  acme:repository: '2024-01-31'",
                "  acme:target: 1.2.3",
                "",
            ].join("\n"),
        });
        const { images, channel } = readStackConfig(root, "dev");
        expect(channel).to.equal("1.1");
        expect(images[0]).to.include({
            tag: "8",
            rebuild: "2024-01-31 00:00:00 +0000 UTC",
            repository: "2024-01-31",
            target: "1.2.3",
        });
    });

    // As a time of day to the millisecond, and a commit, which Pulumi itself writes without quotes.
    for (const text of ["20240101123456789", "12e4567"]) {
        it(`keeps all of ${text}, as Pulumi does`, () => {
            const root = folder({ "Pulumi.yaml": `name: acme\nconfig: { rebuild: ${text} }\n` });
            expect(readStackConfig(root, "dev").images[0].rebuild).to.equal(text);
        });
    }

    it("takes no number for a text in a map, as Pulumi doesn't", () => {
        const root = folder({
            "Pulumi.yaml": "name: acme\n",
            "Pulumi.dev.yaml": "config:\n  acme:buildArgs:\n    A: 010\n",
        });
        expect(() => readStackConfig(root, "dev")).to.throw(Problem, "buildArgs.A: must be a text, found 8");
    });

    it("says where a file is no YAML, until it is fixed", () => {
        const root = folder({ "Pulumi.yaml": "name: acme\n", "Pulumi.dev.yaml": "config:\n  a: [\n" });
        expect(() => readStackConfig(root, "dev")).to.throw(
            Problem,
            /Pulumi\.dev\.yaml can't be read \(.*line \d+, .*; fix it$/,
        );
        fs.writeFileSync(path.join(root, "Pulumi.dev.yaml"), "config:\n  acme:tag: v1\n");
        expect(readStackConfig(root, "dev").images[0].tag).to.equal("v1");
    });
});
