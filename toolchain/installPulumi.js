// `node toolchain/installPulumi.js <folder>` downloads the Pulumi CLI of the SDK's version. A program of its own because
// the SDK needs a newer Node than the one that may have started the set-up.

import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const folder = process.argv[2];
if (!folder) throw new Error("usage: node toolchain/installPulumi.js <folder>");
await PulumiCommand.install({ root: folder });
