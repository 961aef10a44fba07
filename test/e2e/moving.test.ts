import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { RegistryClient } from "../../components/oci/client.ts";
import { registryProject } from "../../components/stackName.ts";
import { issueCertificates, type Certificates } from "../azure/certificates.ts";
import { engines } from "../support/engines.ts";
import { startRegistry, type RegistryContainer } from "../support/registryContainer.ts";
import { AzureSandbox } from "./azureSandbox.ts";

/** One stack, in the order in which a team may come to the cloud. */
describe("a stack that moves from one registry to another", function () {
    this.timeout(300_000);
    let own: AzureSandbox;
    let certificates: Certificates;
    let team: RegistryContainer;
    let digest: string;

    before(async () => {
        // On the loopback, Docker and buildx take anything for a certificate.
        const address = Object.values(os.networkInterfaces())
            .flat()
            .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address;
        if (address === undefined) throw new Error("this machine has no address but the loopback");
        // Before the fake Azure's, so that what programs get to trust has both authorities in it.
        certificates = await issueCertificates(fs.mkdtempSync("/tmp/registry-ca-"), [address]);
        team = await startRegistry(
            certificates,
            { htpasswd: { realm: "team", path: "/etc/distribution/htpasswd" } },
            { htpasswd: `team:${await bcrypt.hash("team's password", 4)}\n` },
            address,
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
        certificates.distrust();
        fs.rmSync(path.dirname(certificates.authorityFile), { recursive: true });
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
        expect(status.output).to.include("log in with `npm run foundation -- login`");
    }

    const isCopied = (output: string, from: string) => {
        expect(output, output).to.include(`copied from ${from}, where it was published before`);
        expect(output).to.not.include("load build definition");
    };

    it("has its image copied from the local registry, which goes, to one with TLS of a private authority", async () => {
        const { sandbox } = own;
        await own.configure({
            ...{ registry: "existing", server: `${team.host}/acme` },
            ...{ pushUsername: "team", pullUsername: "team" },
        });
        for (const key of ["pushPassword", "pullPassword"]) {
            const set = ["config", "set", "--secret", "--stack", sandbox.stack];
            await sandbox.pulumi([...set, `foundation:${key}`, "team's password"]);
        }
        isCopied(await own.up(), `localhost:${sandbox.pullPort}/foundation`);
        await expectToBeIn(team.host, "acme/foundation");
        const label = `label=com.docker.compose.project=${registryProject(sandbox.stack)}`;
        expect(await sandbox.docker("ps", "--all", "--quiet", "--filter", label)).to.equal("");
        expect(await sandbox.docker("volume", "ls", "--quiet", "--filter", label)).to.equal("");
    });

    it("has its image copied from there to Azure, and leaves the one that was there alone", async () => {
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
