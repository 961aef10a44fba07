import { main } from "@pulumi/pulumi/provider/server.js";
import { NativeProvider } from "./provider.ts";

// The engine holds the other end until it ends, however it ends: nobody else would stop the plugin of one that was killed.
process.stdin.on("end", () => process.exit()).resume();

await main(new NativeProvider(), process.argv.slice(2));
