import * as path from "node:path";
import { expect } from "chai";
import { ownSpecification } from "../../../cli/init/specification.ts";
import { VERSION } from "../../../components/versions.js";
import { temporaryFolders } from "../../support/folder.ts";

describe("the place of the package that init writes down", () => {
    const folder = temporaryFolders();
    const flat = "node_modules/foundation-image/cli/init.js";
    const nested = `node_modules/.pnpm/foundation-image@1/${flat}`;

    /** By a project in its subfolder `infra`, of a package installed there as the dependency says. */
    const written = (dependency: string, file: string): string => {
        const dependencies = { "foundation-image": dependency };
        const home = folder({ "package.json": JSON.stringify({ dependencies }) });
        return ownSpecification(path.join(home, file), path.join(home, "infra"));
    };

    for (const file of [flat, nested]) {
        it(`is where it came from, in ${file}`, () => {
            for (const url of ["git+https://example.com/a.git#package-v1", "https://example.com/a.tgz"])
                expect(written(url, file)).to.equal(url);
            expect(written("file:packages/a.tgz", file)).to.equal("file:../packages/a.tgz");
        });
    }

    it("is its version where it came from a registry, or where nothing says", () => {
        expect(written("^0.1.0", flat)).to.equal(VERSION);
        expect(ownSpecification(path.join(folder(), flat), folder())).to.equal(VERSION);
        expect(ownSpecification(path.join(folder(), "cli/init.js"), folder())).to.equal(VERSION);
    });
});
