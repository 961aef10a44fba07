import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "mocha";

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** Servers on loopback, closed after each test. */
export function servers(): (answer: Answer, port?: number) => Promise<string> {
    const open: http.Server[] = [];
    afterEach(() => {
        for (const server of open.splice(0)) server.close().closeAllConnections();
    });
    return (answer, port = 0) =>
        new Promise((resolve) => {
            const server = http.createServer(answer);
            open.push(server);
            server.listen(port, "127.0.0.1", () => {
                resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`);
            });
        });
}
