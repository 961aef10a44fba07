import { expect } from "chai";
import { Problem } from "../../../components/problem.ts";
import { projectName } from "../../../components/render/composeFile.ts";
import { manifestFile, manifestText } from "../../../components/render/manifest.ts";
import { ProjectNames } from "../../../components/workspace/projectNames.ts";
import { foundation } from "../../support/emitted.ts";
import { temporaryFolders } from "../../support/folder.ts";

describe("the names of Compose projects", () => {
    const folder = temporaryFolders();
    const namesOf = (folders: readonly string[], root = folder()): Record<string, string> => {
        const names = new ProjectNames(root, [foundation], folders);
        return Object.fromEntries(folders.map((place) => [place, names.take(place)]));
    };

    it("tell folders of one name apart by their whole path", () => {
        expect(namesOf(["apps/foundation", "services/web", "tools/a/web"])).to.deep.equal({
            "apps/foundation": "apps-foundation",
            "services/web": "web",
            "tools/a/web": "tools-a-web",
        });
    });

    it("leave its only name to a folder at the root", () => {
        expect(namesOf(["admin/web", "web"])).to.deep.equal({ "admin/web": "admin-web", web: "web" });
    });

    it("are what Docker takes for an image, whatever the folders are called", () => {
        const names = ["my_", "b-", "a_-b", "a__b", "c--d", "foo_é", "x".repeat(200)];
        expect(Object.values(namesOf(names.map((name) => `apps/${name}`)))).to.deep.equal([
            ...["my", "b", "a-b", "a__b", "c--d", "foo"],
            "x".repeat(100),
        ]);
    });

    describe("of folders that were deployed", () => {
        const lockOf = (names: Readonly<Record<string, string>>): string =>
            manifestText({
                version: 1,
                stack: "dev",
                registry: { kind: "local", server: "localhost:5050" },
                images: {},
                workspaces: Object.fromEntries(
                    Object.entries(names).map(([place, name]) => [
                        place,
                        { name: projectName(name, "abc123"), services: {} },
                    ]),
                ),
            });
        const deployed = (names: Readonly<Record<string, string>>): string =>
            folder({ [manifestFile]: lockOf(names) });
        const both = ["admin/api", "services/api"];

        it("are kept when another folder of that name is added, or one goes", () => {
            expect(namesOf(both, deployed({ "services/api": "api" }))).to.deep.equal({
                "admin/api": "admin-api",
                "services/api": "api",
            });
            const long = { "services/api": "services-api" };
            expect(namesOf(["services/api"], deployed(long))).to.deep.equal(long);
        });

        it("are the same at the next deployment", () => {
            const folders = [...both, "x/services-api", "y/api"];
            const names = namesOf(folders, deployed({ "services/api": "api" }));
            expect(namesOf(folders, deployed(names))).to.deep.equal(names);
            expect(new Set(Object.values(names))).to.have.lengthOf(Object.keys(names).length);
        });

        it("are refused to an added folder that can have no other", () => {
            const root = deployed({ "services/api": "api" });
            expect(() => namesOf(["api", "services/api"], root)).to.throw(
                Problem,
                'api: Compose would call it "api", as it does services/api; rename one of them',
            );
        });

        it("go by the order where no lock says, it is broken, or says what can't be", () => {
            const fresh = { "admin/api": "api", "services/api": "services-api", "x/web": "web" };
            for (const lock of [
                "<<<<<<<",
                lockOf({ "gone/api": "api" }),
                lockOf({ "services/api": "web", "admin/api": "" }),
                lockOf({ "services/api": "api", "admin/api": "api" }),
            ]) {
                expect(namesOf(Object.keys(fresh), folder({ [manifestFile]: lock })), lock).to.deep.equal(
                    fresh,
                );
            }
        });

        it("are never that of a foundation that was added", () => {
            const names = namesOf(["apps/foundation"], deployed({ "apps/foundation": "foundation" }));
            expect(names).to.deep.equal({ "apps/foundation": "apps-foundation" });
        });
    });
});
