import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { Problem } from "../../components/problem.ts";
import { checkStackName, registryProject } from "../../components/stackName.ts";

describe("a stack's name", function () {
    this.timeout(60_000);

    it("is its registry's Compose project as it is, where Compose can take it", () => {
        for (const stack of ["dev", "e2e-0a1b", "a_b", "-x", "2026"]) {
            expect(registryProject(stack)).to.equal(`foundation-registry-${stack}`);
        }
    });

    it("gives a project of its own where Compose can't", () => {
        const stacks = ["Dev", "DEV", "v1.2", "v1-2", "v1..2", ".", "x".repeat(99) + "."];
        const projects = stacks.map(registryProject);
        expect(new Set(projects)).to.have.length(stacks.length);
        expect(registryProject("v1.2")).to.match(/^foundation-registry-v1-2-[0-9a-f]{8}$/);
        for (const project of projects) {
            const config = execFileSync("docker", ["compose", "-p", project, "-f", "-", "config"], {
                input: "services: { a: { image: scratch } }",
                encoding: "utf8",
            });
            expect(config).to.include(`name: ${project}`);
        }
    });

    it("is refused where it would be another folder", () => {
        for (const stack of [".", ".."]) {
            expect(() => {
                checkStackName(stack);
            }).to.throw(
                Problem,
                `"${stack}", as files are kept in a folder of its name; make one with a letter`,
            );
        }
        checkStackName("dev");
        checkStackName("...");
    });
});
