import * as path from "node:path";
import { expect } from "chai";
import { run } from "../../../cli/commands/login.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { capturedOutput } from "../../support/output.ts";
import { projectIn } from "../../support/project.ts";
import { smallRegistries } from "../../support/registry.ts";
import { fakeProgram, withEnvironment } from "../../toolchain/support.ts";

describe("login, where developers have logins of their own", function () {
    this.timeout(60_000);
    const folder = temporaryFolders();
    const setEnvironment = withEnvironment();
    const start = smallRegistries();
    const output = capturedOutput();
    const images = { "acme/foundation:1": `sha256:${"a".repeat(64)}` };

    before(function () {
        if (process.platform === "win32") this.skip();
    });

    async function loginTo(server: string, auths: object): Promise<string> {
        const image = `${server}/acme/foundation:1`;
        const outputs = JSON.stringify({
            registryServer: server,
            image,
            digest: images["acme/foundation:1"],
        });
        const bin = folder({ outputs, "docker/config.json": JSON.stringify({ auths }) });
        fakeProgram(bin, "pulumi", `case "$*" in *--show-name*) echo dev ;; *) cat "${bin}/outputs" ;; esac`);
        setEnvironment("PATH", [bin, process.env["PATH"] ?? ""].join(path.delimiter));
        setEnvironment("DOCKER_CONFIG", path.join(bin, "docker"));
        for (const part of ["USERNAME", "PASSWORD"]) setEnvironment(`FOUNDATION_PULL_${part}`, undefined);
        return run({ clone: new Clone(projectIn(folder)), options: {} }).then(
            () => output(),
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
    }

    it("says who Docker is logged in as, where that is enough", async () => {
        const { server } = await start({ images, username: "me", password: "p" });
        expect(await loginTo(server, { [server]: { auth: btoa("me:p") } })).to.equal(
            `Docker is logged in to ${server} as me, who can pull the foundation.`,
        );
    });

    it("says that nobody needs a login, where that is so", async () => {
        const { server } = await start({ images, public: true });
        expect(await loginTo(server, {})).to.equal(`Anybody may pull from ${server}: no login is needed.`);
    });

    it("tells how to log in to this registry", async () => {
        const { server } = await start({ images, username: "me", password: "p" });
        const remedy = `log in with an account of yours that may pull: \`docker login ${server}\``;
        expect(await loginTo(server, {})).to.equal(`${server} wants a login; ${remedy}`);
        expect(await loginTo(server, { [server]: { auth: btoa("me:old") } })).to.equal(
            `${server} refuses the login of me; ${remedy}`,
        );
    });
});
