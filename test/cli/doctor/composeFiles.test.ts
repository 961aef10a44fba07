import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { checkComposeFiles } from "../../../cli/doctor/composeFiles.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";

describe("doctor, of Compose files", () => {
    const folder = temporaryFolders();
    const emitted = { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" };

    it("finds files of one kind of which Compose reads one", () => {
        const root = projectIn(folder);
        emit(root, emitted);
        const clone = () => new Clone(root);
        expect(checkComposeFiles(clone()).state).to.equal("ok");
        for (const name of ["compose.override.yml", "docker-compose.override.yml"]) {
            fs.writeFileSync(path.join(root, "apps/one", name), "{}\n");
        }
        const { state, detail } = checkComposeFiles(clone());
        expect(state).to.equal("warn");
        expect(detail).to.equal(
            "in apps/one Compose reads compose.override.yml and not docker-compose.override.yml",
        );
        fs.rmSync(path.join(root, "apps/one/docker-compose.override.yml"));
        expect(checkComposeFiles(clone()).state).to.equal("ok");
    });

    it("finds what the next deployment would have in its way", () => {
        const root = projectIn(folder);
        emit(root, emitted);
        const look = () => checkComposeFiles(new Clone(root));
        const file = path.join(root, "apps/one/.env");
        fs.renameSync(file, `${file}-kept`);
        fs.mkdirSync(file);
        expect(look()).to.deep.equal({
            state: "fail",
            detail: "not all can be written: apps/one/.env: something that is no file is in the way; move it elsewhere",
            remedy: "fix each of them",
        });
        fs.renameSync(file, `${file}-moved`);
        expect(look().state).to.equal("ok");
    });
});
