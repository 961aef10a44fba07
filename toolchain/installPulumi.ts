// `node toolchain/installPulumi.ts <folder>` downloads the Pulumi CLI of the SDK's version. A program of its own, so
// that it can be ended.

import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const folder = process.argv[2];
if (!folder) throw new Error("usage: node toolchain/installPulumi.ts <folder>");
await PulumiCommand.install({ root: folder });
