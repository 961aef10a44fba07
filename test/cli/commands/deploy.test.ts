import { expect } from "chai";
import { run } from "../../../cli/commands/deploy.ts";
import { Problem } from "../../../components/problem.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { withEnvironment } from "../../toolchain/support.ts";

describe("foundation deploy", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();

    beforeEach(() => {
        setEnvironment("PULUMI_BACKEND_URL", "file:///state");
        setEnvironment("PATH", folder());
        for (const name of ["XDG_CACHE_HOME", "LOCALAPPDATA"]) setEnvironment(name, folder());
    });

    it("needs to be told where the state is that all deployments share", async () => {
        for (const url of [undefined, ""]) {
            setEnvironment("PULUMI_BACKEND_URL", url);
            const root = folder();
            const problem: unknown = await run({
                clone: new Clone(root, root),
                action: "preview",
                options: { stack: "dev" },
            }).catch((error: unknown) => error);
            expect(problem).to.be.instanceOf(Problem);
            expect(problem).to.have.property("message").that.includes("PULUMI_BACKEND_URL is not set; ");
        }
    });

    for (const action of ["preview", "up"]) {
        it(`says that ${action} needs a pulumi where there is none`, async () => {
            const root = folder();
            const problem: unknown = await run({
                clone: new Clone(root, root),
                action,
                options: { stack: "dev" },
            }).catch((error: unknown) => error);
            expect(problem).to.be.instanceOf(Problem);
            expect(problem).to.have.property("message").that.includes("there is no pulumi command");
        });
    }
});
