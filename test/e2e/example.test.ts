import { expect } from "chai";
import { onEachEngine } from "../support/engines.ts";
import { freePorts, Sandbox } from "../support/sandbox.ts";

// A service on each of two foundations, of which one is built on the other, and one that is not built.
onEachEngine("the example's app with a Compose file of its own", function (engine) {
    this.timeout(600_000);
    const folder = "apps/app3";
    let sandbox: Sandbox;
    let port: number;
    let compose: string;

    /** What a developer sees after `docker compose up --build`. */
    async function page(): Promise<string> {
        await sandbox.compose(folder, "up", "--build", "--detach", "--wait");
        const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
        await sandbox.compose(folder, "down");
        return text;
    }
    const status = async (): Promise<string> =>
        (await sandbox.run("node", ["cli/foundation.cjs", "status"])).output;

    before(async () => {
        [port = 0] = await freePorts(1);
        sandbox = await Sandbox.create({ engine, wholeExample: true, env: { APP3_PORT: String(port) } });
        compose = sandbox.read(`${folder}/docker-compose.yaml`);
        await sandbox.up();
        await sandbox.login();
    });

    after(async () => {
        await sandbox.dispose();
    });

    it("runs on the official ones", async () => {
        expect(await page()).to.match(/<h1>Load .*Running on Foundation content-\w{12} \(official\)/s);
    });

    it("runs on the developer's own once the image between is built on it, which status asks for", async () => {
        const release = sandbox.read("foundation/files/foundation-release");
        sandbox.write("foundation/files/foundation-release", `${release}VARIANT="mine"\n`);
        await sandbox.compose("foundation", "build");
        expect(await status()).to.include("web is behind: cd foundation/web && docker compose build");
        await sandbox.compose("foundation/web", "build");
        expect(await page()).to.include("Running on Foundation local (mine)");
    });

    it("goes back to the official ones", async () => {
        await sandbox.compose("foundation", "pull");
        await sandbox.compose("foundation/web", "pull");
        expect(await page()).to.match(/Running on Foundation content-\w{12} \(official\)/);
    });

    it("keeps its Compose file as it is", () => {
        expect(sandbox.read(`${folder}/docker-compose.yaml`)).to.equal(compose);
    });
});
