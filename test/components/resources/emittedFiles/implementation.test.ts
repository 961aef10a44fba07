import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { emittedFiles } from "../../../../components/resources/emittedFiles/implementation.ts";
import { unknownValue } from "../../../../components/resources/resource.ts";
import { composeMark } from "../../../../components/render/composeMark.ts";
import type { WorkspaceFiles } from "../../../../components/render/workspaceFiles.ts";
import { gap } from "../../../../components/render/gaps.ts";
import type { Inputs } from "../../../../components/resources/emittedFiles/emittedFiles.ts";
import { temporaryFolders } from "../../../support/folder.ts";
import { contextIn } from "../../../support/context.ts";
import { blockFor } from "../../../support/emitted.ts";

const compose = `${composeMark}\nservices: {}\n`;

function filesOf(stack: string): WorkspaceFiles {
    const text = blockFor({ image: gap("f.image"), digest: "sha256:1", stack });
    return {
        texts: { "app/compose.yaml": compose },
        shared: [],
        blocks: [{ text, paths: ["app/.env"] }],
        links: {},
    };
}

function inputsOf(stack: string, changes: Partial<WorkspaceFiles> = {}): Inputs {
    const files = JSON.stringify({ ...filesOf(stack), ...changes });
    return { files, values: { "f.image": `localhost/${stack}` } };
}

describe("EmittedFiles", () => {
    const folder = temporaryFolders();
    const dev = inputsOf("dev");
    const prod = inputsOf("prod");

    function project(files: Readonly<Record<string, string>> = { "app/Dockerfile": "" }) {
        const root = folder(files);
        const told: string[] = [];
        const context = contextIn(root, told);
        return {
            told,
            file: (name: string) => path.join(root, name),
            names: () => fs.readdirSync(path.join(root, "app")),
            check: (news: Inputs, olds: Partial<Inputs> = {}) =>
                emittedFiles.check?.(olds, news, context) ?? [],
            changes: async (state: Inputs, news: Inputs) =>
                (await emittedFiles.diff({ ...state, drift: {} }, news, context)).changes,
            create: (inputs: Inputs) => emittedFiles.create(inputs, context),
            read: (state: Inputs) => emittedFiles.read?.({ ...state, drift: {} }, context),
            update: (state: Inputs, inputs: Inputs) =>
                emittedFiles.update?.({ ...state, drift: {} }, inputs, context),
            delete: (state: Inputs) => emittedFiles.delete?.({ ...state, drift: {} }, context),
        };
    }

    it("is written once, and then left alone", async () => {
        const { check, create, changes, update, file, told } = project();
        expect(await check(dev)).to.deep.equal([]);
        expect(told.splice(0)).to.deep.equal(["+ app/compose.yaml\n+ app/.env"]);
        expect(await create(dev)).to.deep.equal({ id: "files", state: { ...dev, drift: {} } });
        expect(await check(dev, dev)).to.deep.equal([]);
        expect(told).to.deep.equal([]);
        expect(await changes(dev, dev)).to.equal(false);

        const written = fs.statSync(file("app/.env"), { bigint: true });
        expect(await update(dev, dev)).to.deep.equal({ ...dev, drift: {} });
        expect(fs.statSync(file("app/.env"), { bigint: true }).ino).to.equal(written.ino);
    });

    it("lies below the repository's root, and goes from where it was when that is another", async () => {
        const root = folder({ "infra/Pulumi.yaml": "", "app/Dockerfile": "", "infra/app/Dockerfile": "" });
        const context = contextIn(path.join(root, "infra"));
        const above = { ...dev, root: ".." };
        const { state } = await emittedFiles.create(above, context);
        expect(fs.readdirSync(path.join(root, "app")).sort()).to.deep.equal([
            ".env",
            "Dockerfile",
            "compose.yaml",
        ]);
        expect(await emittedFiles.diff(state, above, context)).to.deep.equal({ changes: false });
        expect(await emittedFiles.read?.(state, context)).to.have.property("drift").that.is.empty;
        expect(await emittedFiles.diff(state, dev, context)).to.deep.equal({
            changes: true,
            replaces: ["root"],
        });
        await emittedFiles.delete?.(state, context);
        expect(fs.readdirSync(path.join(root, "app"))).to.deep.equal(["Dockerfile"]);
    });

    it("tells in a preview what will be done, and why if that is the disk's doing", async () => {
        const { check, create, file, told, names } = project();
        await create(dev);
        fs.rmSync(file("app/.env"));
        fs.appendFileSync(file("app/compose.yaml"), "# mine\n");
        expect(await check(dev, dev)).to.deep.equal([]);
        await check({ ...dev, values: { "f.image": unknownValue } }, dev);
        await check(
            inputsOf("dev", { texts: {} }),
            inputsOf("dev", { texts: { "app/compose.yaml": `${compose}# mine\n` } }),
        );
        expect(told).to.deep.equal([
            "~ app/compose.yaml (changed on disk)\n+ app/.env (missing on disk)",
            "~ app/compose.yaml (changed on disk)\n+ app/.env (content not known yet)",
            "+ app/.env (missing on disk)\n- app/compose.yaml",
        ]);
        expect(names()).to.deep.equal(["Dockerfile", "compose.yaml"]);
    });

    it("lists all problems, and then writes nothing", async () => {
        const { check, create, names, told } = project({
            "app/compose.yaml": "services: {}\n",
            "app/.env/x": "",
        });
        const problems = await check(dev);
        expect(problems).to.have.lengthOf(2);
        expect(problems[0]).to.match(/^app\/compose.yaml: /);
        expect(problems[1]).to.match(/^app\/.env: /);
        const blocks = [{ text: "", paths: ["x.env", "app/.env"] }];
        // With one that could be written.
        expect(await check(inputsOf("dev", { blocks }))).to.have.lengthOf(2);
        expect(told).to.deep.equal([]);
        const failure = await create(inputsOf("dev", { blocks })).catch(String);
        expect(failure).to.match(/nothing was written:\n {2}- app\/compose.yaml: .*\n {2}- app\/.env: /);
        expect(names()).to.deep.equal([".env", "compose.yaml"]);
    });

    it("differs by what is on the disk, by the program, and by what is unknown", async () => {
        const { changes, create, file } = project();
        await create(dev);
        expect(await changes(dev, prod)).to.equal(true);
        expect(await changes(prod, dev)).to.equal(true);
        expect(await changes(dev, { ...dev, values: { "f.image": unknownValue } })).to.equal(true);
        fs.rmSync(file("app/.env"));
        expect(await changes(dev, dev)).to.equal(true);
    });

    it("shows drift in a refresh, and still knows what it wrote itself", async () => {
        const { create, read, delete: destroy, file, names, told } = project();
        await create(dev);
        expect(await read(dev)).to.deep.equal({ ...dev, drift: {} });
        fs.rmSync(file("app/.env"));
        fs.appendFileSync(file("app/compose.yaml"), "# mine\n");
        const state = await read(dev);
        expect(state).to.deep.equal({
            ...dev,
            drift: { "app/.env": "missing", "app/compose.yaml": "changed" },
        });

        await destroy(state ?? dev);
        expect(names()).to.deep.equal(["Dockerfile", "compose.yaml"]);
        expect(told).to.deep.equal([
            "left as they are, for they were changed since they were written: app/compose.yaml",
        ]);
    });

    it("shows in a refresh what is in the way of a file", async () => {
        const { create, read, file } = project();
        await create(dev);
        fs.rmSync(file("app/.env"));
        fs.mkdirSync(file("app/.env"));
        expect(await read(dev)).to.deep.equal({
            ...dev,
            drift: { "app/.env": "something that is no file is in the way; move it elsewhere" },
        });
    });

    it("names every file that it leaves", async () => {
        const texts = { "app/compose.yaml": compose, "compose.yaml": compose };
        const two = inputsOf("dev", { texts, blocks: [] });
        const { create, delete: destroy, file, told } = project();
        await create(two);
        for (const name of Object.keys(texts)) fs.appendFileSync(file(name), "# mine\n");
        await destroy(two);
        expect(told).to.deep.equal([
            "left as they are, for they were changed since they were written: app/compose.yaml, compose.yaml",
        ]);
    });

    it("lets one stack take over from another, and spares what the other wrote", async () => {
        const { create, changes, update, delete: destroy, file, names } = project();
        await create(dev);
        await create(prod);
        expect(await changes(dev, dev)).to.equal(true);
        await update(dev, dev);
        expect(fs.readFileSync(file("app/.env"), "utf8")).to.include("localhost/dev");
        await update(prod, prod);
        await destroy(dev);
        expect(names()).to.deep.equal([".env", "Dockerfile"]);
        expect(fs.readFileSync(file("app/.env"), "utf8")).to.include("localhost/prod");
        await destroy(prod);
        expect(names()).to.deep.equal(["Dockerfile"]);
    });

    it("goes on from what version 0.1 has kept", async () => {
        const { check, create, changes, update, delete: destroy, names, told } = project();
        await create(dev);
        const former = {
            texts: filesOf("dev").texts,
            blockPaths: ["app/.env"],
            links: {},
            block: blockFor({ image: "localhost/dev", digest: "sha256:1", stack: "dev" }),
        } as unknown as Inputs;
        expect(await check(dev, former)).to.deep.equal([]);
        expect(told).to.deep.equal([]);
        expect(await changes(former, dev)).to.equal(false);
        await update(former, inputsOf("dev", { blocks: [] }));
        expect(names()).to.deep.equal(["Dockerfile", "compose.yaml"]);
        await destroy(former);
        expect(names()).to.deep.equal(["Dockerfile"]);
    });

    it("goes on from what was kept as properties, without texts that are shared", async () => {
        const { check, create, changes, update, names, told } = project();
        await create(dev);
        const { values } = dev;
        const former = { ...filesOf("dev"), shared: undefined, values } as unknown as Inputs;
        expect(await check(dev, former)).to.deep.equal([]);
        expect(told).to.deep.equal([]);
        expect(await changes(former, dev)).to.equal(false);
        await update(former, inputsOf("dev", { blocks: [] }));
        expect(names()).to.deep.equal(["Dockerfile", "compose.yaml"]);
    });

    it("writes texts that files share, each with its own name", async () => {
        const { create, changes, file } = project();
        const text = `${composeMark}\nservices: { app: {} }\n`;
        const alone = inputsOf("dev", { texts: { "app/compose.yaml": text } });
        const shared = [{ text: text.replace("app", "$<>"), names: { "app/compose.yaml": "app" } }];
        await create(inputsOf("dev", { texts: {}, shared }));
        expect(fs.readFileSync(file("app/compose.yaml"), "utf8")).to.equal(text);
        expect(await changes(alone, inputsOf("dev", { texts: {}, shared }))).to.equal(false);
    });

    it("removes the files that left the program", async () => {
        const { create, update, names } = project();
        await create(dev);
        await update(dev, inputsOf("dev", { blocks: [] }));
        expect(names()).to.deep.equal(["Dockerfile", "compose.yaml"]);
    });
});
