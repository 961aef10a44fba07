import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { looked } from "../../../cli/doctor/check.ts";
import { checkSources } from "../../../cli/doctor/sources.ts";
import { attempt } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";

describe("doctor, of what is built", () => {
    const folder = temporaryFolders();

    function lookAt(files: Readonly<Record<string, string>>, emitted = false) {
        const root = projectIn(folder);
        if (emitted) emit(root, { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" });
        for (const [name, text] of Object.entries(files)) {
            fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
            fs.writeFileSync(path.join(root, name), text);
        }
        const clone = new Clone(root);
        const manifest = attempt(() => clone.manifest);
        return looked(() => checkSources(clone, clone.config("dev"), manifest));
    }

    it("is content with what a deployment can read", async () => {
        expect(await lookAt({})).to.deep.equal({ state: "ok", detail: "images and apps can be read" });
    });

    for (const [title, file, text, state, said, fixed] of [
        [
            "a foundation's Dockerfile",
            "foundation/Dockerfile",
            "FROM\n",
            "fail",
            /foundation\/Dockerfile/,
            "FROM scratch\n",
        ],
        [
            "an ignore file",
            "foundation/.dockerignore",
            "[a\n",
            "fail",
            /Docker refuses as a rule.*line 1/,
            "[a]\n",
        ],
        [
            "an app",
            "apps/one/Dockerfile",
            "FROM $FOUNDATION_IMAGE\n",
            "fail",
            /apps\/one.*no ARG/,
            "ARG FOUNDATION_IMAGE\nFROM $FOUNDATION_IMAGE\n",
        ],
        [
            "an app on no foundation",
            "apps/one/Dockerfile",
            "FROM scratch\n",
            "warn",
            /can(no|')t be found/,
            "FROM foundation\n",
        ],
    ] as const) {
        it(`finds, before anything is published, what is wrong with ${title}, until it is fixed`, async () => {
            const outcome = await lookAt({ [file]: text });
            expect(outcome.state).to.equal(state);
            expect(outcome.detail).to.match(said);
            expect((await lookAt({ [file]: fixed })).state).to.equal("ok");
        });
    }

    it("names what a deployment warns of, and leaves what is on a foundation to others", async () => {
        const files = {
            "apps/one/Dockerfile": "FROM $FOUNDATION_IMAGE\n",
            "apps/two/compose.yaml": "services: { web: { build: nowhere } }\n",
        };
        const { state, detail } = await lookAt(files, true);
        expect(state).to.equal("warn");
        expect(detail).to.match(
            /^apps\/two: the service web: apps\/two\/nowhere\/Dockerfile is missing; put it there, or change the build that names it$/,
        );
        const there = { "apps/two/nowhere/Dockerfile": "FROM scratch\n" };
        expect((await lookAt({ ...files, ...there }, true)).detail).to.equal("images and apps can be read");
    });
});
