import { expect } from "chai";
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
});
