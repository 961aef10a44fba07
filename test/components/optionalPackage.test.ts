import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { withPackage } from "../../components/optionalPackage.ts";
import { Problem } from "../../components/problem.ts";
import { PROVIDERS } from "../../components/versions.js";
import { temporaryFolders } from "../support/folder.ts";

describe("withPackage", () => {
    const folder = temporaryFolders();
    const load = (source: string) => (): Promise<unknown> =>
        import(pathToFileURL(path.join(folder({ "main.mjs": source }), "main.mjs")).href);
    const failure = (source: string): Promise<unknown> =>
        withPackage("docker", "foundation:imageProvider is docker", load(source)).catch(
            (error: unknown) => error,
        );

    it("says which package is missing, why, and what installs it", async () => {
        const problem = await failure('import "@pulumi/docker";');
        expect(problem).to.be.instanceOf(Problem);
        expect((problem as Problem).message).to.equal(
            "foundation:imageProvider is docker, and the package @pulumi/docker is not installed; " +
                `install it with \`npm install @pulumi/docker@${PROVIDERS.docker}\``,
        );
    });

    it("loads what imports the package once that is installed", async () => {
        const files = { "main.mjs": 'export { name } from "@pulumi/docker";' };
        const installed = {
            "node_modules/@pulumi/docker/package.json": '{ "type": "module", "exports": "./index.js" }',
            "node_modules/@pulumi/docker/index.js": 'export const name = "docker";',
        };
        const load = (root: string) =>
            withPackage("docker", "…", () => import(pathToFileURL(path.join(root, "main.mjs")).href));
        expect(await load(folder(files)).catch((error: unknown) => error)).to.be.instanceOf(Problem);
        expect(await load(folder({ ...files, ...installed }))).to.have.property("name", "docker");
    });

    it("takes nothing else for a missing package", async () => {
        expect(await failure('import "@pulumi/docker-build";')).to.have.property(
            "code",
            "ERR_MODULE_NOT_FOUND",
        );
        expect(await failure('throw new Error("@pulumi/docker");')).not.to.be.instanceOf(Problem);
    });
});
