import { loopbackProxy } from "../../toolchain/environment.ts";
import { ok, warn, type Outcome } from "./check.ts";

/** Whether Pulumi's own programs would look for each other behind a proxy. */
export function checkProxy(environment: NodeJS.ProcessEnv = process.env): Outcome {
    const proxy = loopbackProxy(environment);
    if (proxy === undefined) return ok("none between Pulumi's own programs");
    const variable = environment["no_grpc_proxy"] ? "no_grpc_proxy" : "no_proxy";
    const value = [environment[variable], "127.0.0.1"].filter(Boolean).join(",");
    return warn(
        `${proxy} is set, and ${variable} doesn't name 127.0.0.1: \`pulumi up\` would look for its own engine behind the proxy (14 UNAVAILABLE)`,
        `run \`export ${variable}=${value}\``,
    );
}
