import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { findProject } from "../../../components/workspace/project.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("findProject", () => {
    const folder = temporaryFolders();

    it("finds the nearest Pulumi.yaml from a folder upwards", () => {
        const root = folder({ "Pulumi.yaml": "", "infra/Pulumi.yaml": "", "apps/app1/Dockerfile": "" });
        expect(findProject(root)).to.equal(root);
        expect(findProject(path.join(root, "apps/app1"))).to.equal(root);
        expect(findProject(path.join(root, "infra"))).to.equal(path.join(root, "infra"));
    });

    it("says where it looked when there is none", () => {
        const root = folder({});
        expect(() => findProject(root)).to.throw(Problem, `no Pulumi.yaml in ${root} or above it`);
    });
});
