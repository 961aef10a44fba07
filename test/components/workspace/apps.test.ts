import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { readApps } from "../../../components/workspace/apps.ts";
import { Problem } from "../../../components/problem.ts";
import { temporaryFolders } from "../../support/folder.ts";

const usable = "FROM foundation\n";

describe("apps", () => {
    const folder = temporaryFolders();

    it("are the folders under apps/ that have a Dockerfile, with the way each names the foundation", () => {
        const root = folder({
            "apps/worker/Dockerfile": usable,
            "apps/Web/Dockerfile": "ARG FOUNDATION_IMAGE\nFROM ${FOUNDATION_IMAGE}\n",
            "apps/old/Dockerfile": "FROM acme.azurecr.io/foundation\n",
            "apps/notes/README.md": "no app",
            "apps/README.md": "no folder",
        });
        expect(readApps(root, ["acme.azurecr.io/foundation"])).to.deep.equal([
            { folder: "apps/Web", service: "web", use: { buildArg: true, contexts: [] } },
            {
                folder: "apps/old",
                service: "old",
                use: { buildArg: false, contexts: ["acme.azurecr.io/foundation"] },
            },
            { folder: "apps/worker", service: "worker", use: { buildArg: false, contexts: ["foundation"] } },
        ]);
    });

    it("may be none", () => {
        expect(readApps(folder(), [])).to.deep.equal([]);
    });

    it("are refused all at once when they can't be built on the foundation or told apart", () => {
        const root = folder({
            "apps/App1/Dockerfile": usable,
            "apps/app1/Dockerfile": usable,
            "apps/foundation/Dockerfile": usable,
            "apps/two words/Dockerfile": usable,
            "apps/_/Dockerfile": usable,
            "apps/alien/Dockerfile": "FROM alpine:3\n",
        });
        const refuse = (): unknown => readApps(root, []);
        expect(refuse).to.throw(Problem, "not every app can be built on the foundation");
        expect(refuse).to.throw(
            Problem,
            'apps/app1: Compose would call it "app1", as it does apps/App1; rename one',
        );
        expect(refuse).to.throw(
            Problem,
            'apps/foundation: Compose would call it "foundation", as it does foundation',
        );
        expect(refuse).to.throw(Problem, "apps/two words: Compose can't name a project after this folder");
        expect(refuse).to.throw(Problem, "apps/_: Compose can't name a project after this folder");
        expect(refuse).to.throw(Problem, /apps\/alien\/Dockerfile: .*alpine:3/s);
    });

    it("are refused among all others when their Dockerfile can't be read", () => {
        const root = folder({
            "apps/alien/Dockerfile": "FROM alpine:3\n",
            "apps/folder/Dockerfile/README.md": "a folder",
            "apps/fine/Dockerfile": usable,
        });
        fs.mkdirSync(path.join(root, "apps/link"));
        fs.symlinkSync("../gone/Dockerfile", path.join(root, "apps/link/Dockerfile"));
        const remedy = "put a readable file there, or move the folder out of apps/";
        const refuse = (): unknown => readApps(root, []);
        expect(refuse).to.throw(Problem, "apps/alien/Dockerfile: ");
        expect(refuse).to.throw(
            Problem,
            `apps/folder/Dockerfile: it can't be read (illegal operation on a directory); ${remedy}`,
        );
        expect(refuse).to.throw(
            Problem,
            `apps/link/Dockerfile: it can't be read (no such file or directory); ${remedy}`,
        );
        expect(refuse).to.not.throw(Problem, "apps/fine");
    });

    it("are refused when their Dockerfile is a link that a build can't follow", () => {
        const root = folder({
            "shared/Dockerfile": usable,
            "apps/inside/docker/Dockerfile": usable,
            "apps/outside/README.md": "",
            "apps/absolute/docker/Dockerfile": usable,
            "apps/around/docker/Dockerfile": usable,
            "apps/chain/docker/README.md": "",
        });
        const link = (target: string, file: string): void => {
            fs.symlinkSync(target, path.join(root, file));
        };
        link("docker/Dockerfile", "apps/inside/Dockerfile");
        link("../../shared/Dockerfile", "apps/outside/Dockerfile");
        link(path.join(root, "apps/absolute/docker/Dockerfile"), "apps/absolute/Dockerfile");
        link("../around/docker/Dockerfile", "apps/around/Dockerfile");
        link("../../../shared/Dockerfile", "apps/chain/docker/Dockerfile");
        link("docker/Dockerfile", "apps/chain/Dockerfile");
        link("inside", "apps/linked");
        const refuse = (): unknown => readApps(root, []);
        const reason = "which a build can't follow out of the folder; put the file itself there";
        expect(refuse).to.throw(
            Problem,
            `apps/outside/Dockerfile: it is a link to ../../shared/Dockerfile, ${reason}`,
        );
        for (const name of ["absolute", "around", "chain"]) {
            expect(refuse).to.throw(Problem, `apps/${name}/Dockerfile: it is a link to `);
        }
        expect(refuse).to.not.throw(Problem, /apps\/(inside|linked)/);
    });
});
