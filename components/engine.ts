import * as fs from "node:fs";
import { connect } from "node:http2";

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
    const languageHost = process.ppid;
    const end = (): void => {
        endLanguageHost(languageHost);
        process.exit(1);
    };
    whenEngineEnds(address, end);
    // Such a loop would leave no turn for the connection's end.
    process.stdout.on("error", end);
    process.stderr.on("error", end);
}

/** The language host asks for its engine every five minutes only. */
function endLanguageHost(id: number): void {
    try {
        // Elsewhere than on Linux it ends by itself, for who has started the program is not known for sure.
        const name = fs.readFileSync(`/proc/${id}/comm`, "utf8");
        if (name.startsWith("pulumi-language") && process.ppid === id) process.kill(id);
    } catch {
        // It has ended already.
    }
}
