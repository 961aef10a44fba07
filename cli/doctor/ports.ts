import * as net from "node:net";

/** Whether nobody listens on a port of this machine. */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        // Docker may have what this user, or this machine now, can't.
        server.once("error", (error: NodeJS.ErrnoException) => {
            resolve(error.code !== "EADDRINUSE");
        });
        server.listen(port, host, () =>
            server.close(() => {
                resolve(true);
            }),
        );
    });
}
