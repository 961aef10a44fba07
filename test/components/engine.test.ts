import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { endLanguageHost, whenEngineEnds } from "../../components/engine.ts";

describe("the end of the engine", () => {
    it("is told when its address stops answering, and not before", async () => {
        const server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        let gone = false;
        const told = new Promise<void>((resolve) => {
            whenEngineEnds(`127.0.0.1:${port}`, () => {
                gone = true;
                resolve();
            });
        });
        const [session] = (await once(server, "session")) as [ReturnType<typeof connect>];
        await sleep(200);
        expect(gone).to.equal(false);
        server.close();
        session.destroy();
        await told;
    });

    it("is told to who comes too late", async () => {
        // Port 1 of loopback has no server.
        await new Promise<void>((resolve) => {
            whenEngineEnds("127.0.0.1:1", resolve);
        });
    });

    it("ends the engine's own language host, and nobody else's", async function () {
        // Who has started whom is read from /proc.
        if (process.platform !== "linux") this.skip();
        const host = (address: string) =>
            spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)", address], {
                argv0: "/opt/bin/pulumi-language-nodejs",
            });
        const [ours, other] = [host("127.0.0.1:1"), host("127.0.0.1:11")];
        try {
            await Promise.all([once(ours, "spawn"), once(other, "spawn")]);
            const ended = once(ours, "exit");
            endLanguageHost("127.0.0.1:1");
            expect(await ended).to.deep.equal([null, "SIGTERM"]);
            expect(other.exitCode ?? other.signalCode).to.equal(null);
        } finally {
            ours.kill();
            other.kill();
        }
    });
});
