import * as http from "node:http";
import * as net from "node:net";
import { expect } from "chai";
import { checkPort } from "../../../cli/doctor/ports.ts";

describe("doctor, of a port", () => {
    const open: net.Server[] = [];

    afterEach(() => {
        for (const server of open.splice(0)) server.close();
    });

    async function listen(server: net.Server): Promise<number> {
        open.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const address = server.address();
        return typeof address === "object" ? (address?.port ?? 0) : 0;
    }

    function registry(realm: string): http.Server {
        return http.createServer((_, response) => {
            response.writeHead(401, { "www-authenticate": `Basic realm="${realm}"`, connection: "close" });
            response.end();
        });
    }

    it("is well where our registry answers", async () => {
        const port = await listen(registry("foundation"));
        expect((await checkPort(port, "pullPort", true)).state).to.equal("ok");
    });

    it("is another clone's where a registry answers, and nothing was published from here", async () => {
        const port = await listen(registry("foundation"));
        const { state, remedy } = await checkPort(port, "pullPort", false);
        expect(state).to.equal("warn");
        expect(remedy).to.match(/^run `pulumi destroy` there; .*pullPort/);
    });

    for (const [title, server] of [
        ["answers otherwise", () => registry("other")],
        ["speaks something else", () => net.createServer((socket) => socket.end("220 mail\r\n"))],
    ] as const) {
        it(`belongs to another program where that ${title}`, async () => {
            const { detail, remedy } = await checkPort(await listen(server()), "pullPort", true);
            expect(detail).to.match(/^\d+ belongs to another program$/);
            expect(remedy).to.include("pullPort");
        });
    }

    it("is nobody else's for keeping silent, as a registry does that is paused", async () => {
        const sockets: net.Socket[] = [];
        const port = await listen(net.createServer((socket) => sockets.push(socket)));
        const { state, detail, remedy } = await checkPort(port, "pullPort", true);
        for (const socket of sockets) socket.destroy();
        expect(state).to.equal("fail");
        expect(detail).to.include("does not answer").and.not.include("belongs to");
        expect(remedy).to.include(`docker ps --filter publish=${port}`);
    });

    it("is free where nothing listens", async () => {
        const port = await listen(net.createServer());
        await new Promise((resolve) => open.splice(0)[0]?.close(resolve));
        expect((await checkPort(port, "pullPort", true)).detail).to.include("is free");
    });
});
