import * as fs from "node:fs";
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { RegistryClient } from "../../components/oci/client.ts";
import { registryProject } from "../../components/stackName.ts";
import { engines } from "../support/engines.ts";
import { startRegistry, type RegistryContainer } from "../support/registryContainer.ts";
import { AzureSandbox } from "./azureSandbox.ts";

/** One stack, in the order in which a team may come to the cloud. */
describe("a stack that moves from one registry to another", function () {
    this.timeout(300_000);
    let own: AzureSandbox;
    let team: RegistryContainer;
    let digest: string;

    before(async () => {
        team = await startRegistry(
            undefined,
            { htpasswd: { realm: "team", path: "/etc/distribution/htpasswd" } },
            { htpasswd: `team:${await bcrypt.hash("team's password", 4)}\n` },
        );
        // Debian's buildx can't copy.
        own = await AzureSandbox.create(engines().at(-1));
        const { sandbox } = own;
        for (const app of fs.readdirSync(sandbox.path("apps"))) {
            fs.rmSync(sandbox.path(`apps/${app}`), { recursive: true });
        }
        sandbox.write("apps/shop/Dockerfile", "FROM foundation\n");
        await own.configure({ registry: "local" });
        await own.up();
        ({ digest = "" } = await own.outputs());
    });

    after(async () => {
        await own.dispose();
        await team.stop();
    });

    /** What everybody reads who has the files of this `up`, and no login yet. */
    async function expectToBeIn(server: string, repository: string): Promise<void> {
        const { image = "", ...outputs } = await own.outputs();
        expect(outputs["digest"]).to.equal(digest);
        expect(image).to.match(new RegExp(`^${server}/${repository}:content-[0-9a-f]{12}$`));
        for (const folder of ["foundation", "apps/shop"]) {
            const env = own.sandbox.read(`${folder}/.env`);
            expect(env)
                .to.include(`FOUNDATION_IMAGE='${image}'`)
                .and.include(`FOUNDATION_DIGEST='${digest}'`);
        }
        expect(own.sandbox.read("foundation.lock.json")).to.include(`"reference": "${image}"`);
        const env = { DOCKER_CONFIG: own.sandbox.path("no-login") };
        const status = await own.sandbox.run("node", ["cli/foundation.cjs", "status"], { env });
        expect(status.output).to.include("log in with foundation login");
    }

    const isCopied = (output: string, from: string) => {
        expect(output, output).to.include(`copied from ${from}, where it was published before`);
        expect(output).to.not.include("load build definition");
    };

    it("has its image copied from the local registry, which goes, to one that is there", async () => {
        const { sandbox } = own;
        await own.configure({ registry: "existing", server: `${team.host}/acme` });
        const login = ["login", team.host, "--username", "team", "--password-stdin"];
        await sandbox.run("docker", login, { input: "team's password" });
        isCopied(await own.up(), `localhost:${sandbox.pullPort}/foundation`);
        await expectToBeIn(team.host, "acme/foundation");
        const label = `label=com.docker.compose.project=${registryProject(sandbox.stack)}`;
        expect(await sandbox.docker("ps", "--all", "--quiet", "--filter", label)).to.equal("");
        expect(await sandbox.docker("volume", "ls", "--quiet", "--filter", label)).to.equal("");
    });

    it("has its image copied to Azure, and leaves the one that was there alone", async () => {
        await own.configure({ registry: "azure" });
        isCopied(await own.up(), `${team.host}/acme/foundation`);
        const { registryServer = "" } = await own.outputs();
        await expectToBeIn(registryServer, "foundation");
        const user = { username: "team", password: "team's password" };
        const client = new RegistryClient(team.host, user, AbortSignal.timeout(10_000));
        expect(await client.digest("acme/foundation", "latest")).to.equal(digest);
        const { output, exitCode } = await own.foundation(0, "verify", "--stack", own.sandbox.stack);
        expect(exitCode, output).to.equal(0);
    });

    it("has nothing more to change then", async () => {
        await own.up("--expect-no-changes");
    });
});
