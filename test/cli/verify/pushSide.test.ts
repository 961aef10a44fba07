import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter } from "node:path";
import { expect } from "chai";
import { checkPushSide } from "../../../cli/verify/pushSide.ts";
import { registryProject } from "../../../components/stackName.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("verify, where the local registry takes pushes", () => {
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const open: http.Server[] = [];

    afterEach(() => {
        for (const server of open.splice(0)) server.close().closeAllConnections();
    });

    /** A port where every request is answered like this; `asked` counts them. */
    async function serve(status: number): Promise<{ readonly port: number; asked: number }> {
        const server = http.createServer((_, response) => {
            served.asked++;
            response.writeHead(status).end();
        });
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
        const served = { port: (server.address() as AddressInfo).port, asked: 0 };
        return served;
    }

    /** The findings when the files name port 5050, and Docker runs these: service and port. */
    async function findings(services: Readonly<Record<string, number>>, stack = "dev") {
        const lines = Object.entries(services).map(([name, port]) => `${name}\t127.0.0.1:${port}->5000/tcp`);
        const bin = folder({ lines: lines.join("\n") });
        const filter = `label=com.docker.compose.project=${registryProject(stack)}`;
        fakeProgram(bin, "docker", `case "$*" in *"${filter} "*) cat "${bin}/lines" ;; *) exit 1 ;; esac`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(delimiter));
        const emitted = { image: "localhost:5050/foundation:1", digest: "sha256:1", stack };
        return checkPushSide(emitted, { username: "foundation-pull", password: "secret" });
    }

    it("is content with a registry that refuses the credential", async () => {
        const { port } = await serve(401);
        expect(await findings({ pull: 5050, push: port })).to.deep.equal([]);
    });

    it("finds the registry of a stack whose name Compose can't take", async () => {
        const { port } = await serve(401);
        expect(await findings({ pull: 5050, push: port }, "Dev.1")).to.deep.equal([]);
    });

    it("finds a credential that can push", async () => {
        const { port } = await serve(202);
        const [finding] = await findings({ pull: 5050, push: port });
        expect(finding).to.include({
            severity: "error",
            message: "the pull credential can start an upload",
        });
    });

    it("says that nothing was tried where no such registry runs", async () => {
        const [finding] = await findings({ pull: 5050 });
        expect(finding).to.include({
            severity: "warning",
            check: "credential",
            remedy: "start it with `pulumi up`",
        });
        expect(finding?.message).to.match(
            /^skipped: could not check .*: the registry that takes pushes doesn't run$/,
        );
        const { port } = await serve(401);
        expect(await findings({ pull: 5050, push: port })).to.deep.equal([]);
    });

    it("says that nothing was tried where it does not answer", async () => {
        const { port } = await serve(401);
        for (const server of open.splice(0)) server.close().closeAllConnections();
        const [finding] = await findings({ pull: 5050, push: port });
        expect(finding?.message).to.match(/^skipped: could not check .*: localhost:\d+ does not answer \(/);
    });

    it("sends the password to no port of a registry that the files don't come from", async () => {
        const other = await serve(202);
        const [finding] = await findings({ pull: 6050, push: other.port });
        expect(finding?.severity).to.equal("warning");
        expect(finding?.message).to.include("knows of no registry of stack dev at localhost:5050");
        expect(other.asked).to.equal(0);
    });
});
