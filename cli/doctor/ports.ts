import * as net from "node:net";
import { ask } from "../../components/oci/transport.ts";
import { fail, ok, warn, type Outcome } from "./check.ts";

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

/**
 * Whose a port is.
 *
 * @param key what configures it.
 * @param published whether something was published from here, and so by the registry's own clone.
 */
export async function checkPort(port: number, key: string, published: boolean): Promise<Outcome> {
    const signal = AbortSignal.timeout(2000);
    try {
        const url = new URL(`http://127.0.0.1:${port}/v2/`);
        const response = await ask({ method: "GET", url, headers: {} }, signal);
        // The realm that our registries have.
        if ((response.headers.get("www-authenticate") ?? "").includes('realm="foundation"')) {
            return published
                ? ok(`${port}, the registry answers`)
                : warn(
                      `${port} has a registry that another clone, or another repository, has made: nothing was published from here`,
                      `run \`pulumi destroy\` there; or deploy a stack of another name here, with \`pulumi config set ${key} <port>\``,
                  );
        }
    } catch {
        // A stranger that doesn't speak HTTP would mostly say something, or hang up.
        if (signal.aborted) {
            return fail(
                `${port} does not answer: what has the port is paused or busy, be it the registry or another program`,
                `see which with \`docker ps --filter publish=${port}\`, and \`docker unpause\` or restart it`,
            );
        }
        if (await isFree(port)) {
            return warn(
                `${port} is free: the registry doesn't run`,
                "start it with `pulumi up`, or `npm start`",
            );
        }
    }
    return fail(
        `${port} belongs to another program`,
        `stop it, or choose another port: \`pulumi config set ${key} <port>\``,
    );
}
