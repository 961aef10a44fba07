import * as net from "node:net";

/** Whether nobody listens on a port of this machine. */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => {
            resolve(false);
        });
        server.listen(port, host, () =>
            server.close(() => {
                resolve(true);
            }),
        );
    });
}
