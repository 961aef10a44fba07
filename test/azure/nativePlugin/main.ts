import { main } from "@pulumi/pulumi/provider/index.js";
import { NativeProvider } from "./provider.ts";

await main(new NativeProvider(), process.argv.slice(2));
