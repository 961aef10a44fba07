import { expect } from "chai";
import { Clone } from "../../../components/workspace/clone.ts";
import { checkFiles, checkStack, namedImages } from "../../../cli/verify/files.ts";
import { readEmitted } from "../../../components/workspace/emitted.ts";
import { ownPlaces, remedyFor } from "../../../cli/verify/ownLines.ts";
import { blockFor } from "../../support/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("verify, of a .env with lines of the user's own", () => {
    const folder = temporaryFolders();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };
    const block = blockFor(emitted);
    const end = block.split("\n").length;
    const project = (own: string) =>
        folder({ "foundation/.env": block, "apps/app1/.env": own, "apps/app1/Dockerfile": "" });

    it("names the line that outranks what was emitted, and has it removed", () => {
        const root = project(`${block}A=1\nFOUNDATION_IMAGE=mine:2\n`);
        const lines = [`apps/app1/.env:${end + 1}`];
        expect(ownPlaces(root, "apps/app1")).to.deep.equal(lines);
        expect(namedImages(new Clone(root))).to.deep.equal([
            { image: emitted.image, digest: "sha256:1", folders: ["foundation"], ownLines: [] },
            { image: "mine:2", digest: "sha256:1", folders: ["apps/app1"], ownLines: lines },
        ]);
        expect(remedyFor(lines, "else")).to.equal(
            `remove apps/app1/.env:${end + 1}, which outranks what the stack emits`,
        );
    });

    it("names the line by which files are of another stack", () => {
        const root = project(`${block}export FOUNDATION_STACK=other\r\n`);
        const findings = checkStack(new Clone(root), "dev").map(({ remedy }) => remedy);
        expect(findings).to.deep.equal([`remove apps/app1/.env:${end}, which outranks what the stack emits`]);
    });

    for (const [title, own] of [
        ["come first", `FOUNDATION_IMAGE=mine:2\n${block}`],
        ["say the same", `${block}FOUNDATION_IMAGE=${emitted.image}\n`],
        ["are comments", `${block}# FOUNDATION_IMAGE=mine:2\n`],
    ] as const) {
        it(`has nothing to say of lines that ${title}`, () => {
            expect(ownPlaces(project(own), "apps/app1")).to.deep.equal([]);
        });
    }

    it("goes by what was emitted for the foundation, not by the user's line", () => {
        const root = folder({ "foundation/.env": `${block}FOUNDATION_IMAGE=mine:2\n` });
        expect(readEmitted(root)).to.deep.equal(emitted);
    });

    it("goes by what the file says where its markers are gone", () => {
        const text = block.split("\n").filter((line) => !/^# (>>>|<<<)/.test(line));
        expect(readEmitted(folder({ "foundation/.env": text.join("\n") }))).to.deep.equal(emitted);
    });
});

describe("verify, of apps that can't be built on the foundation", () => {
    const folder = temporaryFolders();

    it("finds each in one line", () => {
        const root = folder({ "apps/a/Dockerfile": "RUN a\n", "apps/b/Dockerfile": "FROM a b\n" });
        const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };
        const messages = checkFiles(new Clone(root), emitted).map(({ message }) => message);
        expect(messages).to.have.lengthOf(2);
        expect(messages[0]).to.match(/^apps\/a\/Dockerfile: line 1: expected FROM first, found RUN$/);
        expect(messages.join("")).to.not.include("\n");
    });
});
