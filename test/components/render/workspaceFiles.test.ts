import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import {
    appCompose,
    foundationCompose,
    overrideCompose,
    type Uses,
} from "../../../components/render/composeFile.ts";
import { envBlock } from "../../../components/render/envFile.ts";
import type { Foundation } from "../../../components/render/foundation.ts";
import { gap } from "../../../components/render/gaps.ts";
import {
    namesInFolder,
    publishedValues,
    syncedFiles,
    workspaceFiles,
    type Workspace,
    type WorkspaceFiles,
    type Workspaces,
} from "../../../components/render/workspaceFiles.ts";
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

/** A folder with a Dockerfile and no Compose file. */
function whole(folder: string, uses: Uses): Workspace {
    const name = folder.slice(folder.indexOf("/") + 1);
    const form = { kind: "whole" } as const;
    return { folder, name, form, services: new Map([[name, uses]]), others: [], official: [] };
}

const workspaces: Workspaces = {
    stack: "dev",
    project: "infra",
    registry: "local",
    channel: "latest",
    images: [
        { image: { ...foundation, buildArgs: {} }, uses: new Map() },
        { image: { ...java, buildArgs: {} }, uses: new Map([["foundation", named]]) },
    ],
    apps: [
        whole("apps/app1", new Map([["foundation", argument]])),
        whole("apps/app2", new Map([["foundation", named]])),
        whole(
            "apps/app3",
            new Map([
                ["foundation", argument],
                ["java", argument],
            ]),
        ),
    ],
    own: new Map(),
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

/** Path to text, of all that are whole files of ours. */
function allTexts({ texts, shared }: WorkspaceFiles): Record<string, string> {
    const named = shared.flatMap(({ text, names }) =>
        Object.entries(names).map(([file, name]) => [file, text.replaceAll("$<>", name)] as const),
    );
    return { ...texts, ...Object.fromEntries(named) };
}

describe("the emitted files", () => {
    const files = workspaceFiles(workspaces);
    const { blocks, links } = files;

    it("are a Compose file for each foundation and each app, and the manifest", () => {
        const { "foundation.lock.json": manifest = "", ...compose } = allTexts(files);
        const uses = new Map([["foundation", named]]);
        expect(compose).to.deep.equal({
            "foundation/compose.yaml": foundationCompose(
                { ...foundation, buildArgs: {} },
                new Map(),
                setting,
                "foundation-1a2b3c",
            ),
            "docker/java/compose.yaml": foundationCompose(
                { ...java, buildArgs: {} },
                uses,
                setting,
                "java-1a2b3c",
            ),
            ...Object.fromEntries(
                workspaces.apps.map(({ folder, name, services }) => [
                    `${folder}/compose.yaml`,
                    appCompose(name, services, setting, `${name}-1a2b3c`),
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

    it("have these names in a folder", () => {
        expect(namesInFolder).to.have.members([
            ".env",
            "compose.yaml",
            "compose.override.yaml",
            "compose.foundation.yaml",
        ]);
    });

    it("have each app's name as YAML has it, also where apps are alike but for that", () => {
        const odd = fc.constantFrom(
            ...["y", "yes", "n", "no", "on", "off", "true", "false", "null", "nan", "inf", "e3", "x1f"],
            ...["1", "0b1", "0x1f", "0o17", "1e3", "1_000", "12e-1", "2001-01-01", "e", "e-1", "app"],
        );
        const name = fc.oneof(odd, fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,4}$/));
        const apps = fc.uniqueArray(name, { minLength: 2, maxLength: 6 });
        fc.assert(
            fc.property(
                apps,
                fc.constantFrom(argument, named),
                fc.constantFrom("1a2b3c", "960491"),
                (names, use, mark) => {
                    const uses = new Map([["foundation", use]]);
                    const apps = names.map((name) => whole(`apps/${name}`, uses));
                    const texts = allTexts(workspaceFiles({ ...workspaces, mark, apps }));
                    for (const name of names) {
                        const alone = appCompose(name, new Map([[name, uses]]), setting, `${name}-${mark}`);
                        expect(texts[`apps/${name}/compose.yaml`]).to.equal(alone);
                    }
                },
            ),
        );
    });

    it("are said once where apps differ in their names alone", () => {
        const apps = ["shop", "cron", "yes", "yesterday"].map((name) =>
            whole(`apps/${name}`, new Map([["foundation", argument]])),
        );
        const { shared, texts } = workspaceFiles({ ...workspaces, apps });
        expect(shared.map(({ names }) => names)).to.deep.equal([
            {
                "apps/shop/compose.yaml": "shop",
                "apps/cron/compose.yaml": "cron",
                "apps/yesterday/compose.yaml": "yesterday",
            },
        ]);
        expect(texts).to.include.keys("apps/yes/compose.yaml").and.not.include.keys("apps/shop/compose.yaml");
    });

    it("have the services that an override of the user's adds, also where apps are alike", () => {
        const one = whole("apps/one", new Map([["foundation", argument]]));
        const uses = new Map([...one.services, ["worker", new Map([["foundation", named]])]]);
        const apps = [one, { ...one, folder: "apps/two", name: "two", services: uses }];
        const { "apps/two/compose.yaml": text } = allTexts(workspaceFiles({ ...workspaces, apps }));
        expect(text).to.equal(appCompose("two", uses, setting, "two-1a2b3c"));
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

    it("have the root's own .env for an app at the root, where the others link to it", () => {
        const atRoot: Workspace = { ...whole("x/site", new Map([["foundation", argument]])), folder: "." };
        const { blocks, links } = workspaceFiles({ ...workspaces, apps: [atRoot], envFiles: "symlink" });
        expect(blocks).to.deep.equal([{ text: blockWith("foundation", "java"), paths: [".env"] }]);
        expect(links).to.deep.equal({ "foundation/.env": "../.env", "docker/java/.env": "../../.env" });
        const copied = workspaceFiles({ ...workspaces, apps: [atRoot], images: [] });
        expect(copied.blocks.map(({ paths }) => paths)).to.deep.equal([[".env"]]);
    });

    it("have no .env where that was chosen", () => {
        const none = workspaceFiles({ ...workspaces, envFiles: "none" });
        expect(none).to.deep.equal({ ...files, blocks: [], links: {} });
    });
});

describe("the emitted files beside a Compose file of the user's", () => {
    const shop: Workspace = {
        folder: "services/shop",
        name: "shop",
        form: { kind: "merged" },
        services: new Map<string, Uses>([
            ["web", new Map([["foundation", named]])],
            ["tool", new Map()],
        ]),
        others: ["db"],
        official: [],
    };
    const { services: uses, others } = shop;
    const text = overrideCompose({ uses, others, owner: "shop" }, setting);
    const inShop = (files: readonly string[]): string[] =>
        files.filter((file) => file.startsWith("services/"));
    const listedInManifest = (texts: Readonly<Record<string, string>>): unknown =>
        (JSON.parse(texts["foundation.lock.json"] ?? "") as { workspaces: Record<string, unknown> })
            .workspaces["services/shop"];

    it("are an override, and a .env with what it names", () => {
        const { texts, blocks } = workspaceFiles({ ...workspaces, apps: [shop] });
        expect(texts["services/shop/compose.override.yaml"]).to.equal(text);
        expect(blocks[0]).to.deep.equal({
            text: blockWith("foundation"),
            paths: ["foundation/.env", "services/shop/.env"],
        });
        expect(listedInManifest(texts)).to.deep.equal({
            emitted: "compose.override.yaml",
            services: { web: { foundation: named }, tool: {} },
        });
    });

    it("are a file that .env has Compose read, where they have an override of their own", () => {
        const files = ["docker-compose.yml", "docker-compose.override.yml"];
        const listed: Workspace = { ...shop, form: { kind: "listed", files } };
        const image = {
            name: "foundation",
            image: gap("foundation.image"),
            digest: gap("foundation.digest"),
        };
        const composeFiles = [...files, "compose.foundation.yaml"];
        for (const form of ["copy", "symlink"] as const) {
            const emitted = workspaceFiles({ ...workspaces, apps: [listed], envFiles: form });
            expect(emitted.texts["services/shop/compose.foundation.yaml"]).to.equal(text);
            expect(emitted.blocks).to.deep.include({
                text: envBlock({ images: [image], stack: "dev", composeFiles }),
                paths: ["services/shop/.env"],
            });
            expect(inShop(Object.keys(emitted.links))).to.deep.equal([]);
            // The others still link to the root's.
            expect("foundation/.env" in emitted.links).to.equal(form === "symlink");
        }
    });

    it("are listed by nobody else where lines of the user's own do it, as ours would change the separator", () => {
        const listed: Workspace = { ...shop, form: { kind: "listed", files: [] } };
        for (const form of ["copy", "symlink"] as const) {
            const { blocks, links } = workspaceFiles({ ...workspaces, apps: [listed], envFiles: form });
            const block = blocks.find(({ paths }) => paths.includes("services/shop/.env"));
            expect(block?.text).to.equal(blockWith("foundation"));
            expect(inShop(Object.keys(links))).to.deep.equal([]);
        }
    });

    it("are listed at the root in a .env that no other folder links to", () => {
        const files = ["docker-compose.yml", "docker-compose.override.yml"];
        const atRoot: Workspace = { ...shop, folder: ".", form: { kind: "listed", files } };
        const { blocks, links } = workspaceFiles({
            ...workspaces,
            apps: [atRoot, shop],
            envFiles: "symlink",
        });
        const paths = blocks.flatMap((block) => block.paths);
        expect(paths).to.include.members([".env", "foundation/.env", "services/shop/.env"]);
        expect(new Set(paths).size).to.equal(paths.length);
        expect(blocks.find((block) => block.paths.includes(".env"))?.text).to.include("COMPOSE_FILE=");
        expect(blocks.find((block) => block.paths.includes("services/shop/.env"))?.text).not.to.include(
            "COMPOSE_FILE=",
        );
        expect(links).to.deep.equal({});
    });

    it("are none where no service uses a foundation, which the manifest still lists", () => {
        const idle: Workspace = { ...shop, services: new Map([["tool", new Map()]]) };
        const { texts, blocks } = workspaceFiles({ ...workspaces, apps: [idle] });
        expect(inShop([...Object.keys(texts), ...blocks.flatMap(({ paths }) => paths)])).to.deep.equal([]);
        expect(listedInManifest(texts)).to.deep.equal({ services: { tool: {} } });
    });

    it("have the user's own service in a foundation's folder build it officially", () => {
        const services = new Map([["base", new Map()]]);
        const theirs: Workspace = {
            ...shop,
            folder: "foundation",
            name: "foundation",
            services,
            official: ["base"],
        };
        const { texts } = workspaceFiles({ ...workspaces, apps: [], own: new Map([["foundation", theirs]]) });
        expect(texts).not.to.have.property("foundation/compose.yaml");
        expect(texts["foundation/compose.override.yaml"]).to.match(/^ {2}base:\n {4}image: /m);
        expect(parse(texts["foundation/compose.override.yaml"] ?? ""))
            .to.have.property("services")
            .that.has.all.keys("base")
            .and.not.has.nested.property("base.build.context");
    });

    it("have a service of ours do so where none of the user's does, on what its Dockerfile is built on", () => {
        const theirs: Workspace = {
            ...shop,
            folder: "docker/java",
            name: "java",
            services: new Map([["tool", new Map([["java", argument]])]]),
        };
        const { texts } = workspaceFiles({ ...workspaces, apps: [], own: new Map([["java", theirs]]) });
        const file = "docker/java/compose.override.yaml";
        expect(texts[file]).to.equal(
            overrideCompose(
                {
                    uses: new Map([...theirs.services, ["java", new Map([["foundation", named]])]]),
                    official: { foundation: { ...java, buildArgs: {} }, services: ["java"], added: true },
                    others,
                    owner: "java",
                },
                setting,
            ),
        );
        expect(parse(texts[file] ?? "")).to.have.nested.property("services.java.build.context", "../..");
    });
});

describe("the files of a repository whose foundations another one publishes", () => {
    const published = {
        version: 1,
        stack: "prod",
        registry: { kind: "existing", server: "ghcr.io" },
        images: {
            foundation: { reference: gap("foundation.image"), digest: "d", channel: "latest", uses: {} },
        },
    } as const;
    const { foundations, contexts } = setting;
    const { apps, mark } = workspaces;

    it("are those of its apps, and a manifest with what that one says", () => {
        const files = syncedFiles({ apps, contexts, envFiles: "copy", mark }, foundations, published);
        const { "foundation.lock.json": manifest = "", ...compose } = allTexts(files);
        expect(compose).to.deep.equal(
            Object.fromEntries(
                apps.map(({ folder, name, services }) => [
                    `${folder}/compose.yaml`,
                    appCompose(name, services, setting, `${name}-${mark}`),
                ]),
            ),
        );
        const { workspaces: listed, ...rest } = JSON.parse(manifest) as Record<string, object>;
        expect(rest).to.deep.include(published);
        expect(listed).to.have.all.keys("apps/app1", "apps/app2", "apps/app3");
        const images = ["foundation", "java"].map((name) => ({
            name,
            image: gap(`${name}.image`),
            digest: gap(`${name}.digest`),
        }));
        expect(files.blocks).to.deep.equal([
            {
                text: envBlock({ images: images.slice(0, 1), stack: "prod" }),
                paths: ["apps/app1/.env", "apps/app2/.env"],
            },
            { text: envBlock({ images, stack: "prod" }), paths: ["apps/app3/.env"] },
        ]);
        expect(files.links).to.deep.equal({});
    });

    it("have one .env at the root as any others", () => {
        const files = syncedFiles({ apps, contexts, envFiles: "symlink", mark }, foundations, published);
        expect(files.blocks.map(({ paths }) => paths)).to.deep.equal([[".env"]]);
        expect(files.links).to.have.all.keys("apps/app1/.env", "apps/app2/.env", "apps/app3/.env");
    });
});

describe("what was published", () => {
    it("has a value for each gap of the emitted files", () => {
        expect(
            publishedValues({
                server: "ghcr.io",
                username: "me",
                images: new Map([
                    ["foundation", { image: "ghcr.io/foundation:1", digest: "sha256:1" }],
                    ["java", { image: "ghcr.io/java:2", digest: "sha256:2" }],
                ]),
            }),
        ).to.deep.equal({
            "registry.server": "ghcr.io",
            "registry.username": "me",
            "foundation.image": "ghcr.io/foundation:1",
            "foundation.digest": "sha256:1",
            "java.image": "ghcr.io/java:2",
            "java.digest": "sha256:2",
        });
    });
});
