import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { once } from "node:events";
import { expect } from "chai";
import { checkCompose } from "../../../cli/doctor/compose.ts";
import { Clone } from "../../../components/workspace/clone.ts";
import { temporaryFolders } from "../../support/folder.ts";
import { emit, projectIn } from "../../support/project.ts";

describe("doctor, of what Compose itself says", function () {
    this.timeout(20_000);
    const folder = temporaryFolders();
    const stranger = net.createServer();

    afterEach(() => {
        stranger.close();
    });

    let root = "";
    const look = () => checkCompose(new Clone(root));
    const write = (name: string, text: string): void => {
        fs.mkdirSync(path.dirname(path.join(root, "apps/one", name)), { recursive: true });
        fs.writeFileSync(path.join(root, "apps/one", name), text);
    };

    function lookWith(files: Readonly<Record<string, string>>, gone: readonly string[] = []) {
        root = projectIn(folder);
        emit(root, { image: "localhost:5050/f:1", digest: "sha256:1", stack: "dev" });
        for (const [name, text] of Object.entries(files)) {
            fs.appendFileSync(path.join(root, "apps/one", name), text);
        }
        for (const name of gone) fs.rmSync(path.join(root, "apps/one", name));
        return look();
    }

    it("is content with what is emitted", async () => {
        expect(await lookWith({})).to.deep.equal({
            state: "ok",
            detail: "Compose takes what is in 2 folders, and their ports are free",
        });
    });

    it("finds a .env that Compose can't read, and shows nothing of the line", async () => {
        const { state, detail } = await lookWith({ ".env": "hush hush=1\n" });
        expect(state).to.equal("fail");
        expect(detail)
            .to.match(/^Compose refuses what is in apps\/one: failed to read apps\/one\/\.env: line \d+$/)
            .and.not.include("hush");
        fs.writeFileSync(path.join(root, "apps/one/.env"), "hush=1\n");
        expect((await look()).state).to.equal("ok");
    });

    it("finds an override that Compose refuses", async () => {
        const { state, detail } = await lookWith({ "compose.override.yaml": "services: { one: { no: 1 } }" });
        expect(state).to.equal("fail");
        expect(detail).to.match(/^Compose refuses what is in apps\/one: .*no/);
        write("compose.override.yaml", "services: { one: { environment: [A=1] } }");
        expect((await look()).state).to.equal("ok");
    });

    it("finds a Dockerfile that is gone, and a folder that never was", async () => {
        const own =
            "services: { two: { build: ./two }, far: { build: 'https://example.com/x.git' }, three: { build: { context: ., dockerfile_inline: FROM scratch } } }";
        const { state, detail, remedy } = await lookWith({ "compose.override.yaml": own }, ["Dockerfile"]);
        expect(state).to.equal("fail");
        expect(detail).to.equal("Compose builds from what isn't there: apps/one/Dockerfile, apps/one/two");
        expect(remedy).to.equal("put it there, or change the `build` that names it");
        write("Dockerfile", "FROM foundation\n");
        write("compose.override.yaml", own.replace("./two", "."));
        expect((await look()).state).to.equal("ok");
        write("compose.override.yaml", own);
        write("two/Dockerfile", "FROM scratch\n");
        expect((await look()).state).to.equal("ok");
    });

    it("finds one whose name Compose would take for a variable's", async () => {
        await lookWith({ "compose.override.yaml": "services: { two: { build: './$$two' } }" });
        write("$two/Dockerfile", "FROM scratch\n");
        expect((await look()).state).to.equal("ok");
    });

    it("finds a port that another program has", async () => {
        stranger.listen(0, "127.0.0.1");
        await once(stranger, "listening");
        const { port } = stranger.address() as net.AddressInfo;
        const own = `services: { one: { ports: ["127.0.0.1:${port}:80"] } }`;
        const { state, detail } = await lookWith({ "compose.override.yaml": own });
        expect(state).to.equal("warn");
        expect(detail).to.equal(`apps/one publishes ${port}, which another program has`);
        write("compose.override.yaml", own.replace(String(port), "0"));
        expect((await look()).state).to.equal("ok");
        write("compose.override.yaml", own);
        stranger.close();
        expect((await look()).state).to.equal("ok");
    });

    it("says of no port that another program has it, where that is of another protocol or address", async () => {
        stranger.listen(0, "127.0.0.1");
        await once(stranger, "listening");
        const { port } = stranger.address() as net.AddressInfo;
        const own = `services: { one: { ports: ["127.0.0.1:${port}:80/udp", "192.0.2.1:${port}:80"] } }`;
        expect((await lookWith({ "compose.override.yaml": own })).state).to.equal("ok");
    });
});
