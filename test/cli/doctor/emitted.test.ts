import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { checkEmitted } from "../../../cli/doctor/emitted.ts";
import { attempt } from "../../../components/problem.ts";
import { composeMark } from "../../../components/render/composeMark.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { blockFor } from "../../support/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("doctor, of the emitted files", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };
    const block = blockFor(emitted);
    const files = { "compose.yaml": composeMark, ".env": block };
    const lookAt = (clone: Clone) => checkEmitted(clone, clone.manifest);
    const look = (env: string, own: Readonly<Record<string, string>> = files) => {
        const app = { ...own, ...(".env" in own && { ".env": `${block}${env}` }), Dockerfile: "" };
        const below = (home: string, names: Readonly<Record<string, string>>) =>
            Object.fromEntries(Object.entries(names).map(([name, text]) => [`${home}/${name}`, text]));
        return lookAt(new Clone(folder({ ...below("foundation", files), ...below("apps/app1", app) })));
    };

    it("finds one that is missing", () => {
        expect(look("", { "compose.yaml": composeMark }).detail).to.equal(
            "apps/app1 has no .env of the foundation",
        );
        expect(look("", { ".env": block }).detail).to.equal(
            "apps/app1 has no compose.yaml of the foundation",
        );
    });

    it("finds a .env that makes Compose read other files", () => {
        expect(look("COMPOSE_FILE=other.yaml\n")).to.deep.equal({
            state: "fail",
            detail: "in apps/app1 Compose reads other.yaml, and not compose.yaml",
            remedy: "where a line of your own sets COMPOSE_FILE, remove that or name compose.yaml in it as well; then write the files again with `foundation sync`",
        });
        expect(look(`COMPOSE_FILE=other.yaml${path.delimiter}compose.yaml\n`).state).to.equal("ok");
    });

    for (const env of [
        "",
        `COMPOSE_FILE=./compose.yaml${path.delimiter}other.yaml\n`,
        "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=compose.yaml,other.yaml\n",
    ]) {
        it(`is content with ${JSON.stringify(env)}, which keeps ours`, () => {
            expect(look(env)).to.deep.equal({ state: "ok", detail: "of stack dev" });
        });
    }

    const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le").toString("latin1");

    it("finds a .env that Compose can't read, for it is in UTF-16", () => {
        const root = folder({ "foundation/x": "" });
        for (const text of [utf16(block), `${block}${"A=1\n".repeat(500)}${utf16("B=2").slice(2)}`]) {
            fs.writeFileSync(path.join(root, "foundation/.env"), text, "latin1");
            const clone = new Clone(root);
            const { state, detail } = checkEmitted(
                clone,
                attempt(() => clone.manifest),
            );
            expect(state).to.equal("fail");
            expect(detail).to.equal("Compose can't read foundation/.env, in UTF-16");
            const encoding = text.includes(block) ? "latin1" : "utf16le";
            const saved = fs.readFileSync(path.join(root, "foundation/.env"), encoding);
            fs.writeFileSync(path.join(root, "foundation/.env"), saved.replaceAll("\0", ""));
            const fixed = new Clone(root);
            expect(checkEmitted(fixed, fixed.manifest).detail).to.equal(
                "foundation has no compose.yaml of the foundation",
            );
        }
    });

    it("finds a .env that says otherwise than what was published", () => {
        const root = projectIn(folder);
        emit(root, { image: "localhost:5050/f:2", digest: "sha256:2", stack: "dev" });
        const file = path.join(root, "apps/one/.env");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("f:2", "f:1"));
        const clone = new Clone(root);
        expect(checkEmitted(clone, clone.manifest)).to.deep.equal({
            state: "warn",
            detail: "apps/one would build on localhost:5050/f:1, and localhost:5050/f:2 was published",
            remedy: "write the files again with `foundation sync`",
        });
        emit(root, { image: "localhost:5050/f:2", digest: "sha256:2", stack: "dev" });
        expect(checkEmitted(clone, clone.manifest).state).to.equal("ok");
    });

    it("finds a compose.foundation.yaml that no COMPOSE_FILE names", () => {
        const root = projectIn(folder);
        const own = { "compose.yaml": "services: { web: { build: . } }", "compose.override.yaml": "{}" };
        for (const [name, text] of Object.entries(own)) {
            fs.writeFileSync(path.join(root, "apps/one", name), text);
        }
        emit(root, emitted);
        const look = () => {
            const clone = new Clone(root);
            return checkEmitted(clone, clone.manifest);
        };
        expect(look().state).to.equal("ok");
        fs.rmSync(path.join(root, "apps/one/.env"));
        expect(look()).to.deep.include({
            state: "fail",
            detail: "in apps/one Compose reads compose.yaml and compose.override.yaml, and not compose.foundation.yaml",
            remedy: "where a line of your own sets COMPOSE_FILE, remove that or name compose.foundation.yaml in it as well; then write the files again with `foundation sync`",
        });
        emit(root, emitted);
        expect(look().state).to.equal("ok");
    });

    it("blames no file for what the shell says", () => {
        const root = projectIn(folder);
        emit(root, emitted);
        setEnvironment("FOUNDATION_IMAGE", "other");
        const clone = new Clone(root);
        expect(checkEmitted(clone, clone.manifest).state).to.equal("ok");
    });
});
