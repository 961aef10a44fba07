import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { cloneChecks } from "../../../cli/doctor/clone.ts";
import { surroundingChecks } from "../../../cli/doctor/surroundings.ts";
import { attempt } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";

describe("what doctor looks at", () => {
    const folder = temporaryFolders();
    const titles = (root: string) => {
        const clone = new Clone(root);
        const [manifest, config] = [attempt(() => clone.manifest), attempt(() => clone.config("dev"))];
        const checks = [...cloneChecks(clone, manifest), ...surroundingChecks(clone, manifest, config)];
        return checks.map(({ title }) => title).join(", ");
    };
    const configure = (root: string, text: string) => {
        fs.writeFileSync(path.join(root, "Pulumi.dev.yaml"), text);
    };

    it("is all that what was deployed needs", () => {
        const root = projectIn(folder);
        emit(root, { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" });
        expect(titles(root)).to.equal(
            "Emitted files, Compose files, Compose, Git, Foundations, " +
                "Sources, Port to pull, Port to push, Login, Lock, Folders, Disk, Builder, Ability, Build, Shell, Proxy, Base",
        );
        const other = "config:\n  foundation:registry: existing\n  foundation:registryServer: r.example\n";
        configure(root, other);
        expect(titles(root)).to.not.include("Port to");
    });

    it("is all that a first deployment needs", () => {
        expect(titles(projectIn(folder))).to.equal(
            "Emitted files, Sources, Port to pull, Port to push, Lock, Folders, Disk, Builder, Ability, Shell, Proxy, Base",
        );
    });

    it("is the configuration where that can't be read, and what doesn't need it", () => {
        const root = projectIn(folder);
        configure(root, "config: [\n");
        expect(titles(root)).to.equal(
            "Emitted files, Configuration, Lock, Folders, Disk, Builder, Shell, Proxy",
        );
    });
});
