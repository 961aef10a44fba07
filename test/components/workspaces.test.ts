import { expect } from "chai";
import { Workspaces, type WorkspacesArgs } from "../../components/workspaces.ts";
import { appCompose, foundationCompose } from "../../components/render/composeFile.ts";
import { envBlock } from "../../components/render/envFile.ts";
import { mockEngine } from "../support/mocks.ts";

const values = { image: "localhost:6050/foundation:content-1", digest: "sha256:1", stack: "test" };
const apps: WorkspacesArgs["apps"] = [
    { folder: "apps/app1", service: "app1", use: { buildArg: true, contexts: [] } },
    { folder: "apps/app2", service: "app2", use: { buildArg: false, contexts: ["foundation"] } },
];
const args: WorkspacesArgs = {
    ...values,
    apps,
    build: { buildArgs: { A: "1" } },
    contexts: "image",
    envFiles: "copy",
    mark: "1a2b3c",
};

async function emittedBy(given: WorkspacesArgs): Promise<Record<string, unknown> | undefined> {
    const { registered, options, watch, settled } = await mockEngine();
    const workspaces = new Workspaces("workspaces", given, watch);
    await settled();
    const [files, ...others] = registered.filter(({ type }) => type === "foundation:index:EmittedFiles");
    expect(others).to.be.empty;
    expect(options.get("workspaces-files")?.parent).to.equal(workspaces);
    return files?.inputs;
}

const block = envBlock(values);
const texts = {
    "foundation/compose.yaml": foundationCompose({ buildArgs: { A: "1" } }, "foundation-1a2b3c"),
    "apps/app1/compose.yaml": appCompose(
        { service: "app1", use: { buildArg: true, contexts: [] } },
        "image",
        "app1-1a2b3c",
    ),
    "apps/app2/compose.yaml": appCompose(
        { service: "app2", use: { buildArg: false, contexts: ["foundation"] } },
        "image",
        "app2-1a2b3c",
    ),
};

describe("Workspaces", () => {
    it("emits a compose file and an .env for the foundation and each app, in one resource", async () => {
        expect(await emittedBy(args)).to.deep.equal({
            texts,
            block,
            blockPaths: ["foundation/.env", "apps/app1/.env", "apps/app2/.env"],
            links: {},
        });
    });

    it("emits one .env with links to it, where that was chosen", async () => {
        expect(await emittedBy({ ...args, envFiles: "symlink" })).to.deep.equal({
            texts,
            block,
            blockPaths: [".env"],
            links: {
                "foundation/.env": "../.env",
                "apps/app1/.env": "../../.env",
                "apps/app2/.env": "../../.env",
            },
        });
    });

    it("hands the foundation to the apps in the form that was chosen", async () => {
        const emitted = await emittedBy({ ...args, contexts: "service" });
        expect(emitted?.["texts"])
            .to.have.property("apps/app2/compose.yaml")
            .that.includes("foundation: service:foundation-app2");
    });

    it("repeats the target of the official build in the local one", async () => {
        const emitted = await emittedBy({ ...args, apps: [], build: { buildArgs: {}, target: "slim" } });
        expect(emitted?.["texts"]).to.deep.equal({
            "foundation/compose.yaml": foundationCompose(
                { buildArgs: {}, target: "slim" },
                "foundation-1a2b3c",
            ),
        });
    });
});
