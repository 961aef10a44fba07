import * as fs from "node:fs";
import { connect } from "node:http2";
import * as path from "node:path";

/**
 * Calls `gone` once, when the Pulumi engine at this address has ended, however it did.
 *
 * gRPC is HTTP/2, and a connection without a request stays open for as long as the engine lives. Unlike the parent's
 * process id it tells the same on every system, through any launcher, and to a process that starts late.
 *
 * @param address host and port, as the engine gives them to the programs that it starts
 */
export function whenEngineEnds(address: string, gone: () => void): void {
    const connection = connect(`http://${address}`);
    // A connection that fails is closed as well.
    connection.on("error", () => undefined).on("close", gone);
    connection.unref();
}

/**
 * Ends the program with the engine that runs it. Without this, the SDK reports each call that fails to an output that
 * nobody reads any more, and each of these failures again: at full speed, and for good.
 */
export function endWithEngine(): void {
    // Set by the SDK's `cmd/run`; not in a unit test, nor in a process of a user's own (Pulumi's Automation API).
    const address = process.env["PULUMI_NODEJS_ENGINE"];
    if (address === undefined) return;
    const end = (): void => {
        endLanguageHost(address);
        process.exit(1);
    };
    whenEngineEnds(address, end);
    // Such a loop would leave no turn for the connection's end.
    process.stdout.on("error", end);
    process.stderr.on("error", end);
}

/**
 * Ends the language host of an engine that has ended: by itself it asks for its engine every five minutes only.
 *
 * It is known by its argument, the engine's address. Elsewhere than on Linux it is left to end by itself.
 */
export function endLanguageHost(address: string): void {
    if (process.platform !== "linux") return;
    for (const id of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            const [program = "", ...args] = fs.readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
            if (!path.basename(program).startsWith("pulumi-language-") || !args.includes(address)) continue;
            process.kill(Number(id));
        } catch {
            // It has ended already, or is somebody else's.
        }
    }
}
