import { expect } from "chai";
import { appCompose, foundationCompose } from "../../../components/render/composeFile.ts";
import { envBlock } from "../../../components/render/envFile.ts";
import type { Foundation } from "../../../components/render/foundation.ts";
import { gap } from "../../../components/render/gaps.ts";
import { workspaceFiles, type Workspaces } from "../../../components/render/workspaceFiles.ts";
import { foundation } from "../../support/emitted.ts";

const argument = { buildArg: true, contexts: [] };
const named = { buildArg: false, contexts: ["foundation"] };

const java: Foundation = {
    name: "java",
    folder: "docker/java",
    context: ".",
    dockerfile: "docker/java/Dockerfile.jre",
    argument: "BASE_IMAGE",
    replaces: [],
    repository: "base/java",
};

const workspaces: Workspaces = {
    stack: "dev",
    project: "infra",
    registry: "local",
    channel: "latest",
    images: [
        { foundation, build: { buildArgs: {} }, uses: new Map() },
        { foundation: java, build: { buildArgs: {} }, uses: new Map([["foundation", named]]) },
    ],
    apps: [
        { folder: "apps/app1", service: "app1", uses: new Map([["foundation", argument]]) },
        { folder: "apps/app2", service: "app2", uses: new Map([["foundation", named]]) },
        {
            folder: "apps/app3",
            service: "app3",
            uses: new Map([
                ["foundation", argument],
                ["java", argument],
            ]),
        },
    ],
    contexts: "service",
    envFiles: "copy",
    mark: "1a2b3c",
};

const setting = { foundations: [foundation, java], contexts: "service" } as const;

function blockWith(...names: string[]): string {
    const images = names.map((name) => ({
        name,
        image: gap(`${name}.image`),
        digest: gap(`${name}.digest`),
    }));
    return envBlock({ images, stack: "dev" });
}

describe("the emitted files", () => {
    const { texts, blocks, links } = workspaceFiles(workspaces);

    it("are a Compose file for each foundation and each app, and the manifest", () => {
        const { "foundation.lock.json": manifest = "", ...compose } = texts;
        const uses = new Map([["foundation", named]]);
        expect(compose).to.deep.equal({
            "foundation/compose.yaml": foundationCompose(
                foundation,
                { buildArgs: {} },
                new Map(),
                setting,
                "foundation-1a2b3c",
            ),
            "docker/java/compose.yaml": foundationCompose(
                java,
                { buildArgs: {} },
                uses,
                setting,
                "java-1a2b3c",
            ),
            ...Object.fromEntries(
                workspaces.apps.map(({ folder, service, uses: own }) => [
                    `${folder}/compose.yaml`,
                    appCompose(service, own, setting, `${service}-1a2b3c`),
                ]),
            ),
        });
        expect(JSON.parse(manifest)).to.deep.include({
            version: 1,
            stack: "dev",
            project: "infra",
            registry: { kind: "local", server: "$<registry.server>", username: "$<registry.username>" },
            images: {
                foundation: {
                    reference: "$<foundation.image>",
                    digest: "$<foundation.digest>",
                    channel: "latest",
                    folder: "foundation",
                    uses: {},
                },
                java: {
                    reference: "$<java.image>",
                    digest: "$<java.digest>",
                    channel: "latest",
                    folder: "docker/java",
                    uses: { foundation: named },
                },
            },
        });
        expect(JSON.parse(manifest))
            .to.have.nested.property("workspaces.apps/app3")
            .that.deep.equals({
                emitted: "compose.yaml",
                name: "app3-1a2b3c",
                services: { app3: { foundation: argument, java: argument } },
            });
    });

    it("have a .env in each folder with the foundations that it uses; equal ones are said once", () => {
        expect(blocks).to.deep.equal([
            { text: blockWith("foundation"), paths: ["foundation/.env", "apps/app1/.env", "apps/app2/.env"] },
            { text: blockWith("foundation", "java"), paths: ["docker/java/.env", "apps/app3/.env"] },
        ]);
        expect(links).to.deep.equal({});
    });

    it("have one .env at the root with links to it, where that was chosen", () => {
        const linked = workspaceFiles({ ...workspaces, envFiles: "symlink" });
        expect(linked.blocks).to.deep.equal([{ text: blockWith("foundation", "java"), paths: [".env"] }]);
        expect(linked.links).to.deep.equal({
            "foundation/.env": "../.env",
            "docker/java/.env": "../../.env",
            "apps/app1/.env": "../../.env",
            "apps/app2/.env": "../../.env",
            "apps/app3/.env": "../../.env",
        });
    });
});
