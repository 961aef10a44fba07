import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { asEmitted, belongsTo, problemOf } from "../../../cli/status/gather.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("a container", () => {
    const folder = temporaryFolders();
    const one = { folder: "apps/one", project: "one-1a2b3c", service: "one" };
    const two = { folder: "apps/two", project: "two-1a2b3c", service: "two" };

    function owners(container: Parameters<typeof belongsTo>[0], root = "/nowhere", apps = [one, two]) {
        return apps.filter((app) => belongsTo(container, app, root, apps)).map((app) => app.folder);
    }

    it("belongs to the app that has its Compose project, as a worker beside it does", () => {
        for (const service of ["one", "worker"]) {
            expect(owners({ project: "one-1a2b3c", service, folder: "/other" })).to.deep.equal(["apps/one"]);
        }
        expect(owners({ project: "three", service: "one", folder: "/other" })).to.deep.equal([]);
    });

    it("belongs to the app alone that has its service, where apps share a project", () => {
        const shared = [one, two].map((app) => ({ ...app, project: "all" }));
        const container = { project: "all", service: "two", folder: "" };
        expect(owners(container, "/nowhere", shared)).to.deep.equal(["apps/two"]);
    });

    it("belongs to the app whose folder it was started from, whatever its project is named", () => {
        const root = folder({ "apps/one/Dockerfile": "", "apps/two/Dockerfile": "" });
        const container = { project: "try", service: "one", folder: path.join(root, "apps/one") };
        expect(owners(container, root)).to.deep.equal(["apps/one"]);
        const link = path.join(folder(), "clone");
        fs.symlinkSync(root, link);
        expect(owners(container, link)).to.deep.equal(["apps/one"]);
        expect(owners({ ...container, folder: "/elsewhere/apps/one" }, root)).to.deep.equal([]);
    });
});

describe("a service that was built on a foundation", () => {
    const found = { apps: [], own: new Map(), warnings: [], notes: [], unused: new Map() };
    const uses = new Map([
        [
            "foundation",
            { reference: "", ownLine: undefined, form: undefined, contextImage: undefined, pulled: false },
        ],
    ]);
    const told = (gone: { folder: string; service: string | undefined }): string | undefined =>
        problemOf(
            { folder: "a", service: "web", uses },
            { ...found, problems: [], gone: [{ ...gone, text: "gone" }] },
        );

    it("has a problem where its Dockerfile, or that of its folder, is gone, and not for another's", () => {
        expect(told({ folder: "a", service: "web" })).to.equal("gone");
        expect(told({ folder: "a", service: undefined })).to.equal("gone");
        expect(told({ folder: "a", service: "job" })).to.equal(undefined);
        expect(told({ folder: "b", service: undefined })).to.equal(undefined);
    });
});

describe("an image that Docker lists", () => {
    const listed = {
        id: "sha256:1",
        tags: ["acme/foundation:content-1", "acme/foundation-more:1", "localhost:5050/acme/foundation:1"],
        digests: ["acme/foundation@sha256:2"],
        labels: {},
        manifests: [],
    };

    it("has the name that emitted files have for a foundation on Docker Hub", () => {
        expect(asEmitted(listed, ["docker.io/acme/foundation", "ghcr.io/acme/java"])).to.deep.equal({
            ...listed,
            tags: [
                "docker.io/acme/foundation:content-1",
                "acme/foundation-more:1",
                "localhost:5050/acme/foundation:1",
            ],
            digests: ["docker.io/acme/foundation@sha256:2"],
        });
    });

    it("keeps its names where no foundation is on Docker Hub", () => {
        expect(asEmitted(listed, ["localhost:5050/acme/foundation"])).to.deep.equal(listed);
    });
});
