import { expect } from "chai";
import { parseConfig } from "../../../components/config.ts";
import { repositoryMark } from "../../../components/workspace/repositoryMark.ts";

describe("the mark of a repository", () => {
    const mark = (project: string, values: Readonly<Record<string, string>> = {}) => {
        const own = Object.entries(values).map(([key, value]) => [`${project}:${key}`, value]);
        return repositoryMark(
            project,
            parseConfig(project, Object.fromEntries(own) as Record<string, string>),
        );
    };

    it("is short, fit for the name of a Compose project, and the same in every clone", () => {
        expect(mark("foundation")).to.equal("103945");
    });

    it("differs by project, registry and repository, and by nothing else", () => {
        const azure = { registry: "azure", registryName: "acme12345" };
        const marks = [
            mark("foundation"),
            mark("other"),
            mark("foundation", { pullPort: "5052" }),
            mark("foundation", { repository: "base/java" }),
            mark("foundation", azure),
            mark("foundation", { ...azure, registryName: "acme54321" }),
        ];
        expect(new Set(marks).size).to.equal(marks.length);
        expect(mark("foundation", { registryName: "acme12345", channel: "edge" })).to.equal(
            mark("foundation"),
        );
    });
});
