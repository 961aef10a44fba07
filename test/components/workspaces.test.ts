import { expect } from "chai";
import { Workspaces, type WorkspacesArgs } from "../../components/workspaces.ts";
import { workspaceFiles } from "../../components/render/workspaceFiles.ts";
import { foundation } from "../support/emitted.ts";
import { mockEngine } from "../support/mocks.ts";

const args: WorkspacesArgs = {
    stack: "test",
    project: ".",
    registry: "local",
    channel: "latest",
    images: [{ image: { ...foundation, buildArgs: { A: "1" } }, uses: new Map() }],
    apps: [
        {
            folder: "apps/app1",
            name: "app1",
            form: { kind: "whole" },
            services: new Map([["app1", new Map([["foundation", { buildArg: true, contexts: [] }]])]]),
            others: [],
            official: [],
        },
    ],
    own: new Map(),
    contexts: "image",
    envFiles: "copy",
    mark: "1a2b3c",
    server: "localhost:6050",
    username: "reader",
    published: new Map([
        ["foundation", { image: "localhost:6050/foundation:content-1", digest: "sha256:1" }],
    ]),
};

describe("Workspaces", () => {
    it("emits all files in one resource, and what is known only after the push beside them", async () => {
        const { registered, options, watch, settled } = await mockEngine();
        const workspaces = new Workspaces("workspaces", args, watch);
        await settled();
        const [files, ...others] = registered.filter(({ type }) => type === "foundation:index:EmittedFiles");
        expect(others).to.be.empty;
        expect(options.get("workspaces-files")?.parent).to.equal(workspaces);
        expect(files?.inputs).to.deep.equal({
            files: JSON.stringify(workspaceFiles(args)),
            values: {
                "registry.server": "localhost:6050",
                "registry.username": "reader",
                "foundation.image": "localhost:6050/foundation:content-1",
                "foundation.digest": "sha256:1",
            },
        });
    });
});
