import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { composeMark } from "../../../components/render/composeMark.ts";
import { envBlock } from "../../../components/render/envFile.ts";
import { manifestText, type Manifest } from "../../../components/render/manifest.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import type { EmittedFile } from "../../../components/workspace/planFiles.ts";
import { syncedBefore, wantedFiles } from "../../../components/workspace/syncedFiles.ts";
import { temporaryFolders } from "../../support/folder.ts";

const digests = { java: `sha256:${"a".repeat(64)}`, node: `sha256:${"b".repeat(64)}` };

/** What the repository that publishes says. */
const published: Manifest = {
    version: 1,
    stack: "prod",
    project: "infra",
    registry: { kind: "existing", server: "ghcr.io", username: "puller" },
    images: {
        java: {
            reference: "ghcr.io/acme/java:1",
            digest: digests.java,
            channel: "latest",
            folder: "docker/java",
            uses: {},
        },
        node: {
            reference: "ghcr.io/acme/node:2",
            digest: digests.node,
            channel: "edge",
            folder: "docker/node",
            uses: { java: { buildArg: true, contexts: [] } },
        },
    },
    workspaces: { "their/app": { services: { app: {} } } },
};

function textOf(file: EmittedFile | undefined): string {
    return file !== undefined && "text" in file ? (file.text ?? "") : "";
}

describe("the files of a repository whose foundations are published from another one", () => {
    const folder = temporaryFolders();

    it("are those of its apps and a manifest, without the other one's folders", () => {
        const root = folder({
            "foundation.json": '{ "name": "shop", "apps": ["services/*"] }',
            "services/api/Dockerfile": "ARG FOUNDATION_JAVA_IMAGE\nFROM ${FOUNDATION_JAVA_IMAGE}\n",
            "services/web/Dockerfile": "FROM node\n",
        });
        const { files, warnings } = wantedFiles(root, published);
        expect(warnings).to.deep.equal([]);
        expect(Object.keys(files).sort()).to.deep.equal([
            "foundation.lock.json",
            "services/api/.env",
            "services/api/compose.yaml",
            "services/web/.env",
            "services/web/compose.yaml",
        ]);
        const manifest = JSON.parse(textOf(files["foundation.lock.json"])) as Manifest;
        expect(manifest).to.deep.include({
            version: 1,
            stack: "prod",
            registry: published.registry,
            images: {
                java: {
                    reference: "ghcr.io/acme/java:1",
                    digest: digests.java,
                    channel: "latest",
                    uses: {},
                },
                node: {
                    reference: "ghcr.io/acme/node:2",
                    digest: digests.node,
                    channel: "edge",
                    uses: { java: { buildArg: true, contexts: [] } },
                },
            },
        });
        expect(manifest).not.to.have.property("project");
        expect(Object.keys(manifest.workspaces)).to.deep.equal(["services/api", "services/web"]);
        const env = textOf(files["services/api/.env"]);
        expect(env).to.include("FOUNDATION_JAVA_IMAGE='ghcr.io/acme/java:1'");
        expect(env).to.include(`FOUNDATION_JAVA_DIGEST='${digests.java}'`);
        expect(env).to.include("FOUNDATION_STACK='prod'");
        expect(env).not.to.include("node");
    });

    it("have names of Compose projects that its own name tells from those of others", () => {
        const nameIn = (name: string): string | undefined => {
            const root = folder({
                "foundation.json": JSON.stringify({ name }),
                "apps/api/Dockerfile": "FROM java\n",
            });
            const text = textOf(wantedFiles(root, published).files["apps/api/compose.yaml"]);
            return /^name: (\S+)$/m.exec(text)?.[1];
        };
        expect(nameIn("shop")).to.match(/^api-[0-9a-f]{6}$/);
        expect(nameIn("shop")).to.equal(nameIn("shop"));
        expect(nameIn("shop")).not.to.equal(nameIn("office"));
    });

    it("know the names that its layout has for a foundation", () => {
        const root = folder({
            "foundation.json": JSON.stringify({
                name: "shop",
                images: { java: { argument: "BASE", replaces: ["acme/old-java"] } },
            }),
            "apps/a/Dockerfile": "ARG BASE\nFROM ${BASE}\n",
            "apps/b/Dockerfile": "FROM acme/old-java:7\n",
        });
        const { files, warnings } = wantedFiles(root, published);
        expect(warnings).to.deep.equal([]);
        expect(textOf(files["apps/a/compose.yaml"])).to.match(/^ {8}BASE: /m);
        expect(textOf(files["apps/b/compose.yaml"])).to.match(/^ {8}acme\/old-java:7: /m);
    });

    it("come with what a person has to know, warnings before notes", () => {
        const root = folder({
            "foundation.json": '{ "name": "shop", "apps": ["apps/*", "none/*"] }',
            "apps/a/compose.yaml": "services: { a: { build: . } }\n",
            "apps/a/compose.override.yaml": "services: {}\n",
            "apps/a/Dockerfile": "FROM java\n",
        });
        const { warnings } = wantedFiles(root, published);
        expect(warnings).to.have.length(2);
        expect(warnings[0]).to.include('"none/*" names no folder');
        expect(warnings[1]).to.include("apps/a has compose.override.yaml");
    });

    it("can't be told where the layout names what isn't published", () => {
        const root = folder({
            "foundation.json": '{ "name": "shop", "images": { "go": {}, "java": {}, "php": {} } }',
        });
        expect(() => wantedFiles(root, published))
            .to.throw(Problem)
            .with.property("parts")
            .that.deep.equals({
                wrong: "foundation.json can't be used",
                findings: ["go", "php"].map((name) => ({
                    wrong: `images.${name}: no such foundation is published`,
                    remedy: "name one of java, node",
                })),
            });
    });

    it("need no login where nobody is named", () => {
        const root = folder({ "foundation.json": '{ "name": "shop" }' });
        const registry = { kind: "existing", server: "ghcr.io" } as const;
        const text = textOf(wantedFiles(root, { ...published, registry }).files["foundation.lock.json"]);
        expect((JSON.parse(text) as Manifest).registry).to.deep.equal({
            kind: "existing",
            server: "ghcr.io",
        });
    });
});

describe("what was synced before", () => {
    const folder = temporaryFolders();
    const block = envBlock({ images: [], stack: "prod" });
    const ours = `${composeMark}\nservices: {}\n`;

    /** As the manifest of this repository says. */
    const lock = manifestText({
        ...published,
        workspaces: {
            "apps/a": { emitted: "compose.yaml", services: {} },
            "apps/b": { emitted: "compose.override.yaml", services: {} },
            "apps/c": { services: {} },
        },
    });

    it("is nothing where there is no manifest", () => {
        const root = folder({ ".env": block, "apps/a/compose.yaml": ours });
        expect(syncedBefore(new Clone(root))).to.deep.equal({});
    });

    it("is what the manifest names and has a mark of ours", () => {
        const root = folder({
            "foundation.lock.json": lock,
            ".env": `A=1\n${block}B=2\n`,
            "apps/a/compose.yaml": ours,
            "apps/a/.env": block,
            // The user's own, or broken by them.
            "apps/b/compose.override.yaml": "services: {}\n",
            "apps/b/.env": `${block}${block}`,
            "apps/c/compose.yaml": ours,
            "apps/c/.env": "A=1\n",
        });
        expect(syncedBefore(new Clone(root))).to.deep.equal({
            ".env": { kind: "block", text: block },
            "apps/a/compose.yaml": { kind: "whole", text: ours },
            "apps/a/.env": { kind: "block", text: block },
        });
    });

    it("is a link to the root's .env, and no other link", () => {
        const root = folder({ "foundation.lock.json": lock, "apps/a/x": "", "apps/b/x": "", "apps/c/x": "" });
        fs.symlinkSync("../../.env", path.join(root, "apps/a/.env"));
        fs.symlinkSync("../x/.env", path.join(root, "apps/b/.env"));
        fs.symlinkSync("../../.env", path.join(root, "apps/b/compose.override.yaml"));
        fs.mkdirSync(path.join(root, "apps/c/.env"));
        expect(syncedBefore(new Clone(root))).to.deep.equal({
            "apps/a/.env": { kind: "link", target: "../../.env" },
        });
    });
});
