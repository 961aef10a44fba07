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
